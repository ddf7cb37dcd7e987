/** `pithy-image files`: the largest files and directories that an image uploads, and what was left out, by which line. */
import { isAbsolute, relative } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { withSizes } from "../../../pithy-image-preview/src/server/left-out.ts";
import type { LeftOut } from "../../../pithy-image-preview/src/spec.ts";
import { bytes } from "../../../pithy-image-preview/src/text/quantity.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import type { IgnoredRecord, StepRecord } from "../shared/wire.generated.ts";
import { examples, FILE_OR_NAME } from "./help.ts";
import { interruptible } from "./local/interrupt.ts";
import { find, load, resolveImage, rootOf } from "./module.ts";
import { inline, print, printJson } from "./print.ts";
import { ruleOf, section } from "./text.ts";

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
  /** True for a file whose content is in the definition: its path is that in the image. */
  readonly inline?: boolean | undefined;
}

/** What one line left out. */
interface LeftOutByLine extends Pick<IgnoredRecord, "file" | "line" | "pattern"> {
  /** Of which calls. */
  readonly steps: readonly Step[];
  readonly paths: readonly LeftOutPath[];
}

/** A file or directory that was left out. */
interface LeftOutPath extends Sized {
  /** Present if a part of it could not be read. */
  readonly isPart?: true;
}

/** A call of the image's module. */
interface Step extends Pick<StepRecord, "step" | "call"> {
  readonly callSite?: string | undefined;
}

/** Adds the command to the program. */
export function files(program: Command): void {
  program
    .command("files")
    .summary("list the largest files and directories that an image uploads, and what was left out")
    .description(
      "Lists the largest files and directories that an image uploads, and what was left out, by the line that did it and of which call. A file that the image uses twice counts once.",
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
  const result = {
    root: resolved.root,
    files: all.length,
    size: sum(all),
    largestFiles: largest(all, top).map(({ path, size, inline }) => ({ path, size, inline })),
    largestDirectories: largest(directories(all.filter(({ inline }) => !inline)), top),
    leftOut: leftOut(resolved, await withSizes(resolved, Number.POSITIVE_INFINITY, signal)),
  };
  if (json) printJson(result);
  else print(text(result, top));
}

/** Each file once, however many instructions copy it. */
function uploaded({ files }: ResolvedImage): Sized[] {
  const all = files.filter(({ kind }) => kind === "file");
  const sized = all.map((file): [string, Sized] => {
    const { path, size, digest, inline } = file;
    return [`${digest} ${inline ?? false} ${path}`, { path, size, files: 1, inline }];
  });
  return [...new Map(sized).values()];
}

const sum = (all: readonly Sized[]): number => all.reduce((total, { size }) => total + size, 0);

/** The largest first; of equal ones, in the order of their paths. */
const largest = <Each extends Sized>(all: readonly Each[], top: number): Each[] =>
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

/** What each line left out, the largest first; what it left out of several steps alike is listed once. */
function leftOut(resolved: ResolvedImage, ignored: readonly LeftOut[]): LeftOutByLine[] {
  const alike = new Map<string, LeftOutByLine>();
  for (const { step, paths, ...rule } of leftOutOfSteps(ignored)) {
    const key = JSON.stringify([rule, paths]);
    const steps = alike.get(key)?.steps ?? [];
    alike.set(key, { ...rule, steps: [...steps, stepOf(step, resolved)], paths });
  }
  return [...alike.values()];
}

/** What each line left out of each step. */
function leftOutOfSteps(ignored: readonly LeftOut[]) {
  const lines = new Map<string, { rule: Omit<IgnoredRecord, "path">; paths: Map<string, LeftOutPath> }>();
  for (const { path, size = 0, files = 0, isPart, ...rule } of ignored) {
    const key = `${rule.step} ${ruleOf(rule)}`;
    const { paths } = lines.get(key) ?? { paths: new Map<string, LeftOutPath>() };
    lines.set(key, { rule, paths: paths.set(path, { path, size, files, ...(isPart && { isPart }) }) });
  }
  return [...lines.values()].map(({ rule, paths }) => ({ ...rule, paths: largest([...paths.values()], paths.size) }));
}

function stepOf(pointer: string, resolved: ResolvedImage): Step {
  const call = resolved.steps.find(({ step }) => step === pointer)?.call ?? "";
  return { step: pointer, call, callSite: resolved.callSiteOf(pointer) };
}

interface Listed {
  readonly root?: string | undefined;
  readonly files: number;
  readonly size: number;
  readonly largestFiles: readonly Omit<Sized, "files">[];
  readonly largestDirectories: readonly Sized[];
  readonly leftOut: readonly LeftOutByLine[];
}

function text(listed: Listed, top: number): string {
  const size = (size: number) => bytes(size).padStart(11);
  const below = listed.root === undefined ? "" : `, below ${inline(listed.root)}`;
  return [
    `${count(listed.files)}, ${bytes(listed.size)}${below}\n`,
    section(
      "largest files",
      listed.largestFiles.map((file) => `${size(file.size)}  ${inline(file.path)}${file.inline ? "  (inline)" : ""}`),
    ),
    section(
      "largest directories",
      listed.largestDirectories.map((each) => `${size(each.size)}  ${inline(each.path)}  ${count(each.files)}`),
    ),
    section(
      "left out",
      listed.leftOut.flatMap(({ steps, paths, ...rule }) => [
        inline(`  ${ruleOf(rule)}  of ${steps.map(called).join(", ")}`),
        ...some(paths, top, size),
      ]),
    ),
  ]
    .filter(Boolean)
    .join("\n");
}

/** The call and its place; that of an image from JSON is its pointer. */
const called = ({ step, call, callSite }: Step): string => `${call} ${callSite === undefined ? step : near(callSite)}`;

/** A place, relative to the current directory if it is a path. */
const near = (place: string): string => (isAbsolute(place) ? relative(process.cwd(), place) : place);

const count = (files: number): string => (files === 1 ? "1 file" : `${files} files`);

/** The first of some paths, and how many more there are. */
function some(paths: readonly LeftOutPath[], top: number, sizeText: (size: number) => string): string[] {
  const shown = paths.slice(0, top).map(({ path, size, files, isPart }) => {
    const below = path.endsWith("/") ? `  ${isPart ? "over " : ""}${count(files)}` : "";
    return `${sizeText(size)}  ${inline(path)}${below}`;
  });
  return paths.length > top ? [...shown, `    and ${paths.length - top} more`] : shown;
}
