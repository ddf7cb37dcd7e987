import type {
  Baseline,
  Definition,
  Finding,
  LocalFile,
  Outline,
  Plan,
  Problem,
  ResolvedImage,
  ResolveFilesOptions,
  SnapshotBuild,
} from "pithy-image";
import { type PreviewSpec, prepared, type ResolvedRecord, withShortDigests } from "../spec.ts";
import { type Mask, maskedData, planWithoutSecrets } from "./secrets.ts";

/** Which step made which lines of the Dockerfile. */
export type InstructionRecord = Outline["instructions"][number];

/** A local file or directory that an image is made of. */
export type NeedRecord = Outline["needs"][number];

/** Everything that is known about an image at one moment. */
export interface Preview {
  definition: Definition;
  /** The definition as it was given, if secrets are masked in the other: what is computed comes from it. */
  exact?: Definition;
  callSites: Record<string, string>;
  /** Absent until the core has been called, or if the definition has problems. */
  dockerfile?: string;
  instructions: readonly InstructionRecord[];
  /** What must be read to resolve it; empty once it is resolved. */
  needs: readonly NeedRecord[];
  resolved?: ResolvedRecord;
  findings: readonly Finding[];
  problems: readonly Problem[];
}

type Core = typeof import("pithy-image");

/** The core and its WebAssembly, loaded when something must be computed. */
async function core(): Promise<Core> {
  const loaded = await import("pithy-image");
  await loaded.init();
  return loaded;
}

/** The preview of a spec, without the core. */
export function given(spec: PreviewSpec): Preview {
  const { definition, callSites = {}, resolved, problems = [] } = prepared(spec);
  const empty = { definition, callSites, instructions: [], needs: [], findings: [], problems };
  return resolved ? withResolved(empty, resolved) : empty;
}

/** Whether everything is computed. */
export const isComplete = ({ resolved }: Preview): boolean => resolved !== undefined;

/** Whether the text of the Dockerfile that an image begins with is not here yet: then only what is added to it is known. */
export const lacksText = ({ definition, resolved }: Preview): boolean =>
  resolved === undefined && definition.steps.some((step) => "fromDockerfile" in step);

/** What the core knows without files: the Dockerfile, or everything if the image needs no files. */
export async function examine(spec: PreviewSpec): Promise<Preview> {
  const preview = given(spec);
  if (isComplete(preview)) return preview;
  const { Image, maskSecrets } = await core();
  const examined = await collecting(preview, async () => {
    const image = Image.fromJSON(preview.definition);
    const { needs, ...outline } = image.outline();
    if (needs.length) return { ...preview, ...outline, needs, problems: preview.problems };
    return withResolved({ ...preview, problems: [] }, data(await image.resolve()));
  });
  return withoutSecrets(examined, maskSecrets);
}

/** The image with its files. */
export async function readFiles(
  preview: Preview,
  files: readonly LocalFile[],
  options: ResolveFilesOptions,
): Promise<Preview> {
  const { Image, maskSecrets } = await core();
  const read = await collecting({ ...preview, problems: [] }, async () =>
    withResolved(preview, data(await Image.fromJSON(exactly(preview)).resolveFiles(files, options))),
  );
  return withoutSecrets(read, maskSecrets);
}

/** What is computed with: secrets may be masked in what is shown. */
const exactly = ({ definition, exact = definition }: Preview): Definition => exact;

/** A preview whose secrets are masked: a server has not done so. */
function withoutSecrets(preview: Preview, mask: Mask): Preview {
  const masked = maskedData(preview, mask);
  return JSON.stringify(masked) === JSON.stringify(preview) ? preview : { ...masked, exact: exactly(preview) };
}

/** An image whose steps are known. */
type Side = Exclude<Baseline, SnapshotBuild>;

/** What changed, without files as long as those of one image are not known; `undefined` if one of them has problems. */
export async function planOf(after: Preview, before: Preview): Promise<Plan | undefined> {
  const { Image, maskSecrets, planBetween } = await core();
  const outlined = (preview: Preview): Side => {
    const definition = exactly(preview);
    const { steps } = Image.fromJSON(definition).outline();
    return { ...UNKNOWN, edition: definition.edition, steps, definition };
  };
  const areKnown = after.resolved !== undefined && before.resolved !== undefined;
  const side = (preview: Preview): Side =>
    areKnown
      ? { ...withShortDigests(preview.resolved as ResolvedRecord), definition: exactly(preview) }
      : outlined(preview);
  let plan: Plan | undefined;
  await problemsIn(() => {
    plan = planWithoutSecrets(planBetween(side(before), side(after)), exactly(after), maskSecrets);
  });
  // Without files there are no digests that could differ.
  return (
    plan && { ...plan, unchanged: areKnown ? plan.unchanged : plan.steps.every(({ change }) => change === "kept") }
  );
}

/** What an outline does not have. */
const UNKNOWN = { imageDigest: "", snapshotRef: "", sources: [], files: [], contexts: [] };

/** What is wrong with a definition, which may be any JSON. */
export async function problemsOf(definition: unknown): Promise<readonly Problem[]> {
  const { Image } = await core();
  return problemsIn(() => void Image.fromJSON(definition as Definition).outline());
}

/** The result of the work, or the current preview with its problems. */
async function collecting(preview: Preview, work: () => Promise<Preview>): Promise<Preview> {
  let found = preview;
  const problems = await problemsIn(async () => {
    found = await work();
  });
  // The core reports the lines that called it, which are this page's: those of the steps are in the spec.
  const placed = problems.map((problem) => ({ ...problem, callSite: preview.callSites[stepOf(problem.path)] }));
  return problems.length ? { ...preview, problems: placed } : found;
}

/** The pointer to the step of a problem; empty if it has none. */
export const stepOf = (pointer: string): string => /^(?:\/steps\/\d+\/stage)*\/steps\/\d+/.exec(pointer)?.[0] ?? "";

/** The problems of the work; other errors are thrown. */
async function problemsIn(work: () => Promise<void> | void): Promise<readonly Problem[]> {
  try {
    await work();
    return [];
  } catch (error) {
    if (error instanceof Error && error.name === "PithyImageError") return (error as PithyImageError).problems;
    throw error;
  }
}

type PithyImageError = InstanceType<Core["PithyImageError"]>;

const data = (resolved: ResolvedImage): ResolvedRecord => JSON.parse(JSON.stringify(resolved));

function withResolved(preview: Preview, resolved: ResolvedRecord): Preview {
  const { dockerfile, instructions, findings } = resolved;
  return { ...preview, resolved, dockerfile, instructions, findings, needs: [], problems: [] };
}
