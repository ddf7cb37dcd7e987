/** What `ensureSnapshot` is given. */
import type { Lock } from "../../lock/lock.ts";
import type { SnapshotNameOptions } from "../../shared/types.ts";
import type { BuildListeners } from "../build-log.ts";
import type { CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { misuse } from "../failure.ts";
import type { Resolvable } from "../sdk-image.ts";
import { checkWarmPools } from "./warm-pool.ts";

/** Options of {@link PithyDaytona.ensureSnapshot}. */
export interface EnsureSnapshotOptions extends CallOptions, BuildListeners, Omit<SnapshotNameOptions, "imageDigest"> {
  /** Which image of a lock, if it has several. */
  imageName?: string | undefined;
  /** The snapshot's name, if it is not to be made from what is in it. */
  name?: string | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
  /**
   * Any text: what has to be built is built under another key, since Daytona remembers for hours that a build failed. The
   * name stays the same, and a snapshot that is ready is used as it is.
   */
  refresh?: string | undefined;
  /** Sandboxes of the snapshot that Daytona keeps running, ready to be taken. */
  warmPool?: number | undefined;
  /** Locks whose snapshots stay when room is made, because there are as many snapshots as there may be. */
  keep?: readonly Lock[] | undefined;
}

/** Whether it is an image, and no lock. */
export const isResolvable = (of: Resolvable | object): of is Resolvable => "resolve" in of;

type Check = readonly [wanted: string, holds: (value: unknown) => boolean];

const TEXT: Check = ["a text that is not empty", (value) => typeof value === "string" && value !== ""];
const FUNCTION: Check = ["a function", (value) => typeof value === "function"];

/** As Daytona wants it, but for `.` and `..`, which an address cannot hold. */
const NAME = /^(?!\.{1,2}$)[\w.\-:]+(?:\/[\w.\-:]+)*$/;

/** Those of the machine and the name's prefix are checked where the name is made. */
const CHECKS = {
  imageName: TEXT,
  name: [
    "letters, digits, `_`, `.`, `-` and `:`, in parts separated by single `/`",
    (value) => typeof value === "string" && NAME.test(value),
  ],
  refresh: TEXT,
  warmPool: ["a whole number that is not negative", (value) => Number.isSafeInteger(value) && (value as number) >= 0],
  keep: ["a list of locks", Array.isArray],
  onLog: FUNCTION,
  onState: FUNCTION,
  signal: ["an `AbortSignal`", (value) => "aborted" in Object(value)], // of any realm
  deadline: ["a number of seconds", (value) => typeof value === "number"],
} satisfies Partial<Record<keyof EnsureSnapshotOptions, Check>>;

/** What a lock says itself. */
const IN_LOCK = ["name", "prefix", "resources", "region", "sandboxClass", "refresh"] as const;

/** Throws unless the options can be used. */
export function checkEnsureOptions(connection: Connection, of: unknown, options: EnsureSnapshotOptions): void {
  if (typeof of !== "object" || of === null)
    throw misuse(`${describe(of)} is no image and no lock.`, "Give one of both.");
  for (const [name, [wanted, holds]] of Object.entries(CHECKS)) {
    const value = options[name as keyof typeof CHECKS];
    if (value !== undefined && !holds(value)) throw misuse(`\`${name}\` is ${describe(value)}.`, `Give ${wanted}.`);
  }
  const misplaced = isResolvable(of) ? undefined : IN_LOCK.find((name) => options[name] !== undefined);
  if (misplaced) throw misuse(`\`${misplaced}\` is given beside a lock, which says it itself.`, "Leave it out.");
  if (options.warmPool !== undefined) checkWarmPools(connection);
}

const describe = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

/** Without fields that are undefined. */
export const given = <Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]-?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
