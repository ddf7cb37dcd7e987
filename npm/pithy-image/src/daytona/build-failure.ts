/** Where a build failed, according to its log and the image's record of its instructions. */
import type { ResolvedImage } from "../image/resolved.ts";

/** The instruction that failed. */
export interface FailedInstruction {
  /** The instruction of the Dockerfile. */
  readonly instruction: string;
  /** The line of the application that made it, where it is known. */
  readonly callSite?: string | undefined;
}

/** What is needed of the image that was built. */
export type BuiltImage = Pick<ResolvedImage, "dockerfile" | "instructions" | "callSiteOf">;

/** BuildKit names the Dockerfile's line: `Dockerfile:12`. */
const BUILDKIT_LINE = /^(?:\[[^\]]*\] )?Dockerfile:(\d+)$/gm;

/** The classic builder counts the instructions of all stages from 1: `Step 3/7 : RUN …`. */
const CLASSIC_STEP = /^Step (\d+)\/\d+ : /gm;

/** Finds the instruction at which a build failed. Daytona's runner prints both forms, possibly after a prefix such as `#5 `. */
export function failedInstruction(log: string, image: BuiltImage): FailedInstruction | undefined {
  const record = byLine(log, image) ?? byStep(log, image);
  if (!record) return undefined;
  const lines = image.dockerfile.split("\n").slice(record.line - 1, record.line - 1 + record.lines);
  return {
    instruction: lines.join("\n"),
    callSite: record.step === undefined ? undefined : image.callSiteOf(record.step),
  };
}

type Instruction = ResolvedImage["instructions"][number];

function byLine(log: string, { instructions }: BuiltImage): Instruction | undefined {
  const found = [...log.matchAll(BUILDKIT_LINE)].at(-1);
  const line = Number(found?.[1]);
  return instructions.find((record) => record.line <= line && line < record.line + record.lines);
}

function byStep(log: string, { instructions }: BuiltImage): Instruction | undefined {
  const found = [...log.matchAll(CLASSIC_STEP)].at(-1);
  return found && instructions[Number(found[1]) - 1];
}
