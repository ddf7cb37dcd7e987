/** What `--json` prints: one envelope for every command, whether it succeeds or fails. */
import { maskedData } from "../../../pithy-image-preview/src/data/secrets.ts";
import { type Failure, isImageError, type PithyImageError, type Problem } from "../shared/errors.ts";
import { isVerbose, masked, print, resultForJson } from "./print.ts";
import { UsageError } from "./usage-error.ts";

/** The output of a command with `--json`. Its version changes when a program that reads it would have to change. */
export interface Envelope {
  readonly version: 1;
  /** The command, such as `snapshot ensure`; `pithy-image` if the arguments name none. */
  readonly command: string;
  /** Whether the exit code is 0. */
  readonly ok: boolean;
  /** What the command found or did; each command has a result of its own. A check that fails has one, too. */
  readonly result?: unknown;
  /** Why the exit code is not 0. */
  readonly error?: ErrorRecord;
}

/** Why a command failed, or what a check found; for a request to Daytona also what a `PithyDaytonaError` says, such as `id` and `log`. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  /** Everything that is wrong with an image. */
  readonly problems?: readonly Problem[];
  /** With `--verbose`. */
  readonly stack?: string;
}

/** The first error of the command. */
let failure: ErrorRecord | undefined;

/** Keeps an error for the envelope. The first counts: the others follow from it, or are in the result. */
export const keepForJson = (record: ErrorRecord): void => {
  failure ??= record;
};

/** Sets the exit code of a command that did its work and found something, and keeps the reason for `--json`. */
export function fail(code: string, message: string, hint?: string): void {
  process.exitCode = 1;
  keepForJson({ code, message, ...(hint && { hint }) });
}

/** For a command that set the exit code without a reason. */
const UNKNOWN: ErrorRecord = {
  code: "failed",
  message: "The command failed, or found a difference or a problem.",
};

/** Prints the envelope. */
export function printEnvelope(command: string): void {
  const ok = (process.exitCode ?? 0) === 0;
  const envelope: Envelope = {
    version: 1,
    command,
    ok,
    result: resultForJson() === undefined ? undefined : maskedData(resultForJson(), masked),
    ...(!ok && { error: failure ?? UNKNOWN }),
  };
  print(`${JSON.stringify(envelope, null, 2)}\n`);
}

/** What is in an envelope, such as the output of `show --json`; other data as they are. */
export function withoutEnvelope(json: unknown): object {
  const { version, result } = Object(json) as Partial<Envelope>;
  return Object(version === 1 && result !== undefined ? result : json);
}

/** An error as data. */
export function recordOf(error: unknown): ErrorRecord {
  const stack = error instanceof Error && isVerbose() ? { stack: error.stack ?? "" } : {};
  if (error instanceof UsageError) {
    const { code, message, hint } = error;
    return { code, message, ...(hint && { hint }), ...stack };
  }
  if (isImageError(error)) return { ...recordOfImageError(error), ...stack };
  return { code: "internal", message: error instanceof Error ? error.message : String(error), ...stack };
}

/** The error may come from another copy of this package, in the application's modules. */
function recordOfImageError(error: PithyImageError & { readonly failure?: Failure }): ErrorRecord {
  const { code = "internal", message, problems, failure } = error;
  if (failure) {
    const { cause: _, cleanedUp: __, ...details } = failure;
    return details;
  }
  const [first, another] = problems;
  if (!first) return { code, message };
  if (another) return { code, message: message.replace(/:\n.*/s, "."), problems };
  return { code, message: first.message, hint: first.hint, problems };
}
