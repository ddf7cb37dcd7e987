/** The baseline of a plan: the lock, a commit, a file, or a snapshot. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { mistakeIn } from "../../../../pithy-image-preview/src/data/check-spec.ts";
import { withoutSecrets } from "../../../../pithy-image-preview/src/data/secrets.ts";
import { type PageSpec, SPEC_PATH } from "../../../../pithy-image-preview/src/protocol.ts";
import { withoutDirectories } from "../../../../pithy-image-preview/src/server/places.ts";
import { prepare } from "../../../../pithy-image-preview/src/server/prepare.ts";
import { kept, type ReadText } from "../../../../pithy-image-preview/src/server/texts.ts";
import {
  type PreparedSpec,
  type PreviewSpec,
  prepared,
  withShortDigests,
} from "../../../../pithy-image-preview/src/spec.ts";
import { maskSecrets } from "../../core/mask.ts";
import { ApiCall } from "../../daytona/api-call.ts";
import { readBuild } from "../../daytona/snapshot/verify.ts";
import type { ImageBuilder } from "../../image/builder.ts";
import { Image } from "../../image/image.ts";
import { type Baseline, type Plan, placedPlan, type ResolvedRecord } from "../../image/plan.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { type Lock, lockEntry, parseLock } from "../../lock/lock.ts";
import { captureCallSites } from "../../shared/call-site.ts";
import { isImageError, PithyDaytonaError } from "../../shared/errors.ts";
import type { Definition } from "../../shared/wire.generated.ts";
import { withoutEnvelope } from "../envelope.ts";
import { environment } from "../environment.ts";
import { entryOf, LOCK_FILE, lockOptions, readLock } from "../lock-file.ts";
import { imagesIn, load, type NamedImage, resolveImage } from "../module.ts";
import { ModuleError } from "../module-error.ts";
import { isSingleFile, readSingleFile } from "../page/single-file.ts";
import { connect } from "../snapshot/connect.ts";
import { UsageError } from "../usage-error.ts";
import { atCommit, isCommit, type Tree } from "./git-tree.ts";

/** An image of the application, and the root of its local paths. */
export interface Compared extends NamedImage {
  /** Absolute. */
  readonly root: string;
}

/** An earlier version of an image. */
export interface Before {
  /** What changed since then. It throws what is wrong with the earlier version. */
  plan(resolved: ResolvedImage): Plan;
  /** The image as it was, where more than names and digests is known; its paths are relative to the current directory. */
  readonly spec?: PreparedSpec;
  /** Unknown for a definition or a Dockerfile alone, which does not name the machine. */
  readonly snapshotName?: string;
  /** Why its module cannot be loaded: then nothing else is known, and a plan throws it. */
  readonly failure?: unknown;
  /** The image with its files, which are there as long as the work with earlier versions goes on. */
  readonly resolved?: ResolvedImage;
}

/** An earlier version whose texts are kept. */
export interface ShownBefore extends Before {
  readonly readText?: ReadText;
}

/** An image that there is no longer. */
export interface GoneImage {
  readonly name: string;
  readonly snapshotName?: string;
}

/** Earlier versions of images. */
export interface Past {
  /** Finds the earlier version of an image; `undefined` if it is new. */
  of(image: Compared): Promise<Before | undefined>;
  /** The earlier images that are none of all those that there are now, as far as they are known. */
  gone?(images: readonly NamedImage[]): readonly GoneImage[];
  /** Whether it is an earlier version of one image. */
  readonly isOfOne?: boolean;
}

/** Earlier versions that were read. */
export interface ReadPast {
  /** By the names of the images; none of those that are new. */
  readonly of: ReadonlyMap<string, ShownBefore>;
  /** The names of images that there are no longer. */
  readonly gone: readonly string[];
}

/** Reads the earlier versions of images. */
export const readPast = (against: string, images: readonly Compared[], signal: AbortSignal): Promise<ReadPast> =>
  withPast(against, signal, async (past) => {
    requireOne(past, images, "show");
    const found = new Map<string, ShownBefore>();
    for (const image of images) {
      const before = await past.of(image);
      const readText = before?.resolved && (await kept(before.resolved));
      if (before) found.set(image.name, { ...before, ...(readText && { readText }) });
    }
    return { of: found, gone: (past.gone?.(images) ?? []).map(({ name }) => name) };
  });

/** Refuses to compare several images with one. */
export function requireOne({ isOfOne }: Past, images: readonly Compared[], command: string): void {
  if (!isOfOne || images.length < 2) return;
  throw new UsageError(`Name the image of the snapshot: \`pithy-image ${command} <image>\`.`);
}

/** Whether an earlier version may become another one while a command runs: a file may, but not a commit or a snapshot. */
export const mayChange = (against: string): boolean => against === "lock" || isFile(against);

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Seconds that reading a snapshot may take. */
const DEADLINE = 60;

/** Does something with earlier versions of the images. */
export async function withPast<Result>(
  against: string,
  signal: AbortSignal,
  work: (past: Past) => Promise<Result>,
): Promise<Result> {
  if (against === "lock") return work(ofLock(lockThatIsThere()));
  if (against.startsWith(SNAPSHOT)) return work(await ofSnapshot(against.slice(SNAPSHOT.length), signal));
  if (isFile(against)) return work(ofFile(resolve(against), signal));
  if (isCommit(against)) return atCommit(against, (tree) => work(ofCommit(against, tree, signal)));
  return work(await ofSnapshotIfThere(against, signal));
}

const before = (baseline: Baseline, snapshotName?: string): Before => ({
  plan: (resolved) => resolved.plan(baseline),
  ...(snapshotName !== undefined && { snapshotName }),
});

function lockThatIsThere(): Lock {
  const lock = readLock();
  if (!lock) throw new UsageError(`${LOCK_FILE} does not exist. Write it: \`pithy-image lock\`.`);
  return lock;
}

const ofLock = (lock: Lock): Past => ({
  gone: (images) =>
    Object.entries(lock.images)
      .map(([name, { snapshotName }]) => ({ name, snapshotName }))
      .filter(isNoneOf(images)),
  of: async ({ name }) => {
    const entry = entryOf(lock, name);
    return entry && before(entry, entry.snapshotName);
  },
});

/** The images of an application as it was; none if its package.json was wrong. */
function imagesThen(tree: Tree): readonly NamedImage[] {
  try {
    return imagesIn(tree.at(process.cwd()));
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** An error that is no mistake of the current image, without the directories that its files were written to. */
function atCommitError(error: unknown, ref: string, directories: readonly string[]): unknown {
  const starts = directories.flatMap((directory) => [`${pathToFileURL(directory)}/`, `${directory}${sep}`]);
  const text = (message: string) =>
    starts.reduce((left, start) => left.replaceAll(start, ""), `At \`${ref}\`: ${message}`);
  if (error instanceof ModuleError) return new UsageError(text(error.located), { code: "module_failed" });
  if (isImageError(error) || error instanceof UsageError) error.message = text(error.message);
  return error;
}

const isNoneOf =
  (images: readonly NamedImage[]) =>
  ({ name }: GoneImage): boolean =>
    images.every((image) => image.name !== name);

const ofCommit = (ref: string, tree: Tree, signal: AbortSignal): Past => ({
  of: async (image) => {
    const path = tree.at(image.path);
    if (!existsSync(path)) return undefined;
    const directory = tree.at(process.cwd());
    const then = { ...image, path, root: tree.at(image.root) };
    return ofModule(then, signal, { directory, blamed: (error) => atCommitError(error, ref, [directory, tree.root]) });
  },
  gone(images) {
    const paths = images.map(({ path }) => tree.at(path)); // one that is still there may have another name
    return imagesThen(tree)
      .filter(({ path }) => !paths.includes(path))
      .filter(isNoneOf(images))
      .map(({ name }) => ({ name }));
  },
});

/** Where an earlier version was read, and who is to blame for its mistakes. */
interface Origin {
  readonly directory?: string;
  /** The error for a mistake of it. */
  readonly blamed?: (error: unknown) => unknown;
}

async function ofModule(image: Compared, signal: AbortSignal, origin: Origin = {}): Promise<Before> {
  try {
    const module = await load(image.path, signal);
    const before = await ofImage(module.image, image.root, signal, origin);
    if (!before.resolved) return before;
    return { ...before, snapshotName: lockEntry(before.resolved, lockOptions(module, image)).snapshotName };
  } catch (error) {
    signal.throwIfAborted();
    const failure = origin.blamed?.(error) ?? error;
    return { plan: () => rethrow(failure), failure };
  }
}

/** An earlier version that is an image. One with mistakes can still be shown. */
async function ofImage(
  image: ImageBuilder,
  root: string,
  signal: AbortSignal,
  { directory, blamed = (error) => error }: Origin = {},
): Promise<Before> {
  const { spec, resolved, error } = await prepare(image, () => resolveImage(image, root, { signal }));
  const shown = { spec: shownSpec(spec, directory) };
  if (resolved) return { ...shown, ...before(resolved), resolved };
  return { ...shown, plan: () => rethrow(blamed(error)) };
}

const rethrow = (error: unknown): never => {
  throw error;
};

function ofFile(path: string, signal: AbortSignal): Past {
  if (isSingleFile(path)) return ofPage(checkedPage(readJson(path, readSingleFile(path)), path), signal);
  if (extname(path) !== ".json") return { of: (image) => ofModule({ ...image, path }, signal) };
  const json = readJson(path);
  if ("spec" in json || Array.isArray(Reflect.get(json, "images"))) return ofPage(checkedPage(json, path), signal);
  if ("images" in json) return ofLock(parseLock(json));
  if ("imageDigest" in json) return { of: async () => ofRecord(json as unknown as ResolvedRecord) };
  if ("steps" in json) return ofDefinition(json as Definition, signal);
  throw new UsageError(`${path} must be a definition, a resolved image, a lock or the ${SPEC_PATH} of a page.`);
}

const ofDefinition = (definition: Definition, signal: AbortSignal): Past => ({
  of: ({ root }) => ofImage(definitionIn(definition), root, signal),
});

/** A page, which somebody else may have written. */
function checkedPage(page: PageSpec, path: string): PageSpec {
  const { images = [page] } = page;
  const isNamed = (image: unknown) => image === page || typeof Object(image).name === "string";
  const mistake =
    Array.isArray(images) && images.every(isNamed)
      ? images.map(({ spec }) => mistakeIn({ spec })).find(Boolean)
      : "`images` must be a list of images with names.";
  if (mistake === undefined) return page;
  throw new UsageError(`${path} is none of the pages that \`show --out\` writes: ${mistake}`);
}

/** What `show --out` wrote, of one image or of several. */
const ofPage = ({ images, spec }: PageSpec, signal: AbortSignal): Past => ({
  of: async (image) => {
    const shown = images ? images.find(({ name }) => name === image.name)?.spec : spec;
    if (!shown) return undefined;
    const { definition, resolved } = prepared(shown);
    if (!resolved) return ofDefinition(definition, signal).of(image);
    return ofShortRecord({ ...(resolved as ResolvedRecord), definition }, shown);
  },
  gone: (now) => (images ?? []).map(({ name }) => ({ name })).filter(isNoneOf(now)),
});

/** A resolved image as data: `show --json` prints it with its definition. */
function ofRecord(record: ResolvedRecord): Before {
  const { definition, ...resolved } = record;
  if (!definition) return before(record);
  return {
    ...before(record),
    spec: shownSpec({ definition, resolved: withShortDigests(resolved) as PreparedSpec["resolved"] }),
  };
}

/** One of a page, in which files have short digests: it is compared with an image that has such, too. */
function ofShortRecord(record: ResolvedRecord, shown: PreviewSpec): Before {
  const plan = (resolved: ResolvedImage) =>
    placedPlan(record, withShortDigests(resolved.toJSON()), (pointer) => resolved.callSiteOf(pointer));
  // An older version may have masked less.
  return { spec: withoutSecrets(prepared(shown), maskSecrets), plan };
}

/** A spec as it is shown: without secrets, its places below the directory. */
const shownSpec = (spec: PreparedSpec, directory: string = process.cwd()): PreparedSpec =>
  withoutSecrets(withoutDirectories(spec, [directory]), maskSecrets);

/** The image of a definition, without call sites. */
function definitionIn(definition: Definition): Image {
  captureCallSites(false);
  try {
    return Image.fromJSON(definition);
  } finally {
    captureCallSites(true);
  }
}

function readJson(path: string, text?: string): object {
  try {
    const json: unknown = JSON.parse(text ?? readFileSync(path, "utf8"));
    if (Object(json) === json) return withoutEnvelope(json as object);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  throw new UsageError(`${path} must have an object.`);
}

/** Marks the name of a snapshot, which a file or a commit may also have. */
const SNAPSHOT = "snapshot:";

async function ofSnapshot(name: string, signal: AbortSignal): Promise<Past> {
  const { connection } = connect();
  const call = new ApiCall(connection, { signal }, DEADLINE);
  try {
    const build = await readBuild(call, name);
    return { isOfOne: true, of: async () => ({ plan: (resolved) => resolved.plan(build) }) };
  } finally {
    call.end();
  }
}

/** Looks in Daytona only if the environment has credentials. */
async function ofSnapshotIfThere(against: string, signal: AbortSignal): Promise<Past> {
  const nothing = (places: string) =>
    new UsageError(
      `\`${against}\` was not found${places}. Name \`lock\`, a commit, a file (a module, a definition as JSON, a lock), or a snapshot.`,
    );
  if (!environment().DAYTONA_API_KEY?.trim() || against.startsWith("-")) throw nothing("");
  return ofSnapshot(against, signal).catch((error: unknown) => {
    const isMissing = error instanceof PithyDaytonaError && error.code === "snapshot_not_built" && !error.state;
    throw isMissing ? nothing(", neither here nor in Daytona") : error;
  });
}
