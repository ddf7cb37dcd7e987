/**
 * The lock: what an application's images are, so that production needs neither their files nor the core. It is committed
 * with the code; nothing here reads a file or loads the core.
 */
import {
  aName,
  arrayOf,
  type Check,
  describeMistakes,
  fields,
  matching,
  objectOf,
  optional,
  wholeAtLeast,
} from "../shared/check.ts";
import { PithyDaytonaError } from "../shared/errors.ts";
import { RESOURCES } from "../shared/resources.ts";
import type { ResolvedFields, SnapshotNameOptions } from "../shared/types.ts";
import type { Resources, StepRecord } from "../shared/wire.generated.ts";

/**
 * The content of `pithy-image.lock.json`: see {@link parseLock}.
 *
 * @example
 * ```ts
 * const names = ({ images }: Lock) => Object.values(images).map(({ snapshotName }) => snapshotName);
 * names(lock);
 * // acme/agent-…
 * ```
 */
export interface Lock {
  /** Always `pithy-image-lock/1`. */
  format: typeof LOCK_FORMAT;
  /** The images, by their names. */
  images: Record<string, LockEntry>;
}

/**
 * The content of `pithy-image.lock.json` as TypeScript reads it from the file: a {@link Lock} that was not checked yet.
 *
 * @example
 * ```ts
 * const content: LockContent = JSON.parse(serializeLock(lock));
 * parseLock(content).format;
 * // pithy-image-lock/1
 * ```
 */
export interface LockContent {
  /** Always `pithy-image-lock/1`. */
  readonly format: string;
  /** The images, by their names. */
  readonly images: Readonly<Record<string, object>>;
}

/** One image of a {@link Lock}. */
export interface LockEntry {
  /** Which rules made the Dockerfile. */
  edition: string;
  /** SHA-256 of the image, `sha256:…`. */
  imageDigest: string;
  /** The key under which Daytona keeps the build. */
  snapshotRef: string;
  /** The name of the image's snapshot. */
  snapshotName: string;
  /** The machine that sandboxes of the snapshot get. */
  resources?: Resources;
  /** Region of the snapshot. */
  region?: string;
  /** Sandbox class, as Daytona names them. */
  sandboxClass?: string;
  /** The content of the local files and directories, by their paths below the root. */
  sources: Record<string, LockedSource>;
  /** The steps in order, `<call> <fingerprint>`; within a build stage `<stage>/<call> <fingerprint>`. */
  steps: string[];
}

/** The content of a local file or directory: see {@link Lock}. */
export interface LockedSource {
  /** SHA-256, `sha256:…`. */
  digest: string;
  /** Bytes. */
  size: number;
}

const LOCK_FORMAT = "pithy-image-lock/1";

/**
 * Checks the content of `pithy-image.lock.json`, and returns it as a lock.
 *
 * @throws PithyDaytonaError if it is not a lock, or one of another version of this package.
 *
 * @example
 * ```ts
 * parseLock(JSON.parse(serializeLock(lock))).format;
 * // pithy-image-lock/1
 * ```
 */
export function parseLock(value: unknown): Lock {
  const format = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (format !== LOCK_FORMAT) {
    const what = typeof format === "string" ? `one of format \`${format}\`` : "something else";
    throw refused(`expected a lock of format \`${LOCK_FORMAT}\`, got ${what}.`);
  }
  const mistakes = LOCK(value, "");
  if (mistakes.length > 0) throw refused(describeMistakes(mistakes, "the lock"));
  return value as Lock;
}

/** What {@link lockEntry} needs to know about an image: every `ResolvedImage` has it. */
export interface Lockable
  extends Readonly<Pick<ResolvedFields, "edition" | "imageDigest" | "snapshotRef" | "sources" | "steps">> {
  /** The name of the image's snapshot. */
  readonly snapshotName: (options?: SnapshotNameOptions) => string;
}

/**
 * What a lock says about an image. The options determine the snapshot's name.
 *
 * @example
 * ```ts
 * const agent = lockEntry(resolved, { prefix: "acme/agent", resources: { cpu: 2 } });
 * agent.snapshotName;
 * // acme/agent-…
 * ```
 */
export function lockEntry(resolved: Lockable, options: SnapshotNameOptions = {}): LockEntry {
  const { edition, imageDigest, snapshotRef, sources, steps } = resolved;
  const { prefix: _, ...machine } = options;
  return {
    edition,
    imageDigest,
    snapshotRef,
    snapshotName: resolved.snapshotName(options),
    ...machine,
    sources: Object.fromEntries(sources.map(({ path, digest, size }) => [path, { digest, size }])),
    steps: steps.map(lockedStep),
  };
}

const lockedStep = ({ call, stage, fingerprint }: StepRecord): string =>
  `${stage === undefined ? "" : `${stage}/`}${call} ${fingerprint}`;

/**
 * A lock as the text of `pithy-image.lock.json`: always the same for the same images, and one line for each step.
 *
 * @example
 * ```ts
 * serializeLock(lock);
 * // {
 * //   "format": "pithy-image-lock/1",
 * // }
 * ```
 */
export function serializeLock(lock: Lock): string {
  return `${JSON.stringify(sorted(lock), null, 2)}\n`;
}

/** The same value with the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, sorted(field)]));
}

const refused = (message: string): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "configuration",
    message: `Invalid lock: ${message}`,
    hint: "Write it again with `npx pithy-image lock`, using the version of pithy-image that reads it.",
    retryable: false,
  });

const digest = matching("a digest (`sha256:…`)", /^sha256:[0-9a-f]{64}$/);

/** Checks a {@link LockEntry}. */
export const LOCK_ENTRY: Check = fields<LockEntry>(
  {
    edition: matching("an edition, such as `2026-12`", /^\d{4}-\d{2}$/),
    imageDigest: digest,
    snapshotRef: matching("a key of Daytona (`daytona-…:daytona`)", /^daytona-[0-9a-f]{64}:daytona$/),
    snapshotName: matching("the name of a snapshot", /^[\w.\-:]+(?:\/[\w.\-:]+)*$/),
    resources: optional(RESOURCES),
    region: optional(aName),
    sandboxClass: optional(aName),
    sources: objectOf(fields<LockedSource>({ digest, size: wholeAtLeast(0) }, "a field of a lock")),
    steps: arrayOf(matching("a call and its fingerprint", /^(?:[a-z][a-z0-9_.-]*\/)?[a-zA-Z]+ [0-9a-f]{16}$/)),
  },
  "a field of a lock",
);

const LOCK: Check = fields<Lock>({ format: aName, images: objectOf(LOCK_ENTRY) }, "a field of a lock");
