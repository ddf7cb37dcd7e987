import { diffLines, diffWordsWithSpace } from "diff";
import { type ReactNode, useId, useMemo, useState } from "react";
import { MOST_EDITS } from "../data/compare.ts";
import { Marked } from "../text/marked.tsx";
import { count } from "../text/quantity.ts";
import { visible } from "../text/visible.ts";
import { Toggle } from "./toggle.tsx";

/** A text compared with what it was, line by line, and within changed lines word by word. */
export interface TextDiffProps {
  /** What it is called. */
  name: string;
  before: string;
  after: string;
  /** What to say where both texts are the same. */
  unchanged?: string;
}

type Presence = "same" | "added" | "removed";

interface Part {
  text: string;
  change: Presence;
}

/** A line, with its number before and after. */
interface Line {
  change: Presence;
  parts: Part[];
  before?: number;
  after?: number;
}

/** Lines that are shown around a change. */
const AROUND = 3;

export function TextDiff({ name, before, after, unchanged = "unchanged" }: TextDiffProps): ReactNode {
  const lines = useMemo(() => comparedLines(before, after), [before, after]);
  const [areChanges, setChanges] = useState(true);
  const [isBeside, setBeside] = useState(false);
  const id = useId();
  const groups = useMemo(() => (areChanges ? changedGroups(lines) : [lines]), [lines, areChanges]);
  const changes = lines.filter(({ change }) => change !== "same").length;
  return (
    <figure className="pithy-diff" aria-labelledby={id}>
      <figcaption id={id} className="pithy-diff-head">
        <code>{name}</code>
        <span className="pithy-quiet">{changes ? tally(lines) + endsText(before, after) : unchanged}</span>
        <Toggle isOn={areChanges} onToggle={setChanges}>
          Changes only
        </Toggle>
        <Toggle isOn={isBeside} onToggle={setBeside}>
          Side by side
        </Toggle>
      </figcaption>
      {groups.map((group, index) => (
        <div key={group[0] ? `${group[0].before} ${group[0].after}` : index} className="pithy-diff-group">
          {isBeside ? <Beside lines={group} /> : group.map((line) => <Row key={keyOf(line)} line={line} />)}
        </div>
      ))}
    </figure>
  );
}

/** What is not seen of a change at the end of a text. */
function endsText(before: string, after: string): string {
  const [was, is] = [before, after].map((text) => text === "" || text.endsWith("\n"));
  return was === is ? "" : is ? ", and a line end at its end" : ", and no line end at its end";
}

const keyOf = ({ before, after }: Line): string => `${before} ${after}`;

function tally(lines: readonly Line[]): string {
  const number = (wanted: Presence) => lines.filter(({ change }) => change === wanted).length;
  return (["added", "removed"] as const)
    .filter((change) => number(change) > 0)
    .map((change) => `${count(number(change), "line")} ${change}`)
    .join(", ");
}

const SIGN = { same: " ", added: "+", removed: "−" };

function Row({ line }: { line: Line | undefined }): ReactNode {
  if (!line) return <div className="pithy-diff-line pithy-diff-none" />;
  const { change, parts, before, after } = line;
  return (
    <div className={`pithy-diff-line pithy-${change}`}>
      <span className="pithy-number" aria-hidden="true">
        {change === "removed" ? before : after}
      </span>
      <span className="pithy-diff-sign" aria-hidden="true">
        {SIGN[change]}
      </span>
      <code>
        {change !== "same" && <span className="pithy-unseen">{change}: </span>}
        {parts.map((part, index) => (
          <Marked key={index} change={part.change}>
            {visible(part.text)}
          </Marked>
        ))}
      </code>
    </div>
  );
}

/** What was on the left, and what is on the right, of the same row where one took the place of the other. */
function Beside({ lines }: { lines: readonly Line[] }): ReactNode {
  const pairs = useMemo(() => paired(lines), [lines]);
  return (
    <div className="pithy-diff-beside">
      {pairs.map(([left, right], index) => (
        <div key={index} className="pithy-diff-pair">
          <Row line={left} />
          <Row line={right} />
        </div>
      ))}
    </div>
  );
}

function paired(lines: readonly Line[]): [Line | undefined, Line | undefined][] {
  const pairs: [Line | undefined, Line | undefined][] = [];
  let removed: Line[] = [];
  let added: Line[] = [];
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1)
      pairs.push([removed[index], added[index]]);
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.change === "removed") removed.push(line);
    else if (line.change === "added") added.push(line);
    else {
      flush();
      pairs.push([line, line]);
    }
  }
  flush();
  return pairs;
}

/** The changed lines with some around them, in groups. */
function changedGroups(lines: readonly Line[]): Line[][] {
  const groups: Line[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  const changed = lines.flatMap(({ change }, index) => (change === "same" ? [] : [index]));
  const shown = new Set(
    changed.flatMap((index) => Array.from({ length: 2 * AROUND + 1 }, (_, by) => index - AROUND + by)),
  );
  lines.forEach((line, index) => {
    if (!shown.has(index)) return;
    if (index !== last + 1) groups.push([]);
    groups.at(-1)?.push(line);
    last = index;
  });
  return groups;
}

/** Both texts in one, in which removed lines stand before those that replaced them. */
function comparedLines(before: string, after: string): Line[] {
  const whole = [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const parts = (diffLines(before, after, { maxEditLength: MOST_EDITS }) ?? whole).filter(({ value }) => value !== "");
  const blocks = parts.map(({ value, added, removed }) => ({
    change: (added ? "added" : removed ? "removed" : "same") as Presence,
    lines: value.replace(/\n$/, "").split("\n"),
  }));
  let [was, is] = [0, 0];
  return blocks.flatMap(({ change, lines }, index) => {
    const [last, next] = [blocks[index - 1], blocks[index + 1]];
    const partner =
      change === "removed" && next?.change === "added"
        ? next
        : change === "added" && last?.change === "removed"
          ? last
          : undefined;
    return lines.map((text, row): Line => {
      const other = partner?.lines[row];
      return {
        change,
        parts: other === undefined || change === "same" ? [{ text, change: "same" }] : within(change, text, other),
        ...(change !== "added" && { before: ++was }),
        ...(change !== "removed" && { after: ++is }),
      };
    });
  });
}

/** Letters of a line in which words are compared: the time grows with their square. */
const LONGEST = 1000;

/** Words that are marked in a line, beside the one that took its place; none in lines that have nothing in common. */
function within(change: "added" | "removed", text: string, other: string): Part[] {
  const unmarked: Part[] = [{ text, change: "same" }];
  if (Math.max(text.length, other.length) > LONGEST) return unmarked;
  const [was, is] = change === "removed" ? [text, other] : [other, text];
  const parts = diffWordsWithSpace(was, is)
    .filter(({ added, removed }) => (change === "added" ? !removed : !added))
    .map(({ value, added, removed }): Part => ({ text: value, change: added || removed ? change : "same" }));
  const kept = parts
    .filter((part) => part.change === "same")
    .reduce((length, part) => length + part.text.trim().length, 0);
  return kept * 3 < text.trim().length ? unmarked : parts;
}
