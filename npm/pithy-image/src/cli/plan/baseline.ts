/** The baseline of a plan: the lock, a commit, a file, or a snapshot. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { ApiCall } from "../../daytona/api-call.ts";
import { readBuild } from "../../daytona/snapshot/verify.ts";
import { Image } from "../../image/image.ts";
import type { Baseline, Plan } from "../../image/plan.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { type Lock, parseLock } from "../../lock/lock.ts";
import { captureCallSites } from "../../shared/call-site.ts";
import { isImageError, PithyDaytonaError } from "../../shared/errors.ts";
import type { Definition } from "../../shared/wire.generated.ts";
import { withoutEnvelope } from "../envelope.ts";
import { environment } from "../environment.ts";
import { entryOf, LOCK_FILE, lockImage, readLock } from "../lock-file.ts";
import { type NamedImage, resolveImage } from "../module.ts";
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
  /** What changed since then. */
  plan(resolved: ResolvedImage): Plan;
  /** Unknown for a definition or a Dockerfile alone, which does not name the machine. */
  readonly snapshotName?: string;
}

/** Earlier versions of images. */
export interface Past {
  /** Finds the earlier version of an image; `undefined` if it is new. */
  of(image: Compared): Promise<Before | undefined>;
  /** All earlier images, if they are known. */
  readonly lock?: Lock;
  /** Whether it is an earlier version of one image. */
  readonly isOfOne?: boolean;
}

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
  if (statSync(against, { throwIfNoEntry: false })?.isFile()) return work(ofFile(resolve(against), signal));
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
  lock,
  of: async ({ name }) => {
    const entry = entryOf(lock, name);
    return entry && before(entry, entry.snapshotName);
  },
});

const ofCommit = (ref: string, tree: Tree, signal: AbortSignal): Past => ({
  of: async (image) => {
    const path = tree.at(image.path);
    if (!existsSync(path)) return undefined;
    return ofModule({ ...image, path, root: tree.at(image.root) }, signal).catch((error: unknown) => {
      // These are not mistakes of the current image.
      if (isImageError(error) || error instanceof UsageError) error.message = `At \`${ref}\`: ${error.message}`;
      throw error;
    });
  },
});

async function ofModule(image: Compared, signal: AbortSignal): Promise<Before> {
  const { resolved, entry } = await lockImage(image, image.root, { signal });
  return before(resolved, entry.snapshotName);
}

function ofFile(path: string, signal: AbortSignal): Past {
  if (extname(path) !== ".json") return { of: (image) => ofModule({ ...image, path }, signal) };
  const json = readJson(path);
  if ("images" in json) return ofLock(parseLock(json));
  if ("imageDigest" in json) return { of: async () => before(json as unknown as Baseline) };
  if (!("steps" in json)) throw new UsageError(`${path} must be a definition, a resolved image or a lock.`);
  const image = definitionIn(json);
  return { of: async ({ root }) => before(await resolveImage(image, root, { signal })) };
}

/** The image of a definition, without call sites. */
function definitionIn(json: object): Image {
  captureCallSites(false);
  try {
    return Image.fromJSON(json as Definition);
  } finally {
    captureCallSites(true);
  }
}

function readJson(path: string): object {
  try {
    return withoutEnvelope(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
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
