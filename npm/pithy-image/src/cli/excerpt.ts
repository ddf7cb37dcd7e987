/** Excerpts of the application's files, for messages. */
import { readFileSync } from "node:fs";

/** A place in a file; lines and columns begin with 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

/** The lines around a place, with a mark below as many characters of it. */
export function excerpt({ file, line, column }: Place, length = 1): string {
  const lines = sourceOf(file).split(/\r?\n/);
  const width = String(line + 1).length;
  const shown = lines.slice(Math.max(0, line - 3), line + 1).map((text, index) => {
    const number = Math.max(1, line - 2) + index;
    return `${number === line ? ">" : " "} ${String(number).padStart(width)} | ${text}`.trimEnd();
  });
  const at = shown.findIndex((text) => text.startsWith(">"));
  const blank = (lines[line - 1] ?? "").slice(0, column - 1).replace(/[^\t]/g, " ");
  shown.splice(at + 1, 0, `  ${" ".repeat(width)} | ${blank}${"^".repeat(length)}`);
  return shown.join("\n");
}

/** The text of a file; empty if it cannot be read. */
export function sourceOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
