import { diffLines, diffWordsWithSpace } from "diff";
import { MOST_EDITS } from "./compare.ts";

/** Where a line, or a part of it, is: in both texts, or in one of them. */
export type Presence = "same" | "added" | "removed";

/** A part of a line. */
interface Part {
  text: string;
  change: Presence;
}

/** A line, with its number before and after. */
export interface Line {
  change: Presence;
  parts: Part[];
  before?: number;
  after?: number;
  /** The number of the change that it belongs to, from 0: changed lines without others between them are one. */
  at?: number;
}

/** Both texts in one, in which removed lines stand before those that replaced them. */
export function comparedLines(before: string, after: string): Line[] {
  const whole = [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const parts = (diffLines(before, after, { maxEditLength: MOST_EDITS }) ?? whole).filter(({ value }) => value !== "");
  const blocks = parts.map(({ value, added, removed }) => ({
    change: (added ? "added" : removed ? "removed" : "same") as Presence,
    lines: value.replace(/\n$/, "").split("\n"),
  }));
  let [was, is, at] = [0, 0, -1];
  return blocks.flatMap(({ change, lines }, index) => {
    const [last, next] = [blocks[index - 1], blocks[index + 1]];
    const partner =
      change === "removed" && next?.change === "added"
        ? next
        : change === "added" && last?.change === "removed"
          ? last
          : undefined;
    if (change !== "same" && (last?.change ?? "same") === "same") at += 1;
    return lines.map((text, row): Line => {
      const other = partner?.lines[row];
      return {
        change,
        parts: other === undefined || change === "same" ? [{ text, change: "same" }] : within(change, text, other),
        ...(change !== "added" && { before: ++was }),
        ...(change !== "removed" && { after: ++is }),
        ...(change !== "same" && { at }),
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

/** Lines that are shown around a change. */
const AROUND = 3;

/** The changed lines with some around them, in groups. */
export function changedGroups(lines: readonly Line[]): Line[][] {
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

/** What stands in each row where the texts are side by side: removed lines beside those that replaced them. */
export function paired(lines: readonly Line[]): [Line | undefined, Line | undefined][] {
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
