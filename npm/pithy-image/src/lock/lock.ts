/**
 * The lock: what an application's images are, so that production needs neither their files nor the core. It is committed
 * with the code; nothing here reads a file or loads the core.
 */
import { PithyImageError } from "../shared/errors.ts";
import type { SnapshotNameOptions } from "../shared/types.ts";
import type { ResolvedImage, Resources, StepRecord } from "../shared/wire.generated.ts";

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
  /** What the local files and directories held, by their paths below the root. */
  sources: Record<string, LockedSource>;
  /** The steps in order, `<call> <fingerprint>`; within a build stage `<stage>/<call> <fingerprint>`. */
  steps: string[];
}

/** What a local file or directory held: see {@link Lock}. */
export interface LockedSource {
  /** SHA-256, `sha256:…`. */
  digest: string;
  /** Bytes. */
  size: number;
}

const LOCK_FORMAT = "pithy-image-lock/1";

/**
 * A lock, once it is known to be one: give it what `pithy-image.lock.json` holds.
 *
 * @throws PithyImageError if it is no lock, or one of another version of this package.
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
    const what = typeof format === "string" ? `It has the format \`${format}\`` : "It is no lock";
    throw refused(`${what}, where \`${LOCK_FORMAT}\` is wanted.`);
  }
  LOCK(value, "");
  return value as Lock;
}

/** What {@link lockEntry} needs to know about an image: every `ResolvedImage` has it. */
export interface Lockable
  extends Readonly<Pick<ResolvedImage, "edition" | "imageDigest" | "snapshotRef" | "sources" | "steps">> {
  /** The name of the image's snapshot. */
  readonly snapshotName: (options?: SnapshotNameOptions) => string;
}

/**
 * What a lock says of an image. The options make the snapshot's name.
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

/** With the keys of all objects in order. */
function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, field]) => [key, sorted(field)]));
}

const refused = (message: string): PithyImageError =>
  PithyImageError.failure(
    "configuration",
    `The lock cannot be used. ${message}`,
    "Write it anew with `npx pithy-image lock`, by the version of pithy-image that reads it.",
    { retryable: false },
  );

/** Throws unless a value, which lies at a path of the lock, is as it must be. */
type Check = (value: unknown, path: string) => void;

/** A check of single values. */
const is =
  (wanted: string, holds: (value: unknown) => boolean): Check =>
  (value, path) => {
    if (!holds(value)) throw refused(`\`${path}\` is ${JSON.stringify(value) ?? "missing"}, and not ${wanted}.`);
  };

const text = (wanted: string, pattern: RegExp): Check =>
  is(wanted, (value) => typeof value === "string" && pattern.test(value));

const count = is("a whole number", (value) => Number.isSafeInteger(value) && (value as number) >= 0);

const each =
  (check: Check): Check =>
  (value, path) => {
    is("a list", Array.isArray)(value, path);
    for (const [index, item] of (value as unknown[]).entries()) check(item, `${path}[${index}]`);
  };

const isObject = is("an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value));

/** An object with keys of any name. */
const mapOf =
  (check: Check): Check =>
  (value, path) => {
    isObject(value, path);
    for (const [key, field] of Object.entries(value as object)) check(field, `${path}[${JSON.stringify(key)}]`);
  };

/** An object with these fields and no other. */
const record =
  (required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value, path) => {
    isObject(value, path);
    const given = new Map(Object.entries(value as object));
    const at = (key: string) => (path ? `${path}.${key}` : key);
    for (const [key, check] of Object.entries(required)) check(given.get(key), at(key));
    for (const [key, check] of Object.entries(optional)) if (given.has(key)) check(given.get(key), at(key));
    const unknown = [...given.keys()].find((key) => !Object.hasOwn(required, key) && !Object.hasOwn(optional, key));
    if (unknown !== undefined) throw refused(`\`${at(unknown)}\` is not known.`);
  };

const digest = text("a digest (`sha256:…`)", /^sha256:[0-9a-f]{64}$/);

const LOCK: Check = record({
  format: text("the name of a format", /./),
  images: mapOf(
    record(
      {
        edition: text("an edition, such as `2026-12`", /^\d{4}-\d{2}$/),
        imageDigest: digest,
        snapshotRef: text("a key of Daytona (`daytona-…:daytona`)", /^daytona-[0-9a-f]{64}:daytona$/),
        snapshotName: text("the name of a snapshot", /^[\w.\-:]+(?:\/[\w.\-:]+)*$/),
        sources: mapOf(record({ digest, size: count })),
        steps: each(text("a call and its fingerprint", /^(?:[a-z][a-z0-9_.-]*\/)?[a-zA-Z]+ [0-9a-f]{16}$/)),
      },
      {
        resources: record(
          {},
          { cpu: count, disk: count, gpu: count, gpuType: each(text("a kind of GPU", /./)), memory: count },
        ),
        region: text("a region", /./),
        sandboxClass: text("a sandbox class", /./),
      },
    ),
  ),
});
