import { diffArrays } from "diff";
import type { InstructionRecord, Preview } from "./preview.ts";
import type { ResolvedRecord } from "./spec.ts";
import { type PlacedStep, placedSteps } from "./step.ts";

/** What became of a step or a file. `files`: the step is as it was, what it copies is not. */
export type Change = "same" | "added" | "removed" | "changed" | "files";

/** A step beside what it was before. */
export interface StepRow {
  step: PlacedStep;
  change: Change;
  /** What a changed step was. */
  before?: PlacedStep;
  /** Whether it is the first of its build stage that Docker makes again. */
  startsAnew: boolean;
}

/** An instruction of the Dockerfile, or one that is gone. */
export interface InstructionRow {
  text: string;
  change: "same" | "added" | "removed";
  /** Absent for one that is gone. */
  record?: InstructionRecord;
  /** Whether Docker makes it again; unknown without a baseline. */
  rebuilt?: boolean;
}

type FileRecord = ResolvedRecord["files"][number];

/** A file beside what it was before. */
export interface FileRow {
  file: FileRecord;
  change: Change;
}

/** Everything that is shown of an image, compared with a baseline if there is one. */
export interface Comparison {
  steps: StepRow[];
  instructions: InstructionRow[];
  files: FileRow[];
  /** The contexts that the baseline does not have; all of them without one. Absent as long as files are not known. */
  uploads?: ResolvedRecord["contexts"];
}

/** One of two images that are compared; without instructions as long as those of one are not known. */
interface Side {
  steps: readonly PlacedStep[];
  instructions: readonly InstructionRow[];
}

/** What a preview shows, as rows. */
export function compare(after: Preview, before?: Preview): Comparison {
  const isAlike = !before || (after.resolved === undefined) === (before.resolved === undefined);
  const now = instructionsOf(isAlike ? after : withoutDigests(after));
  const was = before && instructionsOf(isAlike ? before : withoutDigests(before));
  const areKnown = after.dockerfile !== undefined && before?.dockerfile !== undefined;
  const instructions = was && areKnown ? comparedInstructions(was, now) : now;
  return {
    steps: stepRows(
      { steps: placedSteps(after.definition), instructions: areKnown ? instructions : [] },
      before && { steps: placedSteps(before.definition), instructions: (areKnown && was) || [] },
    ),
    instructions,
    files: comparedFiles(after.resolved?.files ?? [], before?.resolved?.files),
    uploads: after.resolved && uploads(after.resolved, before?.resolved),
  };
}

/** The step from which the image itself is built anew, if it is. */
export const firstRebuilt = ({ steps }: Comparison): PlacedStep | undefined =>
  steps.find(({ startsAnew, step }) => startsAnew && step.depth === 0)?.step;

function uploads({ contexts }: ResolvedRecord, before?: ResolvedRecord): ResolvedRecord["contexts"] {
  const there = new Set(before?.contexts.map(({ archivePath }) => archivePath));
  return contexts.filter(({ archivePath }) => !there.has(archivePath));
}

/** Two lists as one, in which what changed stands beside what it was. */
function paired<Item, Row>(
  before: readonly Item[],
  after: readonly Item[],
  key: (item: Item) => string,
  row: { same(now: Item, was: Item): Row; gone(items: readonly Item[], come: readonly Item[]): Row[] },
): Row[] {
  const rows: Row[] = [];
  let [at, was, gone] = [0, 0, [] as readonly Item[]];
  const flush = (come: readonly Item[]) => {
    rows.push(...row.gone(gone, come));
    gone = [];
  };
  for (const { added, removed, count } of diffArrays(before.map(key), after.map(key))) {
    if (removed) {
      gone = before.slice(was, was + count);
      was += count;
    } else if (added) {
      flush(after.slice(at, at + count));
      at += count;
    } else {
      flush([]);
      for (let end = at + count; at < end; at++, was++) rows.push(row.same(after[at] as Item, before[was] as Item));
    }
  }
  flush([]);
  return rows;
}

function stepRows({ steps, instructions }: Side, before?: Side): StepRow[] {
  if (!before) return steps.map((step) => ({ step, change: "same", startsAnew: false }));
  const [made, wasMade] = [textByStep(instructions), textByStep(before.instructions)];
  const rows = paired<PlacedStep, Omit<StepRow, "startsAnew">>(before.steps, steps, ({ text }) => text, {
    same: (step, was) => ({ step, change: made.get(step.pointer) === wasMade.get(was.pointer) ? "same" : "files" }),
    gone: changedSteps,
  });
  const first = firstByStage(instructions);
  return rows.map((row) => ({ ...row, startsAnew: row.change !== "removed" && first.has(row.step.pointer) }));
}

/** Pointers of the steps whose instruction is the first of its build stage that is made again. */
function firstByStage(instructions: readonly InstructionRow[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  for (const { record, rebuilt } of instructions) {
    const stage = record?.step.slice(0, record.step.lastIndexOf("/steps/")) ?? "";
    if (record && rebuilt && !first.has(stage)) first.set(stage, record.step);
  }
  return new Set(first.values());
}

/** Steps that went and steps that came at one place: those of a kind are one step that changed. */
function changedSteps(gone: readonly PlacedStep[], come: readonly PlacedStep[]): Omit<StepRow, "startsAnew">[] {
  const left = [...gone];
  const rows = come.map((step): Omit<StepRow, "startsAnew"> => {
    const index = left.findIndex(({ kind, depth }) => kind === step.kind && depth === step.depth);
    if (index < 0) return { step, change: "added" };
    const [before] = left.splice(index, 1);
    return { step, change: "changed", before };
  });
  return [...left.map((step) => ({ step, change: "removed" as const })), ...rows];
}

/** The lines of each step. */
function textByStep(rows: readonly InstructionRow[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { text, record } of rows) {
    if (record) texts.set(record.step, `${texts.get(record.step) ?? ""}${text}\n`);
  }
  return texts;
}

function instructionsOf({ dockerfile = "", instructions }: Preview): InstructionRow[] {
  const lines = dockerfile.split("\n");
  return instructions.map((record) => {
    const first = record.line - 1;
    return { text: lines.slice(first, first + record.lines).join("\n"), change: "same", record };
  });
}

function comparedInstructions(was: readonly InstructionRow[], now: readonly InstructionRow[]): InstructionRow[] {
  const isRebuilt = rebuilt(was.map(textOf), now.map(textOf));
  const rows = now.map((row, index): InstructionRow => ({ ...row, rebuilt: isRebuilt[index] }));
  return paired<InstructionRow, InstructionRow>(was, rows, textOf, {
    same: (row) => row,
    gone: (gone, come) => [
      ...gone.map(({ text }): InstructionRow => ({ text, change: "removed" })),
      ...come.map((row): InstructionRow => ({ ...row, change: "added" })),
    ],
  });
}

const textOf = ({ text }: InstructionRow): string => text;

/** Without the digests of sources, for images of which one has its files and the other does not. */
const withoutDigests = (preview: Preview): Preview => ({
  ...preview,
  dockerfile: preview.dockerfile?.replace(/\/[0-9a-f]{32}\//g, `/${"?".repeat(32)}/`),
});

/** The stage that trees are unpacked in, each at a path of its own that has its digest. */
const FILES_STAGE = "pithy-files";

interface BuildStage {
  name: string;
  first: number;
  instructions: string[];
}

function buildStages(instructions: readonly string[]): BuildStage[] {
  const stages: BuildStage[] = [];
  instructions.forEach((text, index) => {
    if (/^FROM\s/.test(text)) stages.push({ name: / AS (\S+)$/.exec(text)?.[1] ?? "", first: index, instructions: [] });
    stages.at(-1)?.instructions.push(text);
  });
  return stages;
}

/**
 * Which instructions Docker makes again. In each stage these are the first one that differs and all after it; one that
 * takes from a stage which is made again differs, too. Unpacking trees does not count: what is copied from there says.
 */
export function rebuilt(before: readonly string[], after: readonly string[]): boolean[] {
  const known = new Map(buildStages(before).map((stage) => [stage.name, stage.instructions]));
  const again = new Set<string>();
  const result: boolean[] = after.map(() => false);
  for (const { name, first, instructions } of buildStages(after).filter(({ name }) => name !== FILES_STAGE)) {
    const was = known.get(name) ?? [];
    const at = instructions.findIndex((text, index) => text !== was[index] || again.has(takenFrom(text)));
    if (at < 0) continue;
    result.fill(true, first + at, first + instructions.length);
    if (name !== "") again.add(name);
  }
  return result;
}

const takenFrom = (instruction: string): string => /^(?:COPY --from=|FROM )(\S+)/.exec(instruction)?.[1] ?? "";

function comparedFiles(after: readonly FileRecord[], before?: readonly FileRecord[]): FileRow[] {
  if (!before) return after.map((file) => ({ file, change: "same" }));
  const was = new Map(before.map((file) => [fileKey(file), file]));
  const rows = after.map((file): FileRow => {
    const old = was.get(fileKey(file));
    was.delete(fileKey(file));
    return { file, change: old ? (content(old) === content(file) ? "same" : "changed") : "added" };
  });
  return [...rows, ...[...was.values()].map((file): FileRow => ({ file, change: "removed" }))];
}

/** Where a file goes. */
export const fileKey = ({ stage = "", destination }: FileRecord): string => `${stage}\0${destination}`;

const content = ({ kind, mode, digest, target }: FileRecord): string => JSON.stringify([kind, mode, digest, target]);
