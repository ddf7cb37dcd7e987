import { diffArrays } from "diff";
import type { Plan } from "pithy-image";
import { formerPlace } from "../review/words.ts";
import type { ResolvedRecord } from "../spec.ts";
import { say } from "../text/phrase.ts";
import { at } from "./pointer.ts";
import { type InstructionRecord, lacksText, type Preview } from "./preview.ts";
import { type PlacedStep, placedSteps, type StepKind } from "./step.ts";

/** How a step or a file changed. `files`: the step is the same, but what it copies changed. */
export type Change = "same" | "added" | "removed" | "changed" | "files" | "moved";

/** A step, and how it changed. */
export interface StepRow {
  /** The pointer of its step; for one that was removed, which may stand at that of another one, `removed` before it. */
  key: string;
  step: PlacedStep;
  change: Change;
  /** The earlier form of a step that changed or moved. */
  before?: PlacedStep;
  /** Where it stood, if it moved and that is known: `was step 9`. */
  formerPlace?: string;
  /** What changed in the user's own Dockerfile; nothing if only what stands between its instructions did. */
  own?: OwnChange[];
  /** The arguments of a changed step that differ. */
  fields?: FieldChange[];
  /** Whether Docker builds it, now or again. */
  isBuilt: boolean;
  /** Whether it is the first of its build stage that Docker builds again. */
  startsRebuild: boolean;
}

type PlannedStep = Plan["steps"][number];

/** An argument of a step, and what it was: see {@link Plan}. */
export type FieldChange = NonNullable<PlannedStep["fields"]>[number];

/** A line, and how it changed. */
export interface LineRow {
  text: string;
  change: "same" | "added" | "removed";
}

/** A changed instruction of the user's own Dockerfile. */
export interface OwnChange {
  /** Its place there: `daytona/Dockerfile:12`. */
  place: string;
  /** Its lines; none if only the files differ that it copies. */
  lines: LineRow[];
}

/** An instruction of the Dockerfile, a line between instructions, or what was removed. */
export interface InstructionRow extends LineRow {
  /** Its first line; absent if it was removed. */
  line?: number;
  /** Absent if it was removed, or is no instruction. */
  record?: InstructionRecord;
}

type FileRecord = ResolvedRecord["files"][number];

/** A file, and how it changed. */
export interface FileRow {
  file: FileRecord;
  change: Change;
  /** What it was, if that is known and it was there. */
  before?: FileRecord;
  /** Of a file that moved: where it is added, the removed one; where it is removed, the added one. */
  twin?: FileRecord;
}

/** Everything that is shown of an image, compared with a baseline if there is one. */
export interface Comparison {
  steps: StepRow[];
  instructions: InstructionRow[];
  files: FileRow[];
  /** Sources that changed, where it is not known in which files. */
  changedSources: string[];
  /** Everything that is sent, if it is known. */
  contexts: ResolvedRecord["contexts"];
  /** What the baseline sent, if there is one and it is known. */
  contextsBefore?: ResolvedRecord["contexts"];
  /** The contexts that the baseline does not have; all of them without a baseline. Absent as long as files are not known. */
  uploads?: ResolvedRecord["contexts"];
}

/** A preview as rows. The core's plan says what changed, once it is there; only the lines of the Dockerfile are compared here. */
export function compare(after: Preview, before?: Preview, plan?: Plan): Comparison {
  return {
    steps: plan ? plannedSteps(plan, after, before) : stepsWithoutPlan(after, before),
    instructions: instructionRows(after, before),
    files: fileRows(after, before, plan),
    changedSources: (plan?.files ?? []).flatMap(({ destination, path }) => (destination === undefined ? [path] : [])),
    contexts: after.resolved?.contexts ?? [],
    contextsBefore: before?.resolved?.contexts,
    uploads: (before && !before.resolved ? undefined : plan?.uploads) ?? after.resolved?.contexts,
  };
}

/** The core plans nothing for an image with mistakes: there, its steps are compared as they are written. */
function stepsWithoutPlan(after: Preview, before?: Preview): StepRow[] {
  const now = placedSteps(after.definition);
  const hasMistakes = [after, before].some((preview) => preview && preview.problems.length > 0);
  if (!before || !hasMistakes) return now.map((step) => stepRow(step, "same"));
  const was = placedSteps(before.definition);
  const texts = [writtenSteps(was, before), writtenSteps(now, after)] as const;
  const [atOld, atNew] = [was.values(), now.values()];
  return differences(...texts).flatMap(({ added, removed, value }) =>
    value.flatMap((): StepRow[] => {
      const old = added ? undefined : atOld.next().value;
      const step = removed ? old : atNew.next().value;
      return step ? [stepRow(step, removed ? "removed" : added ? "added" : "same")] : [];
    }),
  );
}

/** The key of a removed step. */
export const removedKey = (pointer: string): string => `removed ${pointer}`;

const stepRow = (step: PlacedStep, change: "same" | "added" | "removed"): StepRow => ({
  key: change === "removed" ? removedKey(step.pointer) : step.pointer,
  step,
  change,
  isBuilt: false,
  startsRebuild: false,
});

/** Steps as text: of a stage only its name, since its steps are steps, too. */
const writtenSteps = (steps: readonly PlacedStep[], { definition }: Preview): string[] =>
  steps.map(({ pointer, stage, kind }) => {
    const step = at(definition, pointer);
    return JSON.stringify([stage, kind === "stage" ? Object(Object(step).stage).name : step]);
  });

/** Of a baseline that is a lock, the plan is all that is known. */
function plannedSteps(plan: Plan, after: Preview, before?: Preview): StepRow[] {
  const [now, was] = [byPointer(after), before ? byPointer(before) : new Map<string, PlacedStep>()];
  const builtStages = new Set<string | undefined>();
  return plan.steps.map((planned, index): StepRow => {
    const old = was.get(planned.before ?? "");
    const gone = old && { ...old, stage: planned.stage };
    const step = now.get(planned.after ?? "") ?? gone ?? unknownStep(planned, index);
    const startsRebuild = planned.isBuilt && !builtStages.has(planned.stage);
    if (startsRebuild) builtStages.add(planned.stage);
    const own = step.kind === "fromDockerfile" ? planned.fields?.flatMap(ownChange) : undefined;
    const change = changeOf(planned, own);
    const { isBuilt, fields } = planned;
    const key = change === "removed" ? removedKey(step.pointer) : step.pointer;
    const isOther = change === "changed" || change === "moved";
    const other = isOther && { before: old, formerPlace: formerPlace(planned), own, fields };
    return { key, step, change, isBuilt, startsRebuild, ...other };
  });
}

/** A removed step of which only the call is known. */
const unknownStep = ({ call, stage, before }: PlannedStep, index: number): PlacedStep => ({
  pointer: before ?? `removed/${index}`,
  number: `${index + 1}`,
  depth: stage === undefined ? 0 : 1,
  stage,
  kind: call as StepKind,
  purpose: say`${call}`,
});

const byPointer = ({ definition }: Preview): Map<string, PlacedStep> =>
  new Map(placedSteps(definition).map((step) => [step.pointer, step]));

function changeOf({ change, fields }: PlannedStep, own: OwnChange[] | undefined): Change {
  if (change === "kept" || change === "rebuilt") return "same";
  if (change !== "changed") return change;
  const isFiles = own
    ? own.length > 0 && own.length === fields?.length && own.every(({ lines }) => lines.length === 0)
    : fields?.length === 0;
  return isFiles ? "files" : change;
}

/** Whether a field is an instruction, `/daytona~1Dockerfile:12`; others of a step have other names. */
export const isInstruction = ({ path }: FieldChange): boolean => /^\/[^/]+:\d+$/.test(path);

function ownChange(field: FieldChange): OwnChange[] {
  if (!isInstruction(field)) return [];
  const { path, before, after } = field;
  const place = path.slice(1).replaceAll("~1", "/").replaceAll("~0", "~");
  const [was, now] = [before, after].map((text) => (typeof text === "string" ? text : undefined));
  if (was !== undefined && now !== undefined && masked(was) === masked(now)) return [{ place, lines: [] }];
  return [{ place, lines: comparedLines(was?.split("\n") ?? [], now?.split("\n") ?? []) }];
}

const comparedLines = (was: string[], now: string[]): LineRow[] =>
  diffArrays(was, now).flatMap(({ added, removed, value }) =>
    value.map((text): LineRow => ({ text, change: removed ? "removed" : added ? "added" : "same" })),
  );

function instructionRows(after: Preview, before?: Preview): InstructionRow[] {
  if (after.dockerfile === undefined || before?.dockerfile === undefined) return instructionsOf(after);
  if (lacksText(after) || lacksText(before)) return instructionsOf(after);
  const isAlike = (after.resolved === undefined) === (before.resolved === undefined);
  const [now, was] = [after, before].map((preview) => instructionsOf(isAlike ? preview : withoutDigests(preview)));
  return compared(was ?? [], now ?? []);
}

/** The rows of a Dockerfile. A user's own has lines between the instructions, and may not end the last one. */
function instructionsOf({ dockerfile = "", instructions }: Preview): InstructionRow[] {
  const lines = dockerfile.replace(/\n$/, "").split("\n");
  const rows: InstructionRow[] = [];
  let next = 0;
  const addLinesTo = (end: number) => {
    for (; next < end; next += 1) rows.push({ text: lines[next] ?? "", change: "same", line: next + 1 });
  };
  for (const record of instructions) {
    addLinesTo(record.line - 1);
    const text = lines.slice(next, next + record.lines).join("\n");
    rows.push({ text, change: "same", line: record.line, record });
    next += record.lines;
  }
  if (dockerfile !== "") addLinesTo(lines.length);
  return rows;
}

/** Two Dockerfiles merged, in which removed lines stand before those that replaced them. */
function compared(was: readonly InstructionRow[], now: readonly InstructionRow[]): InstructionRow[] {
  const parts = differences(was, now, (one, other) => one.text === other.text);
  return parts.flatMap(({ added, removed, value }): InstructionRow[] =>
    removed
      ? value.map(({ text }) => ({ text, change: "removed" }))
      : value.map((row) => ({ ...row, change: added ? "added" : "same" })),
  );
}

/** What differs between two lists; everything if it is too much to look for. */
function differences<Item>(
  was: readonly Item[],
  now: readonly Item[],
  comparator?: (one: Item, other: Item) => boolean,
): readonly { removed: boolean; added: boolean; value: Item[] }[] {
  return (
    diffArrays([...was], [...now], { comparator, maxEditLength: MOST_EDITS }) ?? [
      { removed: true, added: false, value: [...was] },
      { removed: false, added: true, value: [...now] },
    ]
  );
}

/** Edits that are looked for: the time grows with their square, and with more of them it is another text. */
export const MOST_EDITS = 1000;

/** Without the digests of sources, where only one of two images has its files. */
const withoutDigests = (preview: Preview): Preview => ({
  ...preview,
  dockerfile: preview.dockerfile && masked(preview.dockerfile),
});

const masked = (text: string): string => text.replaceAll(/\/[0-9a-f]{32}\//g, `/${"?".repeat(32)}/`);

function fileRows(after: Preview, before?: Preview, plan?: Plan): FileRow[] {
  const changes = new Map(plan?.files.map((file) => [fileKey(file), file.change]));
  const changeOfFile = (file: FileRecord): Change => changes.get(fileKey(file)) ?? "same";
  const names = stageNames(before, plan);
  const was = (before?.resolved?.files ?? []).map((file) => {
    const stage = names.get(file.stage);
    return stage === undefined ? file : { ...file, stage };
  });
  const earlier = new Map(was.map((file) => [fileKey(file), file]));
  const row = (file: FileRecord): FileRow => ({
    file,
    change: changeOfFile(file),
    before: earlier.get(fileKey(file)),
  });
  return withTwins([
    ...(after.resolved?.files ?? []).map(row),
    ...was.map(row).filter(({ change }) => change === "removed"),
  ]);
}

/** An added file with the content of a removed one is that file, moved. Empty files are all alike, so none of them is. */
function withTwins(rows: readonly FileRow[]): FileRow[] {
  const gone = new Map<string, FileRow[]>();
  for (const row of rows.toReversed()) {
    const { digest, size } = row.file;
    if (row.change !== "removed" || !digest || size === 0) continue;
    const alike = gone.get(digest);
    if (alike) alike.push(row);
    else gone.set(digest, [row]);
  }
  const twins = new Map<FileRow, FileRow>();
  for (const row of rows) {
    const twin = row.change === "added" ? gone.get(row.file.digest ?? "")?.pop() : undefined;
    if (twin) twins.set(row, twin).set(twin, row);
  }
  return rows.map((row) => ({ ...row, twin: twins.get(row)?.file }));
}

/** The names of stages that have others now, by those that they had. */
function stageNames(before?: Preview, plan?: Plan): Map<string | undefined, string> {
  const was = before ? byPointer(before) : new Map<string, PlacedStep>();
  const pairs = (plan?.steps ?? []).flatMap(({ before, after, stage }): [string, string][] => {
    const old = was.get(before ?? "")?.stage;
    return after && stage && old && old !== stage ? [[old, stage]] : [];
  });
  return new Map(pairs);
}

/** The place of a file in the image. */
export const fileKey = ({ stage = "", destination = "" }: { stage?: string; destination?: string }): string =>
  `${stage}\0${destination}`;
