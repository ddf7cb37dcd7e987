/** A plan whose baseline is a snapshot: only the Dockerfile that it was built from is known. */
import { align, type Pair, stepOf } from "../../daytona/snapshot/instructions.ts";
import type { Plan, PlanStep } from "../../image/plan.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import type { LockEntry } from "../../lock/lock.ts";
import type { FieldChange } from "../../shared/wire.generated.ts";

/** The build of a snapshot. */
export interface SnapshotBuild {
  readonly dockerfile: string;
  /** Daytona's key for the build. */
  readonly ref: string;
}

/** A fingerprint and digests that differ from all others: the real ones are not known. */
const OTHER = { fingerprint: "0".repeat(16), digest: `sha256:${"0".repeat(64)}`, imageDigest: "" };

/** What changed in an image since a snapshot was built, with the instructions before and after. */
export function planSince(name: string, build: SnapshotBuild, resolved: ResolvedImage): Plan {
  const byStep = pairsByStep(align(build.dockerfile, resolved.dockerfile), resolved);
  const plan = resolved.plan(entryOf(name, build, resolved, byStep));
  const gone = [...byStep.values()].flat().filter(({ now }) => !now);
  return { ...plan, steps: plan.steps.map((step) => withInstructions(step, byStep, gone)) };
}

/** The instructions of each step; removed ones belong to the step that they followed. */
function pairsByStep(pairs: readonly Pair[], resolved: ResolvedImage): Map<string, Pair[]> {
  const byStep = new Map<string, Pair[]>();
  let step = "";
  for (const pair of pairs) {
    step = (pair.now && stepOf(pair.now, resolved)) ?? step;
    byStep.set(step, [...(byStep.get(step) ?? []), pair]);
  }
  return byStep;
}

const isKept = ({ was, now }: Pair): boolean => was?.text === now?.text;

/** The entry that a lock would have for the snapshot, as far as needed to tell what is the same. */
function entryOf(
  snapshotName: string,
  { dockerfile, ref }: SnapshotBuild,
  resolved: ResolvedImage,
  byStep: ReadonlyMap<string, readonly Pair[]>,
): LockEntry {
  const { edition, imageDigest, snapshotRef, contexts } = resolved;
  const isSame = ref.endsWith(snapshotRef);
  const changed = new Set(
    contexts.filter((context) => !dockerfile.includes(digestIn(context))).map(({ source }) => source),
  );
  const sources = resolved.sources.map(({ path, digest, size }) => [
    path,
    changed.has(path) ? { digest: OTHER.digest, size: 0 } : { digest, size },
  ]);
  const steps = [
    ...gone("", byStep),
    ...resolved.steps.flatMap((step) => [...formerly(step, byStep), ...gone(step.step, byStep, step.stage)]),
  ];
  return {
    edition,
    imageDigest: isSame ? imageDigest : OTHER.imageDigest,
    snapshotRef: isSame ? snapshotRef : ref,
    snapshotName,
    sources: Object.fromEntries(sources),
    steps,
  };
}

/** The part of a context's path that depends on its content: `/<32 digits>/`. */
const digestIn = ({ archivePath }: ResolvedImage["contexts"][number]): string =>
  /\/[0-9a-f]{32}\//.exec(archivePath)?.[0] ?? archivePath;

type Step = ResolvedImage["steps"][number];

const inLock = (stage: string | undefined, call: string, fingerprint: string): string =>
  `${stage === undefined ? "" : `${stage}/`}${call} ${fingerprint}`;

/** The earlier form of a step; none if it is new. */
function formerly({ step, stage, call, fingerprint }: Step, byStep: ReadonlyMap<string, readonly Pair[]>): string[] {
  const pairs = (byStep.get(step) ?? []).filter(({ now }) => now);
  if (pairs.every(isKept)) return [inLock(stage, call, fingerprint)];
  return pairs.some(({ was }) => was) ? [inLock(stage, call, OTHER.fingerprint)] : [];
}

/** The removed instructions that followed a step, each as a step of its own. */
const gone = (step: string, byStep: ReadonlyMap<string, readonly Pair[]>, stage?: string): string[] =>
  (byStep.get(step) ?? [])
    .filter(({ now }) => !now)
    .map(({ was }) => inLock(stage, /^[A-Za-z]*/.exec(was?.text ?? "")?.[0] ?? "", OTHER.fingerprint));

function withInstructions(step: PlanStep, byStep: ReadonlyMap<string, readonly Pair[]>, gone: Pair[]): PlanStep {
  if (step.change === "removed") return { ...step, fields: [instruction(gone.shift())] };
  if (step.change !== "changed" || step.after === undefined) return step;
  const changed = (byStep.get(step.after) ?? []).filter((pair) => pair.now && !isKept(pair));
  return { ...step, fields: changed.map(instruction) };
}

const instruction = ({ was, now }: Partial<Pair> = {}): FieldChange => ({
  path: "/dockerfile",
  ...(was && { before: was.text }),
  ...(now && { after: now.text }),
});
