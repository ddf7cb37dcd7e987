import type { Problem as WireProblem } from "./wire.generated.ts";

/** One mistake in a definition or its files. */
export interface Problem extends WireProblem {
  /** The line of your code that made the step, `path:line:column`; absent for problems of the whole image. */
  callSite?: string;
}

const stepOf = (path: string): number | undefined => {
  const digits = /^\/steps\/(\d+)/.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** Where a problem is: the caller's line if it is known, and the field of the step. */
const place = ({ path, callSite }: Problem): string =>
  callSite ? `${callSite} ${path.replace(/^\/steps\/\d+\//, "").replaceAll("/", ".")}`.trim() : path;

const describe = (problem: Problem): string =>
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
 *   if (error instanceof PithyImageError) for (const { callSite, message } of error.problems) console.log(callSite, message);
 * }
 * ```
 */
export class PithyImageError extends Error {
  override readonly name: string = "PithyImageError";
  /** The problems, in the order of the definition. */
  declare readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? "A problem" : `${problems.length} problems`;
    super(`${count} in the image:\n${problems.map(describe).join("\n")}`);
    // Not enumerable, since Node prints the fields of an error below its message, which has them all.
    Object.defineProperty(this, "problems", { value: problems });
  }

  /** The code of the first problem. */
  get code(): Problem["code"] | undefined {
    return this.problems[0]?.code;
  }

  /** @internal */
  static of(problems: readonly WireProblem[], callSite?: (step: number) => string | undefined): PithyImageError {
    return new PithyImageError(
      problems.map((problem) => {
        const step = stepOf(problem.path);
        const site = step === undefined ? undefined : callSite?.(step);
        return site === undefined ? problem : { ...problem, callSite: site };
      }),
    );
  }
}
