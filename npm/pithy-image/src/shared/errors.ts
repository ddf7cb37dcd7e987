import type { Code, Finding as WireFinding, Problem as WireProblem } from "./wire.generated.ts";

/**
 * Why a request to Daytona failed: the code of a {@link PithyDaytonaError}.
 *
 * @example
 * ```ts
 * const retry: FailureCode[] = ["network", "quota_exceeded", "timed_out"];
 * ```
 */
export type FailureCode =
  /** Aborted by the caller's signal. */
  | "aborted"
  /** The build of the image failed. */
  | "build_failed"
  /** The check of a new snapshot failed. */
  | "check_failed"
  /** An option, an environment variable or a credential is missing or wrong. */
  | "configuration"
  /** The name is taken, or somebody else is changing the same thing. */
  | "conflict"
  /** The sandbox or snapshot was removed or stopped in the meantime, or never started. */
  | "gone"
  /** The lock does not match the image. */
  | "lock_stale"
  /** Daytona could not be reached, or its response could not be used. */
  | "network"
  /** The organization has reached its quota. */
  | "quota_exceeded"
  /** Daytona refused the request. */
  | "refused"
  /** The snapshot that was asked for does not exist, or is not ready. */
  | "snapshot_not_built"
  /** The deadline passed. */
  | "timed_out"
  /** Files could not be sent. */
  | "upload_failed";

/**
 * What is known about a failure besides its message.
 *
 * @example
 * ```ts
 * const describe = ({ id, state, reason }: FailureDetails) => `${id} is ${state}: ${reason}`;
 * ```
 */
export interface FailureDetails {
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /**
   * What was created and may remain, and until when, such as `sandbox 4f1c…; Daytona deletes it at …`; absent if nothing can.
   * It is being deleted: `cleanedUp` says with what result.
   */
  readonly leftBehind?: string | undefined;
  /** Fulfilled when what was created is deleted, or cannot be: see {@link PithyDaytonaError.cleanedUp}. */
  readonly cleanedUp?: Promise<CleanedUp> | undefined;
  /** The id of the sandbox or snapshot. */
  readonly id?: string | undefined;
  /** Its state at the end. */
  readonly state?: string | undefined;
  /** Daytona's own words. */
  readonly reason?: string | undefined;
  /** The HTTP status of Daytona's response. */
  readonly status?: number | undefined;
  /** The instruction of the Dockerfile at which the build failed. */
  readonly instruction?: string | undefined;
  /** Where the instruction stands in the Dockerfile that the image begins with, such as `daytona/Dockerfile:12`. */
  readonly source?: string | undefined;
  /** The line of your code that made the instruction, `path:line:column`. */
  readonly callSite?: string | undefined;
  /** The names of the snapshots that were deleted because the quota was reached; absent if there are none. */
  readonly pruned?: readonly string[] | undefined;
  /** The last lines of the build's log. */
  readonly log?: string | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/**
 * What remains of a failed call in the end: see {@link PithyDaytonaError.cleanedUp}.
 *
 * @example
 * ```ts
 * const report = ({ leftBehind = "nothing" }: CleanedUp) => console.warn(`left behind: ${leftBehind}`);
 * ```
 */
export interface CleanedUp {
  /** What could not be deleted within five minutes, and until when it remains; absent if nothing does. */
  readonly leftBehind?: string | undefined;
}

/** One mistake in a definition or its files: see {@link PithyImageError}. */
export interface Problem extends WireProblem {
  /** The line of your code that made the step, `path:line:column`; absent for problems of the whole image. */
  callSite?: string;
}

/**
 * Something that is valid, but probably not what is meant: what a lint rule found. Its `code` is the name of the rule.
 *
 * @example
 * ```ts
 * const isSevere = ({ severity }: Finding) => severity === "error";
 * ```
 */
export interface Finding extends WireFinding {
  /** The line of your code that made the step, `path:line:column`; absent for findings about the whole image. */
  callSite?: string;
}

/** The line that made the step which a JSON pointer leads to. */
export type CallSites = (pointer: string) => string | undefined;

/** The step of a pointer, behind the stages that it is in. */
const STEP = /^(?:\/steps\/\d+\/stage)*\/steps\/\d+\//;

/** Where a problem is: its line in a Dockerfile, or the caller's line if it is known, and the field of the step. */
const place = ({ path, callSite, source }: Pick<Finding, "path" | "callSite" | "source">): string =>
  source ?? (callSite ? `${callSite} ${path.replace(STEP, "").replace(/^\//, "").replaceAll("/", ".")}`.trim() : path);

/** Problems or findings with the lines that made their steps. */
export const located = <T extends WireProblem | WireFinding>(
  problems: readonly T[],
  callSites?: CallSites,
): (T & { callSite?: string })[] =>
  problems.map((problem) => {
    const callSite = callSites?.(problem.path);
    return callSite === undefined ? problem : { ...problem, callSite };
  });

/** A problem or a finding in lines of text: where, what, and what to do. */
export const describeProblem = (problem: Problem | Finding): string =>
  [place(problem), `  ${problem.message}`, `  ${problem.hint} (${problem.code})`]
    .filter((line) => line !== "")
    .map((line) => `  ${line}`)
    .join("\n");

/**
 * Everything that is wrong with an image, found in one pass.
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
export class PithyImageError extends Error {
  /** Always `PithyImageError`; `PithyDaytonaError` for that class. */
  override readonly name: string = "PithyImageError";
  // Private, with getters: Node prints the fields of an error below its message, which has all of this already.
  readonly #problems: readonly Problem[];

  /**
   * @param problems - The problems, in the order of the definition.
   * @param message - Made from the problems when not given.
   */
  constructor(problems: readonly Problem[], message: string = describeProblems(problems), options?: ErrorOptions) {
    super(message, options);
    this.#problems = problems;
  }

  /** The problems, in the order of the definition; empty for a {@link PithyDaytonaError}. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** The code of the first problem, or of the failure. */
  get code(): Code | FailureCode | undefined {
    return this.#problems[0]?.code;
  }

  /** Whether the same call may succeed later; problems of an image stay until it is corrected. */
  get retryable(): boolean {
    return false;
  }
}

/** A failure: its code, what went wrong, what to do, and what else is known. */
export interface Failure extends FailureDetails {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * Why a request to Daytona failed. It is a {@link PithyImageError} without problems, so that one `catch` serves both.
 *
 * @example
 * ```ts
 * try {
 *   await pithyDaytona({ daytona, Image: SdkImage }).createSandbox({ snapshot: "agent", ttlMinutes: 60 });
 * } catch (error) {
 *   if (!(error instanceof PithyDaytonaError)) throw error;
 *   console.log(error.code, error.retryable);
 * }
 * ```
 */
export class PithyDaytonaError extends PithyImageError implements FailureDetails {
  /** Always `PithyDaytonaError`. */
  override readonly name: string = "PithyDaytonaError";
  readonly #failure: Failure;

  /** @internal */
  constructor(failure: Failure) {
    const { cause } = failure;
    super([], describeFailure(failure), cause === undefined ? undefined : { cause });
    this.#failure = failure;
  }

  /** Why it failed. */
  override get code(): FailureCode {
    return this.#failure.code;
  }

  /** Whether the same call may succeed later. */
  override get retryable(): boolean {
    return this.#failure.retryable;
  }

  /** {@inheritDoc FailureDetails.leftBehind} */
  get leftBehind(): string | undefined {
    return this.#failure.leftBehind;
  }

  /**
   * Fulfilled when what the call created is deleted, or could not be; never rejected. The call itself does not wait for that:
   * Daytona refuses to delete a sandbox that is being built or started. It is tried again for at most five minutes, during
   * which the process does not end by itself. Where a process is frozen once it has responded, pass it to `waitUntil`.
   *
   * @example
   * ```ts
   * try {
   *   await pithyDaytona({ daytona, Image: SdkImage }).createSandbox({ image, ttlMinutes: 60, deadline: 30 });
   * } catch (error) {
   *   if (error instanceof PithyDaytonaError) waitUntil(error.cleanedUp);
   *   throw error;
   * }
   * ```
   */
  get cleanedUp(): Promise<CleanedUp> {
    return this.#failure.cleanedUp ?? Promise.resolve({});
  }

  /** {@inheritDoc FailureDetails.id} */
  get id(): string | undefined {
    return this.#failure.id;
  }

  /** {@inheritDoc FailureDetails.state} */
  get state(): string | undefined {
    return this.#failure.state;
  }

  /** {@inheritDoc FailureDetails.reason} */
  get reason(): string | undefined {
    return this.#failure.reason;
  }

  /** {@inheritDoc FailureDetails.status} */
  get status(): number | undefined {
    return this.#failure.status;
  }

  /** {@inheritDoc FailureDetails.instruction} */
  get instruction(): string | undefined {
    return this.#failure.instruction;
  }

  /** {@inheritDoc FailureDetails.source} */
  get source(): string | undefined {
    return this.#failure.source;
  }

  /** {@inheritDoc FailureDetails.callSite} */
  get callSite(): string | undefined {
    return this.#failure.callSite;
  }

  /** {@inheritDoc FailureDetails.pruned} */
  get pruned(): readonly string[] | undefined {
    return this.#failure.pruned;
  }

  /** {@inheritDoc FailureDetails.log} */
  get log(): string | undefined {
    return this.#failure.log;
  }

  /** @internal All that is known, as it was given. */
  get failure(): Failure {
    return this.#failure;
  }

  /** @internal The same failure, with more details or another hint. */
  with(details: Partial<FailureDetails & Pick<Failure, "hint">>): PithyDaytonaError {
    return new PithyDaytonaError({ ...this.#failure, ...details });
  }
}

/** By its name: a module of the application may have a copy of this package of its own. */
export const isImageError = (error: unknown): error is PithyImageError =>
  error instanceof Error && ["PithyImageError", "PithyDaytonaError"].includes(error.name);

function describeProblems(problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "A problem" : `${problems.length} problems`;
  const isOfCache = problems.length > 0 && problems.every(({ code }) => code === "cache_unusable");
  return `${count} ${isOfCache ? "with the cache" : "in the image"}:\n${problems.map(describeProblem).join("\n")}`;
}

function describeFailure({ code, message, hint, source, callSite, leftBehind, pruned, log }: Failure): string {
  const places = [callSite, source].filter((place) => place !== undefined);
  const lines = [
    [places.join(" "), message].filter(Boolean).join(": "),
    `${hint} (${code})`,
    ...(leftBehind ? [`May be left behind: ${leftBehind}.`] : []),
    ...(pruned ? [`Deleted because the quota was reached: ${pruned.join(", ")}.`] : []),
    ...(log ? ["The end of the log:", log.trimEnd().replace(/^/gm, "  ")] : []),
  ];
  return lines.join("\n");
}

/** Why Node could not do something, as the end of a sentence: without its code, call and path. */
export function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^E[A-Z0-9]+: (.*?), [a-z]+( '.*)?$/s, "$1");
}
