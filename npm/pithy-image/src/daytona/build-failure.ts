/** Where a build failed, according to its log and the image's record of its instructions. */
import {
  type BuiltDockerfile,
  type BuiltInstruction,
  builtInstructions,
  commandOf,
  withoutQuotes,
} from "./built-instructions.ts";

/** The instruction that failed. */
export interface FailedInstruction {
  /** The instruction of the Dockerfile. */
  readonly instruction: string;
  /** Where it stands in the Dockerfile that the image begins with, such as `daytona/Dockerfile:12`. */
  readonly source?: string | undefined;
  /** The line of the application that made it, where it is known. */
  readonly callSite?: string | undefined;
}

/** What is needed of the image that was built. */
export interface BuiltImage extends BuiltDockerfile {
  /** The line that made a step. */
  callSiteOf(step: string): string | undefined;
}

/** What a builder says of a build that failed. */
export interface FailedBuild {
  /** The lines of the log that {@link namesStep} chooses. */
  readonly steps: readonly string[];
  /** The error of the builder. */
  readonly reason?: string | undefined;
}

/** BuildKit begins an instruction, of which it counts some of each stage: `#8 [stage-1 2/5] RUN …`. */
const BEGUN = /^#\d+ (?!CACHED )(?:\[(?:(\S+) +)? *(\d+)\/\d+\] (\S+) ?(.*))?/;

/** The classic builder begins an instruction, of all stages counted from 1: `Step 3/7 : RUN …`. */
const CLASSIC_STEP = /^Step (\d+)\/(\d+) : /;

/** Buildah and Podman begin an instruction, of each stage counted from 1: `[2/3] STEP 1/4: RUN …`. */
const BUILDAH_STEP = /^(?:\[(\d+)\/\d+\] )?STEP (\d+)\/\d+: (\S+) ?(.*)/;

/** Clients of BuildKit name the Dockerfile's line: `Dockerfile:12`. */
const CLIENT_LINE = /^(?:\[[^\]]*\] )?Dockerfile:(\d+)$/;

/** BuildKit ends an instruction with an error; so do programs of the image. */
const ERROR = /^ERROR: (?!.*context canceled$)/;

/** Both builders refuse a Dockerfile at a line. */
const REFUSED_LINE = /dockerfile parse error (?:on )?line (\d+):/i;

/** BuildKit names the program that failed, as a string of Go; before 2022 as it is. */
const PROGRAM = /process "(.*)" did not complete successfully: /;
const EARLIER_PROGRAM = /executor failed running \[(.*)\]: /;

/** The file that a `COPY` did not find. */
const MISSING = /"\/([^"]*)":? not found/;

/** Whether a line of a log is one that says where the build is, or why it failed. */
export const namesStep = (line: string): boolean =>
  [BEGUN, CLASSIC_STEP, BUILDAH_STEP, CLIENT_LINE, ERROR].some((pattern) => pattern.test(line));

/** The instruction that a line of a log begins. */
export function begunInstruction(line: string, all: readonly BuiltInstruction[]): BuiltInstruction | undefined {
  const vertex = BEGUN.exec(line);
  return vertex ? atVertex(vertex, all) : atBuildahStep(line, all);
}

/** Finds the instruction at which a build failed. */
export function failedInstruction(build: FailedBuild, image: BuiltImage): FailedInstruction | undefined {
  const all = builtInstructions(image);
  const failed = byLine(build, all) ?? byCount(build, all) ?? byBuildahStep(build, all) ?? byProgress(build, all);
  if (!failed) return undefined;
  const { step, source } = failed.record;
  return { instruction: failed.text, source, callSite: image.callSiteOf(step) };
}

function byLine({ steps, reason = "" }: FailedBuild, all: readonly BuiltInstruction[]): BuiltInstruction | undefined {
  const [, named] = steps.findLast((line) => CLIENT_LINE.test(line))?.match(CLIENT_LINE) ?? [];
  const line = Number(named ?? REFUSED_LINE.exec(reason)?.[1]);
  return all.find(({ record }) => record.line <= line && line < record.line + record.lines);
}

/** A step whose total is another one belongs to a build inside of this one. */
function byCount({ steps }: FailedBuild, all: readonly BuiltInstruction[]): BuiltInstruction | undefined {
  const counts = steps.flatMap((line) => [CLASSIC_STEP.exec(line)].filter((found) => found !== null));
  const last = counts.findLast(([, , total]) => Number(total) === all.length);
  return last && all[Number(last[1]) - 1];
}

/** What began last is what failed: they build one after the other. */
const byBuildahStep = ({ steps }: FailedBuild, all: readonly BuiltInstruction[]): BuiltInstruction | undefined =>
  steps.map((line) => atBuildahStep(line, all)).findLast((instruction) => instruction !== undefined);

function atBuildahStep(line: string, all: readonly BuiltInstruction[]): BuiltInstruction | undefined {
  const [, stage = "1", number, keyword, rest = ""] = BUILDAH_STEP.exec(line) ?? [];
  const begins = all.flatMap((each, index) => (each.keyword === "FROM" ? [index] : []));
  const found = all[(begins[Number(stage) - 1] ?? Number.NaN) + Number(number) - 1];
  // What a command prints may look like this, too.
  const isSame = found && found.keyword === keyword?.toUpperCase() && isLike(found.rest, rest);
  return isSame ? found : undefined;
}

/** Whether a text may be another one with the values of variables, or only the start of a heredoc. */
const isLike = (text: string, printed: string): boolean =>
  withoutQuotes(text) === withoutQuotes(printed) || /\$|<</.test(text);

/** Stages are built at the same time: what began last need not be what failed. */
function byProgress(build: FailedBuild, all: readonly BuiltInstruction[]): BuiltInstruction | undefined {
  const begun = build.steps.flatMap((line) => {
    const found = BEGUN.exec(line);
    return found ? [atVertex(found, all)] : [];
  });
  const known = begun.filter((instruction) => instruction !== undefined).reverse();
  const errors = [build.reason ?? "", ...build.steps.filter((line) => ERROR.test(line)).reverse()];
  const program = firstMatch(PROGRAM, errors)?.replaceAll(/\\(.)/g, unescaped) ?? firstMatch(EARLIER_PROGRAM, errors);
  if (program !== undefined) return runningProgram(program, known);
  const missing = firstMatch(MISSING, errors);
  if (missing !== undefined) return known.find(({ text }) => text.includes(missing));
  return begun.at(-1);
}

/** A character that Go escapes. */
const unescaped = (_: string, character: string): string => ({ n: "\n", t: "\t" })[character] ?? character;

/** The instruction of a stage that BuildKit names. Its text has the values of variables, and only the start of a heredoc. */
function atVertex([, stage, number, keyword, rest = ""]: RegExpExecArray, all: readonly BuiltInstruction[]) {
  const inStage = all.filter((each) => each.keyword === keyword && (stage === undefined || each.stage === stage));
  const isCounted = (each: BuiltInstruction) => each.number === Number(number);
  const same = inStage.filter((each) => withoutQuotes(each.rest) === withoutQuotes(rest));
  return same.find(isCounted) ?? same[0] ?? inStage.find((each) => isCounted(each) && /\$|<</.test(each.rest));
}

/** The one of the instructions that began, the last one first, that runs a program. */
function runningProgram(program: string, begun: readonly BuiltInstruction[]): BuiltInstruction | undefined {
  const runs = begun.filter(({ keyword }) => keyword === "RUN");
  const lengths = runs.map((run) => {
    const command = withoutQuotes(commandOf(run));
    return withoutQuotes(program).endsWith(command) ? command.length : 0;
  });
  return runs[lengths.indexOf(Math.max(...lengths))];
}

const firstMatch = (pattern: RegExp, texts: readonly string[]): string | undefined =>
  texts.map((text) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
