/** Formats findings for a terminal, and as annotations of GitHub. */
import { relative } from "node:path";
import { excerpt, type Place, sourceOf } from "../excerpt.ts";
import { inline, type Part } from "../print.ts";
import { tally } from "./tally.ts";
import type { Linted, PlacedFinding } from "./targets.ts";

/** Findings for a terminal, each with the lines around it. */
export function lintText(linted: readonly Linted[]): Part[] {
  const parts = linted.flatMap(({ file, findings }) => findings.flatMap((each) => findingText(file, each)));
  return [...parts, summary(linted), "\n"];
}

function findingText(file: string, { place, path, severity, code, message, hint }: PlacedFinding): Part[] {
  const where = place ? shortPlace(place) : `${file}${path ? ` ${path}` : ""}`;
  const lines = place ? `${inside(excerpt(place, lengthAt(place)))}\n` : "";
  return [
    ["bold", `${inline(where)} `],
    [severity === "error" ? "red" : "yellow", `${severity} ${code}`],
    `\n  ${inline(message)}\n${lines}  ${inline(hint)}\n\n`,
  ];
}

const inside = (text: string): string => text.replace(/^/gm, "  ");

/** The place of a finding, relative to the current directory. */
export const shortPlace = ({ file, line, column }: Place): string => `${relative("", file)}:${line}:${column}`;

/** The name of the call that stands at a place; of an instruction, its line. */
function lengthAt({ file, line, column }: Place): number {
  const text = (sourceOf(file).split(/\r?\n/)[line - 1] ?? "").slice(column - 1);
  return (column > 1 ? /^[\w$]+/.exec(text)?.[0].length : text.trimEnd().length) || 1;
}

function summary(linted: readonly Linted[]): string {
  const { errors, warnings } = tally(linted);
  if (errors + warnings === 0) return "Nothing found.";
  const counts = [count(errors, "error"), count(warnings, "warning")].filter(Boolean);
  return `${counts.join(", ")}. \`pithy-image lint --explain <rule>\` says why.`;
}

const count = (number: number, what: string): string =>
  number === 0 ? "" : `${number} ${what}${number === 1 ? "" : "s"}`;

/** Findings as workflow commands, which GitHub shows at the lines of a pull request. */
export function githubAnnotations(linted: readonly Linted[]): string {
  return linted.flatMap(({ file, findings }) => findings.map((each) => annotation(file, each))).join("");
}

function annotation(file: string, { place, severity, code, message, hint }: PlacedFinding): string {
  const at = place ? { file: relative("", place.file), line: place.line, col: place.column } : { file };
  const properties = Object.entries({ ...at, title: code }).map(([key, value]) => `${key}=${property(String(value))}`);
  const command = severity === "error" ? "error" : "warning";
  return `::${command} ${properties.join(",")}::${data(`${message} ${hint}`)}\n`;
}

/** The escapes of GitHub's runner. */
const data = (text: string): string => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
