/** Why an image is built again, in a sentence. */
import {
  type Comparison,
  type FieldChange,
  type FileRow,
  isInstruction,
  type LineRow,
  type OwnChange,
  type StepRow,
} from "../data/compare.ts";
import type { TextOf } from "../spec.ts";
import { type Phrase, say } from "../text/phrase.ts";
import { bytes, modeText } from "../text/quantity.ts";
import { fieldName, hasLines, valueText } from "./words.ts";

/** The steps that are the first to be built again: that of the image itself, if there is one, and then those of its stages. */
export const builtFrom = ({ steps }: Comparison): StepRow[] =>
  steps.filter(({ startsRebuild }) => startsRebuild).toSorted((one, other) => one.step.depth - other.step.depth);

/** Why a step is the first that is built again. */
export function reason(row: StepRow, compared: Comparison): Phrase {
  if (row.change === "added") return say`it is new`;
  if (row.change === "moved") return say`it moved`;
  if (row.change === "files") return say`what it copies changed`;
  if (row.own?.[0] && row.fields?.every(isInstruction))
    return say`its instruction at ${row.own[0].place} changed${row.own.length > 1 ? [" and others"] : []}`;
  if (row.change === "changed") return row.fields ? say`its arguments changed` : say`it changed`;
  const gone = compared.steps[compared.steps.indexOf(row) - 1];
  if (gone?.change === "removed" && gone.step.stage === row.step.stage)
    return say`${gone.step.kind}, which stood before it, was removed`;
  const passed = compared.steps.slice(compared.steps.indexOf(row) + 1);
  const moved = passed.find(({ change, step }) => change === "moved" && step.stage === row.step.stage);
  if (moved) return say`${moved.step.kind}, which stood before it, moved`;
  return say`what it is built on or copies from changed`;
}

/** What changed in a step, in a line. */
export function detail(row: StepRow, compared: Comparison, textOf: TextOf): Phrase {
  const given = row.fields?.filter((field) => !row.own || !isInstruction(field)) ?? [];
  const texts = [...fieldTexts(given), ...(row.own ?? []).map(instructionText)];
  if (row.formerPlace) texts.unshift(row.formerPlace);
  if (row.change !== "added" && row.change !== "removed" && !row.own?.length) {
    const files = changedRows(row, compared);
    const rows = files.length > 0 ? files : changedRows(row, compared, true); // an empty directory came, or went
    if (rows.length > 0) texts.push(filesText(rows, textOf));
  }
  if (texts.length > 0) return [few(texts, "; ")];
  return row.change === "added" || row.change === "removed" ? row.step.purpose : [];
}

/** Texts that are named before the rest is counted. */
const NAMED = 8;

/** The first of some texts, and how many more there are. */
function few(texts: readonly string[], between: string, most: number = NAMED): string {
  const rest = texts.length - most;
  return `${texts.slice(0, most).join(between)}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** A changed instruction of the user's own Dockerfile. */
function instructionText({ place, lines }: OwnChange): string {
  const of = (wanted: LineRow["change"]) =>
    lines.filter(({ change }) => change === wanted).map(({ text }) => text.trim());
  const [was, is] = differing(of("removed").join(" "), of("added").join(" "));
  return lines.length === 0 ? `${place}: the files differ` : `${place}: ${arrow(was || undefined, is || undefined)}`;
}

/** Fields that changed; elements of one list together. */
function fieldTexts(fields: readonly FieldChange[]): string[] {
  const byName = new Map<string, string[]>();
  for (const field of fields) {
    const name = fieldName(field.path);
    byName.set(name, [...(byName.get(name) ?? []), valuesText(field)]);
  }
  return [...byName].map(([name, values]) => `${name}: ${values.join(", ")}`);
}

/** What a field was and is, as far as it fits a line. Texts of several lines are compared at their step. */
function valuesText({ path, before, after }: FieldChange): string {
  if ([before, after].some(hasLines)) return "changed";
  const [was, is] = differing(valueText(before, path), valueText(after, path));
  return arrow(before === undefined ? undefined : was, after === undefined ? undefined : is);
}

/** What was and what is, as the command line has it. */
function arrow(was: string | undefined, is: string | undefined): string {
  if (was === undefined) return `+ ${is}`;
  return is === undefined ? `− ${was}` : `${was} → ${is}`;
}

const LENGTH = 80;

/** Two texts, cut to what surrounds their first difference. */
function differing(was: string, is: string): [string, string] {
  let same = 0;
  while (same < was.length && was[same] === is[same]) same += 1;
  const start = Math.max(was.length, is.length) > LENGTH ? Math.max(0, same - LENGTH / 2) : 0;
  const cut = (text: string) =>
    `${start > 0 ? "…" : ""}${text.slice(start, start + LENGTH)}${text.length > start + LENGTH ? "…" : ""}`;
  return [cut(was), cut(is)];
}

/** The files of a step that changed, with its directories if they are wanted. */
export function changedRows(
  { step }: StepRow,
  { files, contexts }: Comparison,
  hasDirectories: boolean = false,
): FileRow[] {
  const sources = contexts.filter(({ steps }) => steps.includes(step.pointer)).map(({ source }) => source);
  const isOf = (path: string) =>
    sources.some((source) => source === "." || path === source || path.startsWith(`${source}/`));
  const isWanted = ({ change, file }: FileRow) =>
    change !== "same" && (hasDirectories || file.kind !== "directory") && isOf(file.path);
  return files.filter(isWanted);
}

/** How many files changed in which way, and those of them that matter most: new ones, then those that grew most. */
function filesText(rows: readonly FileRow[], textOf: TextOf): string {
  const kinds = ["added", "changed", "removed"] as const;
  const counts = kinds.flatMap((kind) => {
    const number = rows.filter(({ change }) => change === kind).length;
    return number ? [`${number} ${kind}`] : [];
  });
  const rank = ({ change, file, before, twin }: FileRow) =>
    twin ? 0 : Math.abs(file.size - (before?.size ?? 0)) + (change === "added" ? Number.MAX_SAFE_INTEGER / 2 : 0);
  const files = rows
    .filter(({ change, twin }) => !(change === "removed" && twin)) // it is named where it is now
    .toSorted((one, other) => rank(other) - rank(one))
    .map((row) => fileText(row, rows.length <= FEW_LINES ? textOf : () => undefined));
  return `${counts.join(", ")}: ${few(files, ", ", FEW)}`;
}

const FEW = 4;
/** Files whose lines are shown. */
const FEW_LINES = 2;

/** The line of a file that changed, if it is one, such as the version of a package. */
function changedLine({ file, change, before }: FileRow, textOf: TextOf): string | undefined {
  if (change !== "changed") return undefined;
  const [was, now] = [textOf(before?.digest)?.split("\n"), textOf(file.digest)?.split("\n")];
  if (!was || !now || was.length !== now.length) return undefined;
  const [index, another] = now.flatMap((line, index) => (line === was[index] ? [] : [index]));
  if (index === undefined || another !== undefined) return undefined;
  return arrow(...differing(was[index]?.trim() ?? "", now[index]?.trim() ?? ""));
}

function fileText(row: FileRow, textOf: TextOf): string {
  const { file, change, before, twin } = row;
  if (file.kind === "directory") return `${file.path}/`;
  if (change === "removed") return file.path;
  const was = before ?? twin;
  const isMode = was && was.digest === file.digest && was.mode !== file.mode;
  const notes = [
    ...(twin ? [`was ${twin.path}`] : []),
    ...(isMode ? [`mode ${modeText(was.mode)} → ${modeText(file.mode)}`] : []),
  ];
  if (notes.length > 0) return `${file.path} (${notes.join(", ")})`;
  const line = changedLine(row, textOf);
  if (line !== undefined) return `${file.path}: ${line}`;
  const by = file.size - (before?.size ?? 0);
  return by === 0 ? file.path : `${file.path} (${by > 0 ? "+" : "−"}${bytes(Math.abs(by))})`;
}
