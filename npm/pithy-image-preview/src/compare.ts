import { diffArrays } from "diff";
import type { Plan } from "pithy-image";
import type { InstructionRecord, Preview } from "./preview.ts";
import type { ResolvedRecord } from "./spec.ts";
import { type PlacedStep, placedSteps } from "./step.ts";

/** How a step or a file changed. `files`: the step is the same, but what it copies changed. */
export type Change = "same" | "added" | "removed" | "changed" | "files";

/** A step, and how it changed. */
export interface StepRow {
  step: PlacedStep;
  change: Change;
  /** The earlier form of a changed step. */
  before?: PlacedStep;
  /** Whether it is the first of its build stage that Docker builds again. */
  startsRebuild: boolean;
}

/** An instruction of the Dockerfile, or a removed one. */
export interface InstructionRow {
  text: string;
  change: "same" | "added" | "removed";
  /** Absent for a removed one. */
  record?: InstructionRecord;
}

type FileRecord = ResolvedRecord["files"][number];

/** A file, and how it changed. */
export interface FileRow {
  file: FileRecord;
  change: Change;
}

/** Everything that is shown of an image, compared with a baseline if there is one. */
export interface Comparison {
  steps: StepRow[];
  instructions: InstructionRow[];
  files: FileRow[];
  /** The contexts that the baseline does not have; all of them without a baseline. Absent as long as files are not known. */
  uploads?: ResolvedRecord["contexts"];
}

/** A preview as rows. The core's plan says what changed, once it is there; only the lines of the Dockerfile are compared here. */
export function compare(after: Preview, before?: Preview, plan?: Plan): Comparison {
  return {
    steps: plan && before ? plannedSteps(plan, after, before) : placedSteps(after.definition).map(unchanged),
    instructions: instructionRows(after, before),
    files: fileRows(after, before, plan),
    uploads: (before?.resolved && plan?.uploads) || after.resolved?.contexts,
  };
}

/** The first step of the image itself that is built again, if any. */
export const firstRebuilt = ({ steps }: Comparison): PlacedStep | undefined =>
  steps.find(({ startsRebuild, step }) => startsRebuild && step.depth === 0)?.step;

const unchanged = (step: PlacedStep): StepRow => ({ step, change: "same", startsRebuild: false });

function plannedSteps(plan: Plan, after: Preview, before: Preview): StepRow[] {
  const [now, was] = [byPointer(after), byPointer(before)];
  const builtStages = new Set<string | undefined>();
  return plan.steps.flatMap((planned): StepRow[] => {
    const old = was.get(planned.before);
    const step = now.get(planned.after) ?? old;
    if (!step) return [];
    const startsRebuild = planned.isBuilt && !builtStages.has(planned.stage);
    if (startsRebuild) builtStages.add(planned.stage);
    const change = changeOf(planned);
    return [{ step, change, startsRebuild, ...(change === "changed" && { before: old }) }];
  });
}

const byPointer = ({ definition }: Preview): Map<string | undefined, PlacedStep> =>
  new Map(placedSteps(definition).map((step) => [step.pointer, step]));

function changeOf({ change, fields }: Plan["steps"][number]): Change {
  if (change === "kept" || change === "rebuilt") return "same";
  return change === "changed" && fields?.length === 0 ? "files" : change;
}

function instructionRows(after: Preview, before?: Preview): InstructionRow[] {
  if (after.dockerfile === undefined || before?.dockerfile === undefined) return instructionsOf(after);
  const isAlike = (after.resolved === undefined) === (before.resolved === undefined);
  const [now, was] = [after, before].map((preview) => instructionsOf(isAlike ? preview : withoutDigests(preview)));
  return compared(was ?? [], now ?? []);
}

function instructionsOf({ dockerfile = "", instructions }: Preview): InstructionRow[] {
  const lines = dockerfile.split("\n");
  return instructions.map((record) => {
    const first = record.line - 1;
    return { text: lines.slice(first, first + record.lines).join("\n"), change: "same", record };
  });
}

/** Two Dockerfiles merged, in which removed lines stand before those that replaced them. */
function compared(was: readonly InstructionRow[], now: readonly InstructionRow[]): InstructionRow[] {
  const comparator = (one: InstructionRow, other: InstructionRow) => one.text === other.text;
  return diffArrays([...was], [...now], { comparator }).flatMap(({ added, removed, value }): InstructionRow[] =>
    removed
      ? value.map(({ text }) => ({ text, change: "removed" }))
      : value.map((row) => ({ ...row, change: added ? "added" : "same" })),
  );
}

/** Without the digests of sources, where only one of two images has its files. */
const withoutDigests = (preview: Preview): Preview => ({
  ...preview,
  dockerfile: preview.dockerfile?.replace(/\/[0-9a-f]{32}\//g, `/${"?".repeat(32)}/`),
});

function fileRows(after: Preview, before?: Preview, plan?: Plan): FileRow[] {
  const changes = new Map(plan?.files.map((file) => [fileKey(file), file.change]));
  const changeOfFile = (file: FileRecord): Change => changes.get(fileKey(file)) ?? "same";
  const now = (after.resolved?.files ?? []).map((file) => ({ file, change: changeOfFile(file) }));
  const was = (before?.resolved?.files ?? []).map((file) => ({ file, change: changeOfFile(file) }));
  return [...now, ...was.filter(({ change }) => change === "removed")];
}

/** The place of a file in the image. */
export const fileKey = ({ stage = "", destination = "" }: { stage?: string; destination?: string }): string =>
  `${stage}\0${destination}`;
