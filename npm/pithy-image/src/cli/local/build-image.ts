/** Builds an image with an engine of this machine, unless the engine has it. */
import { builtInstructions } from "../../daytona/built-instructions.ts";
import type { ResolvedImage } from "../../image/resolved.ts";
import { describeProblem } from "../../shared/errors.ts";
import { find, imageAt, load, rootOf } from "../module.ts";
import { isQuiet, isRedrawable, printError, printProgress } from "../print.ts";
import { withProgress } from "../progress.ts";
import { buildFailed } from "./build-failed.ts";
import { BuildReport, type Show } from "./build-report.ts";
import { chooseEngine } from "./choose.ts";
import { differencesIn, differencesOf, PLATFORM } from "./differences.ts";
import type { Engine, LocalImage } from "./engine.ts";
import type { BuildOptions } from "./options.ts";

/** An image that an engine has now. */
export interface Built {
  readonly engine: Engine;
  readonly tag: string;
  readonly image: LocalImage;
  readonly resolved: ResolvedImage;
  /** Whether it was built, or was there. */
  readonly isNew: boolean;
  /** What Daytona does differently. */
  readonly differences: readonly string[];
}

/** Builds the image of a file or a name for a command. What happens is printed to the standard error. */
export async function buildImage(
  command: "build" | "run",
  fileOrName: string | undefined,
  options: BuildOptions,
  signal: AbortSignal,
): Promise<Built> {
  const path = find(fileOrName, command);
  const { image } = await load(path, signal);
  const root = rootOf(path, options.root);
  const resolved = await withProgress((onProgress) => image.resolve({ root, signal, onProgress }));
  const engine = await chooseEngine(options.engine);
  const tag = tagOf(imageAt(path).name, resolved, options.platform);
  const there = options.cache && !options.pull ? await engine.inspect(tag) : undefined;
  if (!there) {
    printProgress(`Building \`${tag}\` with ${engine.description} (${engine.name}).\n`);
    await withProgress((onProgress) => resolved.pack({ signal, onProgress }));
    await build(engine, tag, resolved, options, signal);
  }
  const found = there ?? (await engine.inspect(tag));
  if (!found) throw new Error(`${engine.description} built the image, but does not have \`${tag}\`.`);
  const differences = [...differencesOf(engine, options.platform), ...differencesIn(found, resolved)];
  if (!isQuiet()) describe(tag, !there, resolved, differences);
  return { engine, tag, image: found, resolved, isNew: !there, differences };
}

async function build(
  engine: Engine,
  tag: string,
  resolved: ResolvedImage,
  { platform, network, pull, cache }: BuildOptions,
  signal: AbortSignal,
): Promise<void> {
  const report = new BuildReport(resolved, shownAs());
  try {
    const isBuilt = await engine.build({
      ...{ tag, platform, pull: pull ?? false, cache, bases: basesOf(resolved), signal },
      network: network === "none" || network === "host" || network === "default" ? network : undefined,
      context: () => resolved.contextTar({ signal }),
      isStep: (line) => report.begins(line),
      onEvent: (event) => report.take(event),
    });
    if (!isBuilt) throw buildFailed(engine.description, resolved, report);
  } finally {
    report.end();
  }
}

const shownAs = (): Show => {
  if (isQuiet()) return "nothing";
  return isRedrawable() ? "live" : "lines";
};

function describe(tag: string, isNew: boolean, { findings }: ResolvedImage, differences: readonly string[]): void {
  printError(isNew ? `Built \`${tag}\`.\n` : `\`${tag}\` is already built.\n`);
  const others = findings.filter(({ code }) => code !== "ignored_by_daytona").map(describeProblem);
  if (others.length > 0) printError(`Worth a look:\n${others.join("\n")}\n`);
  if (differences.length > 0)
    printError(`On Daytona:\n${differences.map((each) => each.replace(/^ */, "  ")).join("\n")}\n`);
}

/** Digits of the digest in a tag. */
const DIGITS = 16;

/** `pithy-image/<name>:<digits of the image's digest>`; of another platform than Daytona's, with its architecture. */
function tagOf(name: string, { imageDigest }: ResolvedImage, platform: string): string {
  const repository =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "image";
  const [, ...architecture] = platform === PLATFORM ? [] : platform.split("/");
  return `pithy-image/${repository}:${[imageDigest.slice("sha256:".length).slice(0, DIGITS), ...architecture].join("-")}`;
}

/** The images that a Dockerfile begins with or copies from, as far as their names have no variables. */
function basesOf(resolved: ResolvedImage): string[] {
  const all = builtInstructions(resolved);
  const stages = new Set(all.map(({ stage }) => stage));
  const named = all.flatMap(({ keyword, rest }) => {
    const [, base] = (keyword === "FROM" ? /^(?:--\S+\s+)*(\S+)/ : /--from=(\S+)/).exec(rest) ?? [];
    return base === undefined || (keyword !== "FROM" && keyword !== "COPY") ? [] : [base];
  });
  const isImage = (name: string) =>
    name !== "scratch" && !name.includes("$") && !/^\d+$/.test(name) && !stages.has(name.toLowerCase());
  return [...new Set(named)].filter(isImage);
}
