/** The instructions of two Dockerfiles, side by side. */
import type { ResolvedImage } from "../../image/resolved.ts";

/** An instruction, and the line of the Dockerfile at which it begins. */
export interface Instruction {
  readonly text: string;
  readonly line: number;
}

/** The instructions of a Dockerfile: a backslash at the end of a line continues it. */
function instructionsOf(dockerfile: string): Instruction[] {
  const found: Instruction[] = [];
  let line = 1;
  for (const text of dockerfile.match(/(?:[^\n]*\\\n)*[^\n]*\n?/g) ?? []) {
    if (text.trim() !== "") found.push({ text: text.replace(/\n$/, ""), line });
    line += text.split("\n").length - 1;
  }
  return found;
}

/** The step of an image that made an instruction of its Dockerfile, as a JSON pointer. */
export function stepOf(
  { line }: Instruction,
  { instructions }: Pick<ResolvedImage, "instructions">,
): string | undefined {
  const record = instructions.find((each) => each.line <= line && line < each.line + each.lines);
  return record?.step || undefined;
}

/** An instruction before and after; one of them is missing for an added or removed one. */
export interface Pair {
  readonly was: Instruction | undefined;
  readonly now: Instruction | undefined;
}

/**
 * Aligns two Dockerfiles by their longest common subsequence: an inserted instruction does not change those after it. Between
 * two unchanged instructions, the first removed one is paired with the first added one.
 */
export function align(dockerfileBefore: string, dockerfileAfter: string): Pair[] {
  const [before, after] = [instructionsOf(dockerfileBefore), instructionsOf(dockerfileAfter)];
  const common = commonLengths(before, after);
  const pairs: Pair[] = [];
  let [gone, come]: [Instruction[], Instruction[]] = [[], []];
  const flush = () => {
    const count = Math.max(gone.length, come.length);
    for (let at = 0; at < count; at++) pairs.push({ was: gone[at], now: come[at] });
    [gone, come] = [[], []];
  };
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const [was, now] = [before[i], after[j]];
    if (was && now && was.text === now.text) {
      flush();
      pairs.push({ was, now });
      [i, j] = [i + 1, j + 1];
    } else if (now === undefined || (was && at(common, i + 1, j) >= at(common, i, j + 1))) {
      gone.push(was as Instruction);
      i++;
    } else {
      come.push(now);
      j++;
    }
  }
  flush();
  return pairs;
}

const at = (table: readonly (readonly number[])[], i: number, j: number): number => table[i]?.[j] ?? 0;

/** How many instructions two lists have in common from each position on. */
function commonLengths(before: readonly Instruction[], after: readonly Instruction[]): number[][] {
  const table: number[][] = Array.from({ length: before.length + 1 }, () => []);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const isSame = before[i]?.text === after[j]?.text;
      (table[i] as number[])[j] = isSame
        ? at(table, i + 1, j + 1) + 1
        : Math.max(at(table, i + 1, j), at(table, i, j + 1));
    }
  }
  return table;
}
