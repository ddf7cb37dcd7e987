/** Options of `ensureSnapshot` that TypeScript did not look at, or that do not go together. */
import { PithyImageError } from "../error.ts";
import type { Connection } from "./client.ts";
import { type EnsureSnapshotOptions, isResolvable } from "./snapshot.ts";
import { checkWarmPools } from "./warm-pool.ts";

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
    throw wrong(`${describe(of)} is no image and no lock.`, "Give one of both.");
  for (const [name, [wanted, holds]] of Object.entries(CHECKS)) {
    const value = options[name as keyof typeof CHECKS];
    if (value !== undefined && !holds(value)) throw wrong(`\`${name}\` is ${describe(value)}.`, `Give ${wanted}.`);
  }
  const misplaced = isResolvable(of) ? undefined : IN_LOCK.find((name) => options[name] !== undefined);
  if (misplaced) throw wrong(`\`${misplaced}\` is given beside a lock, which says it itself.`, "Leave it out.");
  if (options.warmPool !== undefined) checkWarmPools(connection);
}

const describe = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value));

const wrong = (message: string, hint: string): PithyImageError =>
  PithyImageError.failure("configuration", message, hint, { retryable: false });
