import { type ReactNode, useId, useMemo, useRef, useState } from "react";
import { changedGroups, comparedLines, type Line, type Presence, paired } from "../data/compare-lines.ts";
import { Marked } from "../text/marked.tsx";
import { count } from "../text/quantity.ts";
import { visible } from "../text/visible.ts";
import { Toggle } from "./toggle.tsx";

/** A text compared with what it was, line by line, and within changed lines word by word. */
export interface TextDiffProps {
  /** What it is called. */
  name: ReactNode;
  before: string;
  after: string;
  /** What to say where both texts are the same. */
  unchanged?: string;
}

export function TextDiff({ name, before, after, unchanged = "unchanged" }: TextDiffProps): ReactNode {
  const lines = useMemo(() => comparedLines(before, after), [before, after]);
  const [areChanges, setChanges] = useState(true);
  const [isBeside, setBeside] = useState(false);
  const [shown, setShown] = useState({ lines, at: -1 });
  const id = useId();
  const figure = useRef<HTMLElement>(null);
  const groups = useMemo(() => (areChanges ? changedGroups(lines) : [lines]), [lines, areChanges]);
  const changes = lines.reduce((most, { at = -1 }) => Math.max(most, at + 1), 0);
  const current = shown.lines === lines ? shown.at : -1; // of another text it would be another change
  const show = (at: number) => {
    setShown({ lines, at });
    figure.current?.querySelector(`[data-change="${at}"]`)?.scrollIntoView({ block: "center" });
  };
  return (
    <figure ref={figure} className="pithy-diff" aria-labelledby={id}>
      <figcaption className="pithy-diff-head">
        <span id={id}>{name}</span>
        <span className="pithy-quiet">{changes ? tally(lines) + endsText(before, after) : unchanged}</span>
        {changes > (areChanges ? 1 : 0) && <Changes count={changes} current={current} onShow={show} />}
        <Toggle isOn={areChanges} onToggle={setChanges}>
          Changes only
        </Toggle>
        <Toggle isOn={isBeside} onToggle={setBeside}>
          Side by side
        </Toggle>
      </figcaption>
      {groups.map((group, index) => (
        <div key={group[0] ? keyOf(group[0]) : index} className="pithy-diff-group">
          {isBeside ? (
            <Beside lines={group} current={current} />
          ) : (
            group.map((line) => <Row key={keyOf(line)} line={line} current={current} />)
          )}
        </div>
      ))}
    </figure>
  );
}

interface ChangesProps {
  count: number;
  /** The one that was shown last; -1 before. */
  current: number;
  onShow: (at: number) => void;
}

/** Leads from change to change, and from the last to the first. */
function Changes({ count, current, onShow }: ChangesProps): ReactNode {
  const to = (at: number) => () => onShow((at + count) % count);
  return (
    <span className="pithy-diff-changes">
      <span role="status">{current < 0 ? "" : `change ${current + 1} of ${count}`}</span>
      <button
        type="button"
        className="pithy-button pithy-small"
        aria-label="Previous change"
        onClick={to(Math.max(current, 0) - 1)}
      >
        ↑
      </button>
      <button type="button" className="pithy-button pithy-small" aria-label="Next change" onClick={to(current + 1)}>
        ↓
      </button>
    </span>
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

interface RowProps {
  line: Line | undefined;
  /** The change that was shown last; -1 before. */
  current: number;
}

function Row({ line, current }: RowProps): ReactNode {
  if (!line) return <div className="pithy-diff-line pithy-diff-none" />;
  const { change, parts, before, after, at } = line;
  const mark = at === current ? " pithy-diff-current" : "";
  return (
    <div className={`pithy-diff-line pithy-${change}${mark}`} data-change={at}>
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
function Beside({ lines, current }: { lines: readonly Line[]; current: number }): ReactNode {
  const pairs = useMemo(() => paired(lines), [lines]);
  return (
    <div className="pithy-diff-beside">
      {pairs.map(([left, right], index) => (
        <div key={index} className="pithy-diff-pair">
          <Row line={left} current={current} />
          <Row line={right} current={current} />
        </div>
      ))}
    </div>
  );
}
