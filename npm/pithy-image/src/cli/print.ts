/**
 * The output of the program. Names and messages come from files and servers: characters that would move a terminal's cursor,
 * set its title, change its colors or reverse its text are shown as JSON escapes, which are also valid in JSON.
 */
import { styleText } from "node:util";
import { escaped, visible } from "../../../pithy-image-preview/src/text/visible.ts";

/** A text as it is printed: without secrets, and without characters that control the terminal. */
const shown = (text: string): string => visible(masked(text));

let mask = (text: string): string => text;

/** Sets what masks the secrets in all that is printed. */
export const maskWith = (masking: (text: string) => string): void => {
  mask = masking;
};

/** A text without secrets; as it is, if there is no core to find them. */
export function masked(text: string): string {
  try {
    return mask(text);
  } catch {
    return text;
  }
}

/** A log without colors, which would only be shown as escapes. */
export const withoutColors = (log: string): string => log.replaceAll(COLOR, "");

const ESCAPE = "\u001b";
const COLOR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g");

/** A name or a value within a line: it must not begin another one. */
export const inline = (text: string): string => text.replaceAll(/[\n\r]/g, escaped);

/** The styles that this program uses; none of them hides text. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** A part of an output, with a style or without. */
export type Part = string | readonly [style: Style, text: string];

/** Prints a result in parts. */
export function printParts(parts: readonly Part[], isColored: boolean): void {
  clear();
  for (const part of parts) {
    const [style, text] = typeof part === "string" ? [undefined, part] : part;
    process.stdout.write(style && isColored ? styleText(style, shown(text), { validateStream: false }) : shown(text));
  }
}

/** How much is printed besides results and errors. */
export type Verbosity = "quiet" | "normal" | "verbose";

let verbosity: Verbosity = "normal";

/** Sets how much is printed. */
export const setVerbosity = (chosen: Verbosity): void => {
  verbosity = chosen;
};

/** Whether stacks and details are printed. */
export const isVerbose = (): boolean => verbosity === "verbose";

/** Whether only results and errors are printed. */
export const isQuiet = (): boolean => verbosity === "quiet";

/** Prints a result. */
export const print = (text: string): void => {
  clear();
  process.stdout.write(shown(text));
};

/** The result of the command, for `--json`. */
let result: unknown;

/** Keeps a result for `--json`: it is printed when the command ends, in an {@link Envelope}. */
export const printJson = (value: unknown): void => {
  result = value;
};

/** What `printJson` was given. */
export const resultForJson = (): unknown => result;

/** Prints a message, such as an error, to the standard error. */
export const printError = (text: string): void => {
  clear();
  process.stderr.write(shown(text));
};

/** Whether the standard error is a terminal on which a line can be drawn again: `TERM=dumb` says that it cannot be. */
export const isRedrawable = (): boolean => process.stderr.isTTY === true && process.env.TERM !== "dumb";

/** Whether the terminal at the standard error has a line that goes when something else is printed. */
let isDrawn = false;

/** Draws that line, in place of what it was. */
export const redraw = (line: string): void => {
  process.stderr.write(`\r\u001b[K${visible(line)}`);
  isDrawn = line !== "";
};

/** Removes the line that {@link redraw} has drawn. */
export const clear = (): void => {
  if (isDrawn) redraw("");
};

/** Prints what happens on the way to the standard error: states, logs and warnings. Nothing with `--quiet`. */
export const printProgress = (text: string): void => {
  if (!isQuiet()) printError(text);
};

/** Prints a detail to the standard error, with `--verbose` only. */
export const printDetail = (text: string): void => {
  if (isVerbose()) printError(text);
};

/** Does some work, and prints what it was and how long it took, with `--verbose`. */
export async function timed<Result>(
  work: () => Promise<Result>,
  describe: (result: Result) => string,
): Promise<Result> {
  const start = performance.now();
  const done = await work();
  if (isVerbose()) printDetail(`${describe(done)}: ${Math.round(performance.now() - start)} ms\n`);
  return done;
}
