/**
 * What the program says. Names and messages come from elsewhere, such as files and servers: what would move a terminal's
 * cursor, write its title or turn its text around is shown as an escape of JSON, which it also is in JSON.
 */

/** Styles that this program uses; none hides text. */
const STYLE = String.raw`\u001b\[(?:[012]|22|3\d)m`;
const INVISIBLE = new RegExp(String.raw`${STYLE}|[^\P{Cc}\n\t]|\p{Bidi_Control}`, "gu");

/** A text with nothing in it that a terminal obeys, but for styles, tabs and ends of lines. */
export const visible = (text: string): string =>
  text.replace(INVISIBLE, (found) =>
    found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** Says what was asked for. */
export const print = (text: string): void => void process.stdout.write(visible(text));

/** Says it as JSON. */
export const printJson = (value: unknown): void => print(`${JSON.stringify(value, null, 2)}\n`);

/** Says what else is to be known, such as what goes wrong. */
export const complain = (text: string): void => void process.stderr.write(visible(text));
