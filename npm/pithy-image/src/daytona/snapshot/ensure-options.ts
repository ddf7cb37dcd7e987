/** The options of `ensureSnapshot`. */
import type { Lock, LockContent } from "../../lock/lock.ts";
import {
  aBoolean,
  aName,
  anArray,
  anything,
  aString,
  type Check,
  fields,
  matching,
  must,
  optional,
  strings,
  wholeAtLeast,
} from "../../shared/check.ts";
import { RESOURCES } from "../../shared/resources.ts";
import type { SnapshotNameOptions } from "../../shared/types.ts";
import { BUILD_LISTENERS, type BuildListeners } from "../build-log.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { checkGiven, misuse } from "../failure.ts";
import { IMAGE_OR_LOCK, isResolvable, type Resolvable } from "../sdk-image.ts";
import { checkWarmPools } from "./warm-pool.ts";

/** Options of {@link PithyDaytona.ensureSnapshot}. */
export interface EnsureSnapshotOptions extends CallOptions, BuildListeners, Omit<SnapshotNameOptions, "imageDigest"> {
  /** The image of the lock, if it has several. */
  imageName?: string | undefined;
  /** The snapshot's name; when not given, it is derived from the image. */
  name?: string | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
  /**
   * Any string. What has to be built is built under another key, since Daytona remembers a failed build for hours. The name
   * stays the same, and a snapshot that is ready is used as it is.
   */
  refresh?: string | undefined;
  /**
   * Replaces a snapshot that has the name and another content, which is a conflict otherwise. The image is built under another
   * name first; then the name has no snapshot for some seconds, since Daytona renames none. Warm pools are made again.
   */
  replace?: boolean | undefined;
  /**
   * A command that has to succeed in a sandbox of the snapshot before a new snapshot gets the name, such as
   * `["python", "-c", "import openai"]`. One that exists is not checked again.
   */
  check?: readonly string[] | undefined;
  /**
   * With `false`, the call does not wait for what it started or found on its way; `true` when not given. What it cannot start now
   * is an error: a snapshot that Daytona does not wake yet is `snapshot_not_built`, with Daytona's reason, and `retryable`.
   */
  wait?: boolean | undefined;
  /** How many sandboxes of the snapshot Daytona keeps running, ready for use. */
  warmPool?: number | undefined;
  /**
   * The locks of all versions of the application that run or may run again. With them, old snapshots with the same prefix are
   * pruned when the quota is reached; those that the locks name stay.
   */
  keep?: readonly Lock[] | undefined;
  /**
   * Whether old snapshots with the same prefix may be pruned when the quota is reached; if not given, only with `keep`. They need
   * a `prefix` that is the application's own.
   */
  prune?: boolean | undefined;
}

/** What a snapshot is made of: an image, a lock, or an image of a registry by its name. See {@link PithyDaytona.ensureSnapshot}. */
export type SnapshotSource = Resolvable | LockContent | string;

/** As Daytona accepts it, except for `.` and `..`, which a URL cannot hold. */
const NAME = /^(?!\.{1,2}$)[\w.\-:]+(?:\/[\w.\-:]+)*$/;

const aCommand: Check = (value, path) =>
  Array.isArray(value) && value.length === 0
    ? must("a command: the program and its arguments", () => false)(value, path)
    : strings(value, path);

const OPTIONS: Check = fields<EnsureSnapshotOptions>({
  ...CALL_OPTIONS,
  ...BUILD_LISTENERS,
  imageName: optional(aName),
  name: optional(matching("letters, digits, `_`, `.`, `-` and `:`, in parts separated by single `/`", NAME)),
  prefix: optional(aString),
  resources: optional(RESOURCES),
  region: optional(aString),
  sandboxClass: optional(aString),
  root: anything,
  refresh: optional(aName),
  replace: optional(aBoolean),
  check: optional(aCommand),
  wait: optional(aBoolean),
  warmPool: optional(wholeAtLeast(0)),
  keep: optional(anArray),
  prune: optional(aBoolean),
});

/** What a lock already says. */
const IN_LOCK = ["name", "prefix", "resources", "region", "sandboxClass", "refresh", "replace", "check"] as const;

/** What needs a snapshot that is ready. */
const NEEDS_READY = ["warmPool", "replace", "check"] as const;

/** An image of a registry as Daytona accepts it: it says which one. */
const REFERENCE = /^[\w.\-:]+(?:\/[\w.\-:]+)*(?::(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/;

/** What snapshots are made of. */
const SOURCE: Check = (value, path) =>
  typeof value === "string"
    ? matching(
        "an image, a lock, or the name of a registry's image with a tag other than `latest` or a digest",
        REFERENCE,
      )(value, path)
    : IMAGE_OR_LOCK(value, path);

/** Throws unless the options can be used. */
export function checkEnsureOptions(connection: Connection, of: unknown, options: EnsureSnapshotOptions): void {
  checkGiven("ensureSnapshot", of, SOURCE, "The first argument");
  checkGiven("ensureSnapshot", options, OPTIONS);
  const isLock = typeof of === "object" && !isResolvable(of);
  const misplaced = !isLock ? undefined : IN_LOCK.find((name) => options[name] !== undefined);
  if (misplaced)
    throw misuse(`\`${misplaced}\` cannot be combined with a lock, which already says it.`, "Leave it out.");
  const early = options.wait === false ? NEEDS_READY.find((name) => options[name] !== undefined) : undefined;
  if (early)
    throw misuse(`\`${early}\` cannot be combined with \`wait: false\`.`, "It needs a snapshot that is ready.");
  if (typeof of === "string" && options.refresh !== undefined) {
    throw misuse("`refresh` cannot be combined with an image of a registry.", "Daytona pulls it again each time.");
  }
  if (options.warmPool !== undefined) checkWarmPools(connection);
}

/** Without fields that are undefined. */
export const given = <Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]-?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
