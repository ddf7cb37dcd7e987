import type { Code, Problem as WireProblem } from "./wire.generated.ts";

/**
 * Why something that was asked of Daytona did not happen.
 *
 * @example
 * ```ts
 * const retry: FailureCode[] = ["network", "quota_exceeded", "timed_out"];
 * ```
 */
export type FailureCode =
  /** The caller's signal stopped it. */
  | "aborted"
  /** The build of the image failed. */
  | "build_failed"
  /** An option, an environment variable or a credential is missing or wrong. */
  | "configuration"
  /** Something else has the name, or is changing what was asked for. */
  | "conflict"
  /** The sandbox or snapshot was removed meanwhile, or never started. */
  | "gone"
  /** The lock is not what the image makes now. */
  | "lock_stale"
  /** Daytona could not be reached, or did not answer as it should. */
  | "network"
  /** The organization has as many as it may have. */
  | "quota_exceeded"
  /** Daytona refused the request. */
  | "refused"
  /** No snapshot of the lock's name is ready. */
  | "snapshot_not_built"
  /** The deadline was over. */
  | "timed_out"
  /** Files could not be sent. */
  | "upload_failed";

/**
 * What is known of a failure beside its message.
 *
 * @example
 * ```ts
 * const describe = ({ id, state, reason }: FailureDetails) => `${id} is ${state}: ${reason}`;
 * ```
 */
export interface FailureDetails {
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** What was made and could not be deleted, such as `sandbox 4f1c…`; nothing is left behind when absent. */
  readonly leftBehind?: string | undefined;
  /** The sandbox or snapshot that it is about. */
  readonly id?: string | undefined;
  /** Its state at the end. */
  readonly state?: string | undefined;
  /** Daytona's own words. */
  readonly reason?: string | undefined;
  /** The HTTP status of Daytona's answer. */
  readonly status?: number | undefined;
  /** The instruction of the Dockerfile at which the build failed. */
  readonly instruction?: string | undefined;
  /** The line of your code that made the instruction, `path:line:column`. */
  readonly callSite?: string | undefined;
  /** The last lines of the build's log. */
  readonly log?: string | undefined;
  /** What was thrown below. */
  readonly cause?: unknown;
}

/** One mistake in a definition or its files, as {@link PithyImageError} has them. */
export interface Problem extends WireProblem {
  /** The line of your code that made the step, `path:line:column`; absent for problems of the whole image. */
  callSite?: string;
}

/** The line that made the step which a JSON pointer leads to. */
export type CallSites = (pointer: string) => string | undefined;

/** The step of a pointer, behind the stages that it is in. */
const STEP = /^(?:\/steps\/\d+\/stage)*\/steps\/\d+\//;

/** Where a problem is: the caller's line if it is known, and the field of the step. */
const place = ({ path, callSite }: Problem): string =>
  callSite ? `${callSite} ${path.replace(STEP, "").replaceAll("/", ".")}`.trim() : path;

/** Problems with the lines that made their steps. */
export const located = (problems: readonly WireProblem[], callSites?: CallSites): Problem[] =>
  problems.map((problem) => {
    const callSite = callSites?.(problem.path);
    return callSite === undefined ? problem : { ...problem, callSite };
  });

/** A problem in lines of text: where, what, and what to do. */
export const describeProblem = (problem: Problem): string =>
  [place(problem), `  ${problem.message}`, `  ${problem.hint} (${problem.code})`]
    .filter((line) => line !== "")
    .map((line) => `  ${line}`)
    .join("\n");

/** The details that an error has as fields of its own. */
const DETAILS = [
  "retryable",
  "leftBehind",
  "id",
  "state",
  "reason",
  "status",
  "instruction",
  "callSite",
  "log",
] as const;

/**
 * Everything that is wrong with an image, found in one pass; or why something that was asked of Daytona did not happen.
 *
 * @example
 * ```ts
 * try {
 *   Image.debianSlim("3.12").aptInstall("git curl").toDockerfile();
 * } catch (error) {
 *   if (!(error instanceof PithyImageError)) throw error;
 *   for (const { callSite, message } of error.problems) console.log(callSite, message);
 * }
 * ```
 */
export class PithyImageError extends Error implements FailureDetails {
  /** Always `PithyImageError`. */
  override readonly name: string = "PithyImageError";
  /** The problems, in the order of the definition; none of a failure. */
  declare readonly problems: readonly Problem[];
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  /** {@inheritDoc FailureDetails.leftBehind} */
  declare readonly leftBehind: string | undefined;
  /** {@inheritDoc FailureDetails.id} */
  declare readonly id: string | undefined;
  /** {@inheritDoc FailureDetails.state} */
  declare readonly state: string | undefined;
  /** {@inheritDoc FailureDetails.reason} */
  declare readonly reason: string | undefined;
  /** {@inheritDoc FailureDetails.status} */
  declare readonly status: number | undefined;
  /** {@inheritDoc FailureDetails.instruction} */
  declare readonly instruction: string | undefined;
  /** {@inheritDoc FailureDetails.callSite} */
  declare readonly callSite: string | undefined;
  /** {@inheritDoc FailureDetails.log} */
  declare readonly log: string | undefined;

  /** The code of the first problem, or of the failure. */
  declare readonly code: Code | FailureCode | undefined;

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "A problem" : `${problems.length} problems`;
    super(`${count} in the image:\n${problems.map(describeProblem).join("\n")}`);
    define(this, { problems, code: problems[0]?.code, retryable: false });
  }

  /** @internal */
  static of(problems: readonly WireProblem[], callSites?: CallSites): PithyImageError {
    return new PithyImageError(located(problems, callSites));
  }

  /** @internal Of something that was asked of Daytona. */
  static failure(code: FailureCode, message: string, hint: string, details: FailureDetails): PithyImageError {
    const error = new PithyImageError([]);
    define(error, { code, with: told, ...(details.cause !== undefined && { cause: details.cause }) });
    function told(further: Partial<FailureDetails>): PithyImageError {
      return PithyImageError.failure(code, message, hint, { ...details, ...further });
    }
    error.message = describeFailure(code, message, hint, details);
    return define(error, Object.fromEntries(DETAILS.map((name) => [name, details[name]])));
  }

  /** @internal The same failure, when more is known of it. */
  with(_further: Partial<FailureDetails>): PithyImageError {
    return this;
  }
}

/** By its name: a module of the application may have a copy of this package of its own. */
export const isImageError = (error: unknown): error is PithyImageError =>
  error instanceof Error && error.name === "PithyImageError";

function describeFailure(code: FailureCode, message: string, hint: string, details: FailureDetails): string {
  const { callSite, leftBehind, log } = details;
  const lines = [
    callSite ? `${callSite}: ${message}` : message,
    `${hint} (${code})`,
    ...(leftBehind ? [`Left behind: ${leftBehind}.`] : []),
    ...(log ? ["The end of the log:", log.trimEnd().replace(/^/gm, "  ")] : []),
  ];
  return lines.join("\n");
}

/** Not enumerable, since Node prints the fields of an error below its message, which has them all. */
function define<Holder extends object>(holder: Holder, fields: Readonly<Record<string, unknown>>): Holder {
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(holder, name, { value, configurable: true });
  }
  return holder;
}
