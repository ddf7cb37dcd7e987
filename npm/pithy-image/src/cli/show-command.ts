/** `pithy-image show`: shows an image in the terminal, as JSON, or as a page. */
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { PageImage } from "../../../pithy-image-preview/src/protocol.ts";
import { prepared } from "../../../pithy-image-preview/src/spec.ts";
import { buildPithyJauntImage } from "../image/preset.ts";
import { fail } from "./envelope.ts";
import { examples, FILE_OR_NAME } from "./help.ts";
import { policyOf } from "./lint/policy.ts";
import { interruptible } from "./local/interrupt.ts";
import { fileImage, find, imageAt, images, load, type NamedImage, names, resolveImage, rootOf } from "./module.ts";
import { open } from "./open.ts";
import { pageMaker, type Shown, type ShownImage, throwError } from "./page/data.ts";
import { serve } from "./page/serve.ts";
import { isSingleFile, writeSingleFile } from "./page/single-file.ts";
import { writeSite } from "./page/site.ts";
import { editorLink, repositoryLink } from "./page/source-link.ts";
import { print, printError, printJson } from "./print.ts";
import { describe } from "./text.ts";
import { USAGE, UsageError } from "./usage-error.ts";

interface Options {
  root?: string;
  json?: true;
  web?: true;
  port: number;
  open: boolean;
  out?: string;
  baseline?: string;
  demo?: true;
}

/** Adds the command to the program. */
export function show(program: Command): void {
  program
    .command("show")
    .summary("show an image: its Dockerfile, what is uploaded, and its names")
    .description(
      "Shows an image: its Dockerfile, what is uploaded, and its names. With --web and --out it shows all images of the application, unless one is named.",
    )
    .argument("[file-or-name]", FILE_OR_NAME)
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .addOption(new Option("--json", "everything as JSON").conflicts(["web", "out"]))
    .addOption(
      new Option("--web", "in the browser, updated whenever the module or a file below the root changes").conflicts(
        "out",
      ),
    )
    .option("--port <number>", "the port of --web on 127.0.0.1; 0 is a free one", port, 0)
    .option("--no-open", "do not open a browser with --web")
    .option(
      "--out <path>",
      "write it: as one file if the path ends in `.html`, otherwise as a static site into a directory",
    )
    .option(
      "--baseline <what>",
      "for --web and --out, what it is compared with, as in `plan --against`: `lock`, a commit, a file, or `snapshot:<name>`",
    )
    .option("--demo", "the image of Pithy Jaunt, with the files of the example")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image show",
        "npx pithy-image show lib/image.ts --json",
        "npx pithy-image show --web",
        "npx pithy-image show --out page.html --baseline origin/main",
        "npx pithy-image show --demo",
      ),
    )
    .action(run);
}

function port(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("Expected a number.");
  if (Number(text) > 65_535) throw new InvalidArgumentError("The highest port is 65535.");
  return Number(text);
}

async function run(fileOrName: string | undefined, options: Options, command: Command): Promise<void> {
  checkUsage(fileOrName, options, command);
  const { web, out, json, baseline, demo } = options;
  const images = shownImages(fileOrName, options);
  const shown = { images, baseline, areAll: fileOrName === undefined && !demo };
  if (web) return serveUntilStopped({ ...shown, sourceLink: editorLink() }, options);
  await interruptible(async (signal) => {
    if (out !== undefined) return writeOut(out, { ...shown, sourceLink: repositoryLink() }, signal);
    for (const { load, root } of images) {
      const resolved = await resolveImage(await load(signal), root, { signal });
      if (json) printJson(resolved);
      else print(describe(resolved, resolved.lint(policyOf())));
    }
  });
}

/** What is shown: the page has all images of the application unless one is named. */
function shownImages(fileOrName: string | undefined, options: Options): ShownImage[] {
  if (options.demo) return [ofDemo(options.root)];
  return namedImages(fileOrName, options).map((image) => ofModule(image, options.root));
}

function namedImages(fileOrName: string | undefined, { web, out, baseline }: Options): NamedImage[] {
  if ((web || out !== undefined) && fileOrName === undefined && names().length > 0) return images();
  const path = find(fileOrName, "show");
  return [baseline === undefined ? fileImage(path) : imageAt(path)]; // a baseline has images by their names
}

/** Refuses options that would have no effect. */
function checkUsage(fileOrName: string | undefined, { demo, web, out, baseline }: Options, command: Command): void {
  const isGiven = (name: string) => command.getOptionValueSource(name) === "cli";
  if (demo && fileOrName !== undefined) throw new UsageError("`--demo` has its own image: leave the file out.", USAGE);
  if (!web && isGiven("port")) throw new UsageError("`--port` is only for `--web`.", USAGE);
  if (!web && isGiven("open")) throw new UsageError("`--no-open` is only for `--web`.", USAGE);
  if (!web && out === undefined && baseline !== undefined) {
    throw new UsageError("`--baseline` requires `--web` or `--out`.", USAGE);
  }
}

const ofModule = (image: NamedImage, root: string | undefined): ShownImage => ({
  ...image,
  load: async (signal) => (await load(image.path, signal)).image,
  title: titleOf(image.path),
  root: rootOf(image.path, root),
});

/** A module below the current directory by its path: where another one is would tell about this machine. */
function titleOf(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith("..") ? basename(path) : below;
}

const ofDemo = (root: string | undefined): ShownImage => {
  const directory = fileURLToPath(new URL("../../demo/", import.meta.url));
  return {
    name: "pithy-jaunt",
    path: join(directory, "daytona/image.ts"),
    prefix: undefined,
    load: async () => buildPithyJauntImage(),
    title: "Pithy Jaunt",
    root: resolve(root ?? directory),
  };
};

async function writeOut(path: string, shown: Shown, signal: AbortSignal): Promise<void> {
  const spec = await pageMaker(shown, throwError)(signal);
  if (isSingleFile(path)) {
    writeSingleFile(resolve(path), spec);
    print(`Wrote ${path}.\n`);
  } else {
    writeSite(resolve(path), spec);
    print(`Wrote ${path}. Browsers can only open it from a server: \`npx serve ${path}\`.\n`);
  }
  const images = spec.images ?? [spec];
  await warnOfOwn(path, shown, images, signal);
  complain("problems", images.filter(hasProblems));
  complain(
    "a baseline that cannot be loaded",
    images.filter(({ error }) => error !== undefined),
  );
}

/** Says so if what was written is a part of an image, which is another one then. */
async function warnOfOwn(
  path: string,
  { images }: Shown,
  made: readonly PageImage[],
  signal: AbortSignal,
): Promise<void> {
  for (const [index, { root, load }] of images.entries()) {
    const { spec, title } = made[index] ?? {};
    const resolved = spec && prepared(spec).resolved;
    const sources = resolved?.contexts.flatMap(({ source }) => source ?? []) ?? [];
    if (!sources.some((source) => isBelow(resolve(path), resolve(root, source)))) continue;
    const { imageDigest } = await resolveImage(await load(signal), root, { signal, snapshotRef: false });
    if (imageDigest === resolved?.imageDigest) continue;
    printError(
      `${path} is a part of ${title} now, which changes it. Name it in .dockerignore, or write it elsewhere.\n`,
    );
  }
}

const isBelow = (path: string, directory: string): boolean => !/^\.\.(?:[\\/]|$)/.test(relative(directory, path));

/** Fails with what some images have, which the page shows. */
function complain(what: string, images: readonly PageImage[]): void {
  if (images.length === 0) return;
  const message = `${images.map(({ title }) => title).join(", ")}: ${what}; see the page.`;
  fail("problems_found", message);
  printError(`${message}\n`);
}

const hasProblems = ({ spec }: PageImage): boolean => spec !== undefined && (prepared(spec).problems ?? []).length > 0;

/** Serves until the process is stopped. */
async function serveUntilStopped(shown: Shown, options: Options): Promise<void> {
  const watched = shown.images.flatMap(({ root, path }) => [root, dirname(path)]);
  const served = await serve(shown, watched, options.port);
  print(`${served.url}\n`);
  if (options.open && process.stdout.isTTY) open(served.url);
  // The watcher may keep the process alive if a directory was removed while it was closing.
  const stop = () => void served.close().finally(() => process.exit());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
}
