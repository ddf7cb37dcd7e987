import type { Problem as WireProblem } from "./wire.generated.ts";

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
  /** Always `PithyImageError`. */
  override readonly name: string = "PithyImageError";
  /** The problems, in the order of the definition. */
  declare readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "A problem" : `${problems.length} problems`;
    super(`${count} in the image:\n${problems.map(describeProblem).join("\n")}`);
    // Not enumerable, since Node prints the fields of an error below its message, which has them all.
    Object.defineProperty(this, "problems", { value: problems });
  }

  /** The code of the first problem. */
  get code(): Problem["code"] | undefined {
    return this.problems[0]?.code;
  }

  /** @internal */
  static of(problems: readonly WireProblem[], callSites?: CallSites): PithyImageError {
    return new PithyImageError(located(problems, callSites));
  }
}
