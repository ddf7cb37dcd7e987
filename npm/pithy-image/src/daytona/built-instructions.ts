/** The instructions of a Dockerfile as BuildKit counts and names them. */
import type { InstructionRecord, ResolvedImage } from "../shared/wire.generated.ts";

/** What is needed of the image that was built. */
export type BuiltDockerfile = Pick<ResolvedImage, "dockerfile" | "instructions">;

/** An instruction, and what BuildKit calls it. */
export interface BuiltInstruction {
  readonly record: InstructionRecord;
  /** All of its lines. */
  readonly text: string;
  /** In capitals. */
  readonly keyword: string;
  /** What follows the keyword, without comments. */
  readonly rest: string;
  /** The name of its stage, `stage-<number>` without one. */
  readonly stage: string;
  /** Its number among those of the stage that BuildKit counts. */
  readonly number: number | undefined;
}

const COUNTED = ["ADD", "COPY", "RUN", "WORKDIR"];

/** All instructions of an image. */
export function builtInstructions({ dockerfile, instructions }: BuiltDockerfile): BuiltInstruction[] {
  const lines = dockerfile.split(/\r?\n/);
  const stages: string[] = [];
  let count = 0;
  return instructions.map((record) => {
    const own = lines.slice(record.line - 1, record.line - 1 + record.lines);
    const [, word = "", rest = ""] = /^\s*(\S*)\s*(.*)$/s.exec(withoutComments(own)) ?? [];
    const keyword = word.toUpperCase();
    let isCounted = COUNTED.includes(keyword) && !(keyword === "WORKDIR" && rest.trim() === "/");
    if (keyword === "FROM") {
      const [, base = "", name] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/i.exec(rest) ?? [];
      isCounted = base.toLowerCase() !== "scratch" && !stages.includes(base.toLowerCase());
      stages.push(name?.toLowerCase() ?? `stage-${stages.length}`);
      count = 0;
    }
    if (isCounted) count += 1;
    const number = isCounted ? count : undefined;
    return { record, text: own.join("\n"), keyword, rest, stage: stages.at(-1) ?? "", number };
  });
}

/** What a `RUN` runs: without its flags, or what its heredoc holds. */
export const commandOf = ({ rest }: BuiltInstruction): string =>
  rest.replace(/^(?:--\S+\s+)+/, "").replace(/^<<-?\s*(["']?)(\w+)\1\n(.*)\n\2$/s, "$3");

/** The first line may begin with anything; others that begin with `#` are comments, up to a heredoc. */
function withoutComments([first = "", ...others]: readonly string[]): string {
  const end = [first, ...others].findIndex((line) => /<<-?\s*["']?\w/.test(line));
  const isComment = (line: string, index: number) => /^\s*#/.test(line) && (end < 0 || index + 1 <= end);
  return [first, ...others.filter((line, index) => !isComment(line, index))].join("\n");
}

/** A text without what the builders treat in ways of their own: blanks, quotes, escapes, the commas of lists. */
export const withoutQuotes = (text: string): string => text.replaceAll(/[\s"'`\\,[\]]+/g, "");
