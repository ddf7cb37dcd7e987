/**
 * The code blocks of the documentation. Comments of Markdown, which no reader sees, stand beside some:
 *
 * - `<!-- first … -->` before a block has lines of code that stand before it, and `<!-- then … -->` after it those that follow;
 * - `<!-- printed by: command -->` before a block names what prints it;
 * - `<!-- not run: reason -->` before a block says why it is not run. Its types are checked nevertheless.
 *
 * A block whose first line is a comment with a path is that file of an application. Those of the same document find it, and
 * what follows it is a program of its own.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = fileURLToPath(new URL("..", import.meta.url));

/** A code block. */
export interface Block {
  /** Where it stands: `docs/production.md:17`. */
  readonly place: string;
  readonly document: string;
  readonly language: string;
  readonly code: string;
  readonly first: string;
  readonly then: string;
  readonly printedBy?: string;
  readonly notRun?: string;
  /** The file that it is. */
  readonly file?: string;
}

const FENCE = /^( *)```(\w+)\n([\s\S]*?\n)\1```$/gm;
const PATH = /^(?:\/\/|#) ((?:[\w.@[\]-]+\/)*(?:[\w.@[\]-]+\.\w+|Dockerfile))(?::|$)/m;

/** Every document that a reader may begin with. */
export const DOCUMENTS: readonly string[] = [
  "README.md",
  ...readdirSync(join(TOP, "npm"))
    .map((name) => `npm/${name}/README.md`)
    .filter((path) => readdirSync(join(TOP, path, "..")).includes("README.md")),
  ...readdirSync(join(TOP, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** All blocks of a document. */
export function blocksOf(document: string): Block[] {
  const text = readFileSync(join(TOP, document), "utf8");
  return [...text.matchAll(FENCE)].map(({ index, 0: all, 1: indent = "", 2: language = "", 3: code = "" }) => {
    const comments = before(text.slice(0, index));
    const then = /^\n+ *<!-- then\n([\s\S]*?)-->/.exec(text.slice(index + all.length))?.[1] ?? "";
    const own = code.replaceAll(new RegExp(`^${indent}`, "gm"), "");
    const [firstLine = ""] = own.split("\n");
    return {
      place: `${document}:${text.slice(0, index).split("\n").length}`,
      document,
      language: language === "typescript" ? "ts" : language,
      code: own,
      first: comments.first ?? "",
      then,
      printedBy: comments["printed by"],
      notRun: comments["not run"],
      file: PATH.exec(firstLine)?.[1],
    };
  });
}

/** The comments that stand directly before a block, by their first words. */
function before(text: string): Record<string, string | undefined> {
  const found: Record<string, string> = {};
  for (let rest = text.trimEnd(); rest.endsWith("-->"); ) {
    const at = rest.lastIndexOf("<!--");
    const [, name = "", value = ""] = /^<!-- ([a-z ]+?)(?::|\n)([\s\S]*)-->$/.exec(rest.slice(at)) ?? [];
    if (!["first", "printed by", "not run"].includes(name)) break;
    found[name] = name === "first" ? value : value.trim();
    rest = rest.slice(0, at).trimEnd();
  }
  return found;
}

/** A list of lines of shell that are not run where the documentation is tried, each with the reason. */
export type NotRun = readonly (readonly [RegExp, string])[];

/** The lines of a shell block that are run. */
export const linesRun = ({ code }: Block, notRun: NotRun): string =>
  code
    .split("\n")
    .filter((line) => !notRun.some(([pattern]) => pattern.test(line)))
    .join("\n");

/** The program of a block: what stands before it and after it is part of it, except for what follows a file. */
export const programOf = ({ first, code, then, file }: Block): string =>
  file === undefined ? `${first}${code}${then}` : then || `import "./${file}";\n`;
