import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";
import type { ImageBuilder } from "./builder.ts";
import { describeProblem } from "./error.ts";
import { buildPithyJauntImage } from "./preset.ts";
import type { ResolvedImage } from "./resolved.ts";

const HELP = `pithy-image show [file]   prints an image: its Dockerfile, what is sent, and its names

  file           a module whose default export is an image; when not given, the path in
                 the field "pithyImage" of package.json, or else daytona/image.ts
  --root <dir>   where local paths start; PITHY_IMAGE_ROOT or the current directory when not given
  --json         everything as JSON
  --demo         the image of Pithy Jaunt, on the example's own files

Examples
  npx pithy-image show
  npx pithy-image show lib/image.ts --json
  npx pithy-image show --demo
`;

/** Where an image is looked for when no file is given. */
const CONVENTION = "daytona/image.ts";

/** A mistake in the call of the program. */
class UsageError extends Error {}

async function main(args: string[]): Promise<void> {
  const { values, positionals } = parse(args);
  const [command, file, surplus] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
    return;
  }
  if (command !== "show") throw new UsageError(`Unknown command: ${command}. There is \`show\`.`);
  if (surplus !== undefined) throw new UsageError(`One file at a time: ${surplus} is one too many.`);
  if (values.demo && file !== undefined) throw new UsageError("--demo shows an image of its own: leave the file out.");
  const image = values.demo ? buildPithyJauntImage() : await load(find(file));
  const root = values.root ?? (values.demo ? fileURLToPath(new URL("../../demo/", import.meta.url)) : undefined);
  const resolved = await image.resolve({ root });
  process.stdout.write(values.json ? `${JSON.stringify(resolved, null, 2)}\n` : describe(resolved));
}

function parse(args: string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { root: { type: "string" }, json: flag, demo: flag, help: { ...flag, short: "h" } },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The module of the application's image. */
function find(file: string | undefined): string {
  const named = file ?? packageField();
  const path = resolve(named ?? CONVENTION);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return path;
  if (found) throw new UsageError(`${path} is not a file. Name the module of the image.`);
  const hint = named ? "Correct the path." : "Write an image there, or name its module: `pithy-image show <file>`.";
  throw new UsageError(`There is no ${path}. ${hint}`);
}

function packageField(): string | undefined {
  if (!existsSync("package.json")) return undefined;
  const field: unknown = packageJson()?.pithyImage;
  if (field === undefined || typeof field === "string") return field;
  throw new UsageError('The field "pithyImage" of package.json is not a path.');
}

function packageJson(): { pithyImage?: unknown } | null {
  try {
    return JSON.parse(readFileSync("package.json", "utf8"));
  } catch (error) {
    throw new UsageError(`package.json cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}

/** The default export of a module, in TypeScript or JavaScript; a function is called for it. */
async function load(path: string): Promise<ImageBuilder> {
  const jiti = createJiti(pathToFileURL(path).href, { fsCache: false, moduleCache: false, interopDefault: false });
  const module = await jiti.import<{ default?: unknown }>(path).catch((error: unknown) => {
    throw isUnloadable(error) ? new UsageError(`${path} cannot be loaded.\n${error.message}`) : error;
  });
  const value: unknown = await (typeof module.default === "function" ? module.default() : module.default);
  if (isImage(value)) return value;
  throw new UsageError(`${path} has no image. Make it the default export: \`export default Image.debianSlim()…\`.`);
}

/** What its author sees without a stack: the text is no module, or names one that is not there. */
function isUnloadable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const isMissing = ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(String(Reflect.get(error, "code")));
  return isMissing || error.name === "SyntaxError" || error.message.startsWith("ParseError");
}

/** The module may have a copy of this package of its own. */
function isImage(value: unknown): value is ImageBuilder {
  return typeof value === "object" && value !== null && "resolveSync" in value && "toJSON" in value;
}

function describe(resolved: ResolvedImage): string {
  const contexts = resolved.contexts.map(
    ({ archivePath, size, source }) => `  ${archivePath}  ${bytes(size)}  ${source ?? "(inline)"}`,
  );
  const ignored = resolved.ignored.map(
    ({ path, file, line, pattern }) => `  ${path}  ${file ?? "exclude"}:${line}  ${pattern}`,
  );
  const findings = resolved.findings.map(describeProblem);
  const names = [
    `root          ${resolved.root ?? "(no local files)"}`,
    `image digest  ${resolved.imageDigest}`,
    `snapshot ref  ${resolved.snapshotRef}`,
  ];
  const sent = contexts.length ? contexts : ["  (nothing)"];
  const parts = [resolved.dockerfile, section("contexts", sent), section("ignored", ignored)];
  return [...parts, section("findings", findings), `${names.join("\n")}\n`].filter(Boolean).join("\n");
}

/** A heading and its lines; nothing if there are none. */
const section = (heading: string, lines: string[]): string =>
  lines.length ? `${[heading, ...lines].join("\n")}\n` : "";

function bytes(size: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const unit = Math.min(Math.floor(Math.log2(Math.max(size, 1)) / 10), units.length - 1);
  return `${unit === 0 ? size : (size / 1024 ** unit).toFixed(1)} ${units[unit]}`;
}

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError || (error instanceof Error && error.name === "PithyImageError");
  process.stderr.write(`${usage ? (error as Error).message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = usage ? 2 : 1;
});
