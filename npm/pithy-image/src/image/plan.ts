/** What a change of an image does: prepares both images for the core, which compares them. */
import { host } from "#host";
import { toWire, unwrap } from "../core/backend.ts";
import { LOCK_ENTRY, type LockEntry } from "../lock/lock.ts";
import { aString, type Check, fields, must } from "../shared/check.ts";
import { type CallSites, type Finding, isImageError, located } from "../shared/errors.ts";
import { notOfSdk } from "../shared/sdk-image.ts";
import type { ResolvedFields } from "../shared/types.ts";
import type { PlanImage, Plan as WirePlan, PlanStep as WirePlanStep } from "../shared/wire.generated.ts";
import { checkOptions, refuse } from "./arguments.ts";

/** A resolved image as data, `JSON.parse(JSON.stringify(resolved))`: the part that a {@link Plan} needs. */
export interface ResolvedRecord
  extends Pick<ResolvedFields, Exclude<keyof PlanImage & keyof ResolvedFields, keyof Dockerfile>>,
    Partial<Dockerfile>,
    Partial<Pick<ResolvedFields, "findings">> {
  /** What it was resolved from; without it, a plan cannot say which fields of a step changed. */
  readonly definition?: PlanImage["definition"];
}

type Dockerfile = Pick<ResolvedFields, "dockerfile" | "instructions">;

/**
 * What Daytona has of a snapshot: see {@link ImageBuilder.plan}.
 *
 * @example
 * ```ts
 * const build: SnapshotBuild = { dockerfile: resolved.dockerfile, snapshotRef: resolved.snapshotRef };
 * resolved.plan(build).unchanged;
 * // true
 * ```
 */
export interface SnapshotBuild {
  /** The Dockerfile that it was built from. */
  readonly dockerfile: string;
  /** Daytona's key for the build; a registry may precede it. */
  readonly snapshotRef: string;
}

/**
 * The start of a {@link Plan}: a resolved image, or one as JSON; with less detail an entry of a lock; or a snapshot, of which
 * only the Dockerfile is known.
 *
 * @example
 * ```ts
 * const baseline: Baseline | undefined = lock.images.agent;
 * baseline && resolved.plan(baseline).unchanged;
 * // true
 * ```
 */
export type Baseline = LockEntry | ResolvedRecord | SnapshotBuild;

/** What happens to a step: see {@link Plan}. */
export interface PlanStep extends WirePlanStep {
  /** The line of your code that makes the step, `path:line:column`, where it is known. */
  callSite?: string;
}

/**
 * What a change of an image does: see {@link ImageBuilder.plan}.
 *
 * @example
 * ```ts
 * const changed = ({ steps }: Plan) => steps.filter(({ change }) => change !== "kept").map(({ call }) => call);
 * changed(await image.aptInstall("git").plan(image));
 * // aptInstall
 * ```
 */
export interface Plan extends Omit<WirePlan, "steps" | "findings"> {
  /** The steps as they are now; removed ones stand after the step that they followed. */
  steps: PlanStep[];
  /**
   * What the change brings: the findings of steps that are new, changed or moved, without those that the baseline is known to have had;
   * and, where the Dockerfiles of both are known, what is found in the change itself, such as another host to download from.
   */
  findings: Finding[];
}

/**
 * What a change does, for images that are only data: see {@link ResolvedImage.plan}.
 *
 * @example
 * ```ts
 * planBetween(lockEntry(resolved), lock.images.agent as LockEntry).unchanged;
 * // true
 * ```
 */
export function planBetween(before: Baseline, after: Exclude<Baseline, SnapshotBuild>): Plan {
  return placedPlan(before, after, () => undefined);
}

const SHAPE = notOfSdk(
  must(
    "an entry of a lock, a resolved image, an image or the build of a snapshot",
    (value) => Object(value) === value && ["steps", "imageDigest", "snapshotRef"].some((name) => name in Object(value)),
  ),
);

const BUILD = fields<SnapshotBuild>({ dockerfile: aString, snapshotRef: aString }, "a field of a snapshot's build");

/** Refuses what is not a baseline. */
export function checkBaseline(baseline: unknown): void {
  const check = (which: Check) => checkOptions(baseline, which, "The baseline");
  check(SHAPE);
  if (isLocked(baseline as Baseline)) check(LOCK_ENTRY);
  else if (isBuild(baseline as Baseline)) check(BUILD);
}

/** A plan with the lines that make the steps. */
export function placedPlan(before: Baseline, after: Baseline, callSites: CallSites): Plan {
  checkBaseline(before);
  checkBaseline(after);
  if (isBuild(after)) {
    const hint = "Pass an entry of a lock or a resolved image; the build of a snapshot can only come before it.";
    refuse("wrong_type", "The build of a snapshot has no steps to plan.", hint);
  }
  const request = { before: sideOf(before, knownRef), after: sideOf(after, ({ snapshotRef }) => snapshotRef) };
  const plan = unwrap<WirePlan>(host.backend().plan(toWire(request)));
  const findings = [...broughtBy(plan, before, after), ...located(plan.findings, callSites)];
  return { ...plan, steps: plan.steps.map((step) => placed(step, callSites)), findings };
}

/** The findings of what is new, changed or moved. */
function broughtBy({ steps }: WirePlan, before: Baseline, after: Baseline): Finding[] {
  const findings = (baseline: Baseline) => ("findings" in baseline && baseline.findings) || [];
  const had = new Set(findings(before).map(({ code, message }) => `${code} ${message}`));
  const isNew = ({ change }: WirePlanStep) => ["added", "changed", "moved"].includes(change);
  const changed = new Set(steps.filter(isNew).map((step) => step.after));
  const isBrought = ({ path, code, message }: Finding) =>
    (path === "" || changed.has(stepOfPointer(path))) && !had.has(`${code} ${message}`);
  return findings(after).filter(isBrought);
}

/** The step of a JSON pointer, also of one in a stage. */
const stepOfPointer = (pointer: string): string | undefined =>
  /^(?:\/steps\/\d+\/stage)*\/steps\/\d+/.exec(pointer)?.[0];

function placed(step: WirePlanStep, callSites: CallSites): PlanStep {
  const callSite = step.after === undefined ? undefined : callSites(step.after);
  return callSite === undefined ? step : { ...step, callSite };
}

const isLocked = (baseline: Baseline): baseline is LockEntry =>
  typeof (baseline as LockEntry).snapshotName === "string";

const isBuild = (baseline: Baseline): baseline is SnapshotBuild => !("steps" in baseline || "imageDigest" in baseline);

function sideOf(baseline: Baseline, refOf: (image: LockEntry | ResolvedRecord) => string): PlanImage {
  if (isBuild(baseline)) {
    const { dockerfile, snapshotRef } = baseline;
    return { imageDigest: "", snapshotRef, steps: [], sources: [], dockerfile };
  }
  const { edition, imageDigest } = baseline;
  const snapshotRef = refOf(baseline);
  if (!isLocked(baseline)) {
    const { steps, sources, files, contexts, definition, dockerfile, instructions } = baseline;
    const side = { edition, imageDigest, snapshotRef, steps, sources, files, contexts, dockerfile, instructions };
    return { ...side, ...(definition && { definition }) } as PlanImage;
  }
  const sources = Object.entries(baseline.sources).map(([path, source]) => ({ path, ...source }));
  return { edition, imageDigest, snapshotRef, sources, steps: baseline.steps.map(stepOf) };
}

/** The ref of a baseline; empty if nobody asked for it before its files changed. */
function knownRef(baseline: LockEntry | ResolvedRecord): string {
  try {
    return baseline.snapshotRef;
  } catch (error) {
    if (isImageError(error)) return "";
    throw error;
  }
}

/** A step as written in a lock: `<stage>/<call> <fingerprint>`. */
function stepOf(text: string): PlanImage["steps"][number] {
  const [, stage, call = "", fingerprint = ""] = /^(?:(.*)\/)?(.*) (.*)$/.exec(text) ?? [];
  return { call, fingerprint, ...(stage !== undefined && { stage }) };
}
