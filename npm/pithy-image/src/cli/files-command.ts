/** `pithy-image files`: the largest files and directories that an image uploads, and what was left out, by which line. */
import { type Command, InvalidArgumentError } from "commander";
import type { ResolvedImage } from "../image/resolved.ts";
import type { IgnoredRecord } from "../shared/wire.generated.ts";
import { examples, FILE_OR_NAME } from "./help.ts";
import { interruptible } from "./local/interrupt.ts";
import { find, load, resolveImage, rootOf } from "./module.ts";
import { inline, print, printJson } from "./print.ts";
import { ruleOf, section } from "./text.ts";
import { bytes } from "./units.ts";

interface Options {
  root?: string;
  top: number;
  json?: true;
}

/** A file, or a directory with all that is uploaded of it. */
interface Sized {
  readonly path: string;
  readonly size: number;
  readonly files: number;
}

/** What one line left out. */
interface LeftOut extends Omit<IgnoredRecord, "path"> {
  readonly paths: readonly string[];
}

/** Adds the command to the program. */
export function files(program: Command): void {
  program
    .command("files")
    .summary("list the largest files and directories that an image uploads, and what was left out")
    .description(
      "Lists the largest files and directories that an image uploads, and what was left out, by the line that did it. A file that the image uses twice counts once.",
    )
    .argument("[file-or-name]", FILE_OR_NAME)
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--top <number>", "how many of each", whole, 10)
    .option("--json", "print the result as JSON; of what was left out, all")
    .addHelpText("after", examples("npx pithy-image files", "npx pithy-image files agent --top 50"))
    .action(run);
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected a number from 1 on.");
  return Number(text);
}

const run = (fileOrName: string | undefined, options: Options): Promise<void> =>
  interruptible((signal) => list(fileOrName, options, signal));

async function list(fileOrName: string | undefined, { root, top, json }: Options, signal: AbortSignal): Promise<void> {
  const path = find(fileOrName, "files");
  const resolved = await resolveImage((await load(path, signal)).image, rootOf(path, root), {
    snapshotRef: false,
    signal,
  });
  const all = uploaded(resolved);
  const sources = new Set(resolved.sources.map(({ path }) => path));
  const result = {
    root: resolved.root,
    files: all.length,
    size: sum(all),
    largestFiles: largest(all, top).map(({ path, size }) => ({ path, size })),
    largestDirectories: largest(directories(all.filter(({ path }) => isLocal(path, sources))), top),
    leftOut: leftOut(resolved.ignored),
  };
  if (json) printJson(result);
  else print(text(result, top));
}

/** Each file once, however many instructions copy it. */
function uploaded({ files }: ResolvedImage): Sized[] {
  const all = files.filter(({ kind }) => kind === "file");
  const each = new Map(all.map(({ path, size, digest }) => [`${digest} ${path}`, { path, size, files: 1 }]));
  return [...each.values()];
}

/** Whether a path is one of the sources, or below one; otherwise the content is in the definition. */
function isLocal(path: string, sources: ReadonlySet<string>): boolean {
  if (sources.has(".") || sources.has(path)) return !path.startsWith("/");
  return [...path.matchAll(/\//g)].some(({ index }) => sources.has(path.slice(0, index)));
}

const sum = (all: readonly Sized[]): number => all.reduce((total, { size }) => total + size, 0);

/** The largest first; of equal ones, in the order of their paths. */
const largest = (all: readonly Sized[], top: number): Sized[] =>
  all.toSorted((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1)).slice(0, top);

/** The local directories; not those that hold nothing but another one. */
function directories(files: readonly Sized[]): Sized[] {
  const found = new Map<string, Sized>();
  for (const { path, size } of files) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const directory = path.slice(0, end + 1);
      const before = found.get(directory) ?? { size: 0, files: 0 };
      found.set(directory, { path: directory, size: before.size + size, files: before.files + 1 });
    }
  }
  const wrappers = new Set<string>();
  for (const { path, files } of found.values()) {
    const above = path.slice(0, path.lastIndexOf("/", path.length - 2) + 1);
    if (found.get(above)?.files === files) wrappers.add(above);
  }
  return [...found.values()].filter(({ path }) => !wrappers.has(path));
}

function leftOut(ignored: readonly IgnoredRecord[]): LeftOut[] {
  const lines = new Map<string, { rule: Omit<IgnoredRecord, "path">; paths: Set<string> }>();
  for (const { path, ...rule } of ignored) {
    const line = lines.get(ruleOf(rule)) ?? { rule, paths: new Set() };
    lines.set(ruleOf(rule), { rule, paths: line.paths.add(path) });
  }
  return [...lines.values()].map(({ rule, paths }) => ({ ...rule, paths: [...paths] }));
}

interface Listed {
  readonly root?: string | undefined;
  readonly files: number;
  readonly size: number;
  readonly largestFiles: readonly { readonly path: string; readonly size: number }[];
  readonly largestDirectories: readonly Sized[];
  readonly leftOut: readonly LeftOut[];
}

function text(listed: Listed, top: number): string {
  const size = (size: number) => bytes(size).padStart(11);
  const below = listed.root === undefined ? "" : `, below ${inline(listed.root)}`;
  return [
    `${count(listed.files)}, ${bytes(listed.size)}${below}\n`,
    section(
      "largest files",
      listed.largestFiles.map((file) => `${size(file.size)}  ${inline(file.path)}`),
    ),
    section(
      "largest directories",
      listed.largestDirectories.map((each) => `${size(each.size)}  ${inline(each.path)}  ${count(each.files)}`),
    ),
    section(
      "left out",
      listed.leftOut.flatMap(({ paths, ...rule }) => [inline(`  ${ruleOf(rule)}`), ...some(paths, top)]),
    ),
  ]
    .filter(Boolean)
    .join("\n");
}

const count = (files: number): string => (files === 1 ? "1 file" : `${files} files`);

/** The first of some paths, and how many more there are. */
function some(paths: readonly string[], top: number): string[] {
  const shown = paths.slice(0, top).map((path) => `    ${inline(path)}`);
  return paths.length > top ? [...shown, `    and ${paths.length - top} more`] : shown;
}
