/**
 * The output of the program. Names and messages come from files and servers: characters that would move a terminal's cursor,
 * set its title or reverse its text are shown as JSON escapes, which are also valid in JSON.
 */

/** The styles that this program uses; none of them hides text. */
const STYLE = String.raw`\u001b\[(?:[012]|22|3\d)m`;
const INVISIBLE = new RegExp(String.raw`${STYLE}|\r\n|[^\P{Cc}\n\t]|\p{Bidi_Control}`, "gu");

/** A text without characters that control a terminal, except for styles, tabs and line ends. */
export const visible = (text: string): string =>
  text.replace(INVISIBLE, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Prints a result. */
export const print = (text: string): void => void process.stdout.write(visible(text));

/** Prints a result as JSON. */
export const printJson = (value: unknown): void => print(`${JSON.stringify(value, null, 2)}\n`);

/** Prints a message, such as an error, to the standard error. */
export const printError = (text: string): void => void process.stderr.write(visible(text));

/** Replaces the last line of the terminal at the standard error, which has no line end yet. */
export const redraw = (line: string): void => void process.stderr.write(`\r\u001b[K${visible(line)}`);
