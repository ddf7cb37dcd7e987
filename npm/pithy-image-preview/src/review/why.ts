/** Why an image is built again, in a sentence. */
import { type Comparison, type FieldChange, type FileRow, isInstruction, type StepRow } from "../data/compare.ts";
import { type Phrase, say } from "../text/phrase.ts";
import { fieldName, hasLines, valueText } from "./words.ts";

/** The first step of the image itself that is built again, if any; else the first of a stage. */
export const firstBuilt = ({ steps }: Comparison): StepRow | undefined =>
  steps.find(({ startsRebuild, step }) => startsRebuild && step.depth === 0) ??
  steps.find(({ startsRebuild }) => startsRebuild);

/** Why a step is the first that is built again. */
export function reason(row: StepRow, compared: Comparison): Phrase {
  if (row.change === "added") return say`it is new`;
  if (row.change === "files") return say`what it copies changed${listed(changedFiles(row, compared))}`;
  if (row.change === "changed" && !row.fields) return say`it changed`;
  const given = row.fields?.filter((field) => !isInstruction(field));
  if (row.own && given?.length) return say`its arguments changed${fieldsText(given)}`;
  if (row.own?.[0]) return say`its instruction at ${row.own[0].place} changed${more(row.own.length - 1)}`;
  if (row.change === "changed") return say`its arguments changed${fieldsText(row.fields)}`;
  const gone = compared.steps[compared.steps.indexOf(row) - 1];
  if (gone?.change === "removed" && gone.step.stage === row.step.stage)
    return say`${gone.step.kind}, which stood before it, was removed`;
  return say`what it is built on or copies from changed`;
}

/** The first field that changed, in words. */
function fieldsText(fields: readonly FieldChange[] = []): Phrase {
  const [first] = fields;
  return first ? say`: ${fieldName(first.path)} ${[valuesText(first)]}${more(fields.length - 1)}` : [];
}

/** What a field was and is, as far as it fits a line. Texts of several lines are compared at their step. */
export function valuesText({ before, after }: FieldChange): string {
  if ([before, after].some(hasLines)) return "changed";
  const [was, is] = differing(valueText(before), valueText(after));
  if (before === undefined) return `is ${is}`;
  return after === undefined ? `was ${was}` : `was ${was}, is ${is}`;
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

/** The paths of the files of a step that changed. */
export const changedFiles = (row: StepRow, compared: Comparison): string[] => [
  ...new Set(changedRows(row, compared).map(({ file }) => file.path)),
];

/** The files of a step that changed. */
export function changedRows({ step }: StepRow, { files, contexts }: Comparison): FileRow[] {
  const sources = contexts.filter(({ steps }) => steps.includes(step.pointer)).map(({ source }) => source);
  const isOf = (path: string) =>
    sources.some((source) => source === "." || path === source || path.startsWith(`${source}/`));
  return files.filter(({ change, file }) => change !== "same" && file.kind !== "directory" && isOf(file.path));
}

const FEW = 2;

function listed(paths: readonly string[]): Phrase {
  if (paths.length === 0) return [];
  const [first = "", second] = paths;
  return say`: ${first}${second === undefined ? [] : say`, ${second}`}${more(paths.length - FEW)}`;
}

const more = (rest: number): Phrase => (rest > 0 ? [` and ${rest} more`] : []);
