/**
 * Text from files, servers and programs as its reader can trust it: what is not seen, or makes text stand elsewhere than it is, is
 * shown as a JSON escape. After Unicode's `Bidi_Control` and `Default_Ignorable_Code_Point`, and its report 36 on security.
 */

/** Line ends, tabs, and what makes an emoji of several characters. */
const SEEN = String.raw`\r\n|(?<=\p{Extended_Pictographic}\p{Emoji_Modifier}?)(?:\ufe0f|\ufe0f?\u200d(?=\p{Extended_Pictographic}))`;

const UNSEEN = String.raw`[^\P{Cc}\n\t]|[\u2028\u2029]|\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}`;

const EITHER = new RegExp(`(?<seen>${SEEN})|${UNSEEN}`, "gu");

/** A text of any number of lines in which everything is seen. */
export const visible = (text: string): string =>
  text.replace(EITHER, (found: string, seen: string | undefined) => seen ?? escaped(found));

/** A name or a value within a line, which must not begin another one. */
export const visibleInline = (text: string): string => visible(text).replaceAll(/[\n\r\t]/g, escaped);

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** By code units, as JSON has them. */
export const escaped = (character: string): string => NAMED[character] ?? character.split("").map(toEscape).join("");

const toEscape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
