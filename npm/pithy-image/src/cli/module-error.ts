/** What is wrong with a module of the application that cannot be loaded: where, with an excerpt, and what was meant. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ImageBuilder } from "../image/builder.ts";
import { ImageStatics } from "../image/statics.ts";
import { meantBy } from "../shared/check.ts";
import { isImageError } from "../shared/errors.ts";
import { excerpt, type Place, placeText, sourceOf } from "./excerpt.ts";
import { applicationPackage } from "./package-json.ts";
import { installing } from "./package-manager.ts";
import { UsageError } from "./usage-error.ts";

/** What is wrong, where, and what to do. */
interface Mistake {
  readonly place: Place | undefined;
  readonly message: string;
  readonly hint: string;
}

/** Loads another module, to see what it exports. */
type Load = (path: string) => Promise<object>;

/** An error that the application's module throws, of which no more is known: it keeps its stack. */
export class ModuleError extends UsageError {
  readonly #place: Place | undefined;
  override readonly cause: unknown;

  constructor(thrown: unknown, place: Place | undefined) {
    super(thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : `The module threw ${String(thrown)}.`, {
      code: "module_failed",
    });
    this.cause = thrown;
    this.#place = place;
  }

  /** Where it was thrown, what, and an excerpt. */
  get located(): string {
    const place = this.#place;
    return place ? `${placeText(place)}: ${this.message}\n${excerpt(place)}` : this.message;
  }

  /** The excerpt, and the stack as far as it is the application's. */
  describe(isWhole: boolean): string {
    const place = this.#place;
    const start = place ? `${placeText(place)}\n${excerpt(place)}\n\n` : "";
    if (!(this.cause instanceof Error)) return `${start}${this.message}`;
    const lines = String(this.cause.stack).split("\n");
    const end = isWhole ? lines.length : lines.findIndex((line) => /^ +at /.test(line) && isOurs(line));
    return `${start}${lines.slice(0, end < 0 ? lines.length : end).join("\n")}`;
  }
}

/** The error to report for what a module threw: one that was reported by this package already stays as it is. */
export async function explained(path: string, error: unknown, load: Load): Promise<unknown> {
  if (isImageError(error) || error instanceof UsageError) return error;
  if (!(error instanceof Error)) return new ModuleError(error, undefined);
  const mistake = missingModule(path, error) ?? syntax(error) ?? (await wrongName(error, load));
  if (!mistake) return new ModuleError(error, thrownAt(error));
  const { place, message, hint } = mistake;
  const text = place ? `${placeText(place)}: ${message}\n${excerpt(place)}` : `${path}: ${message}`;
  return new UsageError(text, { code: "module_unusable", hint });
}

/** The error to report for one that nobody caught: the application's, if its code threw it. */
export function uncaught(error: Error): Error {
  const place = thrownAt(error);
  return place && !isImageError(error) ? new ModuleError(error, place) : error;
}

/** The place of a text in a file, if it is in it. */
function placeOf(file: string, pattern: RegExp, from = 0): Place | undefined {
  const source = sourceOf(file);
  const index = source.slice(from).search(pattern);
  if (index < 0) return undefined;
  const before = source.slice(0, from + index).split("\n");
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** A frame of this program, of jiti or of Node: everything below it is not the application's. */
const isOurs = (frame: string): boolean => /\/jiti\/dist\/|\bnode:|\/pithy-image\/dist\/cli\//.test(frame);

/** Where the application's code threw an error. */
function thrownAt({ stack = "" }: Error): Place | undefined {
  const [, url = "", line, column] =
    stack
      .split("\n")
      .filter((frame) => /^ +at /.test(frame) && !isOurs(frame) && !frame.includes("node_modules"))
      .map((frame) => /(?:\(|at (?:async )?)((?:file:|\/|[A-Z]:\\).*?):(\d+):(\d+)\)?$/.exec(frame))
      .find((match) => match !== null) ?? [];
  if (line === undefined) return undefined;
  return { file: url.startsWith("file:") ? fileURLToPath(url) : url, line: Number(line), column: Number(column) };
}

/** A syntax error, in the words of jiti. */
function syntax({ message }: Error): Mistake | undefined {
  const [, what = "", file = "", line, column] = /^ParseError: (.*?)\s*\n ?(.*):(\d+):(\d+)/s.exec(message) ?? [];
  if (line === undefined) return undefined;
  const place = { file, line: Number(line), column: Number(column) + 1 };
  return { place, message: `Syntax error: ${what.replace(/\.$/, "")}.`, hint: "Correct it there, or just before." };
}

/** An import of a module or an entry that does not exist. */
function missingModule(path: string, { message }: Error): Mistake | undefined {
  const entry = /Package subpath '\.\/(.+)' is not defined by "exports" in (.+)package\.json(?: imported from (.+))?/;
  const [, subpath, directory = "", by = path] = entry.exec(message) ?? [];
  if (subpath !== undefined) return missingEntry(by, subpath, directory);
  const [, specifier] = /Cannot find (?:module|package) '([^']+)'/.exec(message) ?? [];
  if (specifier === undefined) return undefined;
  const [, importer = path] = /(?:Require stack:\n- |imported from )([^\n]+)/.exec(message) ?? [];
  const place = placeOf(importer, quoted(specifier));
  if (/^[./]/.test(specifier)) {
    const meant = neighbour(importer, specifier);
    return { place, message: `\`${specifier}\` does not exist.`, hint: question(meant) ?? "Correct the path." };
  }
  if (/^[@~]\//.test(specifier)) {
    const hint = "Import it by its relative path: only bundlers know such aliases.";
    return { place, message: `\`${specifier}\` is an alias.`, hint };
  }
  const meant = meantBy(specifier, packages());
  const install = `Install it: \`${installing(packageOf(specifier))}\`.`;
  return {
    place,
    message: `The package \`${packageOf(specifier)}\` is not installed.`,
    hint: question(meant) ?? install,
  };
}

function missingEntry(importer: string, subpath: string, directory: string): Mistake {
  const { name = "", exports = {} } = JSON.parse(sourceOf(join(directory, "package.json")) || "{}") as {
    name?: string;
    exports?: object;
  };
  const entries = Object.keys(exports).map((entry) => entry.replace(/^\./, name));
  const specifier = `${name}/${subpath}`;
  return {
    place: placeOf(importer, quoted(specifier)),
    message: `\`${specifier}\` is not an entry of the package \`${name}\`.`,
    hint:
      question(meantBy(specifier, entries)) ?? `Its entries are ${entries.map((each) => `\`${each}\``).join(", ")}.`,
  };
}

/** A string of a program. */
const quoted = (text: string): RegExp => new RegExp(`["'\`]${escaped(text)}["'\`]`);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** The package of an import: `@a/b/c` is in `@a/b`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** The packages that the application may have meant. */
function packages(): string[] {
  const { dependencies, devDependencies } = applicationPackage() ?? {};
  const entries = ["pithy-image", "pithy-image/daytona", "pithy-image/daytonaio-sdk", "pithy-image/daytona-sdk"];
  return [...entries, ...Object.keys({ ...dependencies, ...devDependencies })];
}

/** A file beside the one that was imported, under a similar name. */
function neighbour(importer: string, specifier: string): string | undefined {
  const [, start = "", name = ""] = /^(.*\/)(.*)$/.exec(specifier) ?? [];
  const directory = resolve(dirname(importer), start);
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const stem = (each: string) => each.replace(/\.\w+$/, "");
  const similar = names.some((each) => stem(each) === stem(name)) ? stem(name) : meantBy(stem(name), names.map(stem));
  const meant = names.find((each) => stem(each) === similar);
  return meant && `${start}${meant}`;
}

const question = (meant: string | undefined): string | undefined => meant && `Did you mean \`${meant}\`?`;

/** The calls of images, and those that begin one. */
const CALLS = [ImageBuilder, ImageStatics].map(({ prototype }) =>
  Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor"),
);

/** A name that an import or an image does not have. */
async function wrongName(error: Error, load: Load): Promise<Mistake | undefined> {
  if (!/ of undefined| is not (?:a function|a constructor|defined)/.test(error.message)) return undefined;
  const at = thrownAt(error);
  return at && ((await missingExport(at, load)) ?? wrongCall(error, at));
}

/** A call that no image has: a typo. Of another value's calls nothing is known. */
function wrongCall({ message }: Error, at: Place): Mistake | undefined {
  const [, receiver = "", call = ""] = /^(.*)\.([\w$]+) is not a function$/s.exec(message) ?? [];
  const isClass = /(?:^|\.)Image$/.test(receiver);
  const meant = meantBy(call, (isClass ? CALLS[1] : CALLS[0]) ?? []);
  if (!meant && !isClass) return undefined;
  const what = isClass ? "a call of `Image`" : "a call of an image";
  const place = placeOf(at.file, new RegExp(`\\b${escaped(call)}\\b`), startOf(at)) ?? at;
  return { place, message: `\`${call}\` is not ${what}.`, hint: question(meant) ?? "See the calls in the README." };
}

/** Where a line begins in its file. */
const startOf = ({ file, line }: Place): number =>
  sourceOf(file)
    .split("\n")
    .slice(0, line - 1)
    .reduce((sum, text) => sum + text.length + 1, 0);

/** `import { a, type B, c as d } from "e"`, and what may stand before the braces. */
const IMPORT = /^[ \t]*import\s+(?!type\b)(?:[\w$]+\s*,\s*)?\{([^}]*)\}\s*from\s*["']([^"']+)["']/gm;

/** A named import that its module does not export: jiti makes it undefined, which fails only where it is used. */
async function missingExport({ file, line }: Place, load: Load): Promise<Mistake | undefined> {
  const source = sourceOf(file);
  const failing = source
    .split("\n")
    .slice(Math.max(0, line - 3), line)
    .join("\n");
  for (const [whole, list = "", specifier = ""] of source.matchAll(IMPORT)) {
    const used = valuesIn(list).filter(({ local }) => wordIn(failing, local));
    const exported = used.length > 0 ? await exportsOf(file, specifier, load) : undefined;
    const name = used.find(({ imported }) => exported && !exported.includes(imported))?.imported;
    if (!exported || name === undefined) continue;
    const place = placeOf(file, new RegExp(`\\b${escaped(name)}\\b`), source.indexOf(whole));
    const hint = question(meantBy(name, exported)) ?? `It exports ${exported.map((each) => `\`${each}\``).join(", ")}.`;
    return { place, message: `\`${specifier}\` does not export \`${name}\`.`, hint };
  }
  return undefined;
}

const wordIn = (text: string, word: string): boolean => new RegExp(`\\b${escaped(word)}\\b`).test(text);

/** The values in an import: what they are called in their module, and here. */
const valuesIn = (list: string): { readonly imported: string; readonly local: string }[] =>
  list
    .split(",")
    .map((each) => /^\s*(?!type\s)([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(each))
    .flatMap((match) => (match?.[1] ? [{ imported: match[1], local: match[2] ?? match[1] }] : []));

/** The names that a module exports, if it can be loaded. */
async function exportsOf(file: string, specifier: string, load: Load): Promise<string[] | undefined> {
  if (!/^\.|^pithy-image(?:\/|$)/.test(specifier)) return undefined; // others may do anything when they are loaded
  try {
    return Object.keys(await load(createRequire(file).resolve(specifier)));
  } catch {
    return undefined;
  }
}
