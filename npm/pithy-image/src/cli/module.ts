/** The application's module: where it is, and the image that it has. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import type { ImageBuilder } from "../builder.ts";
import { UsageError } from "./usage-error.ts";

/** Where an image is looked for when no file is given. */
const CONVENTION = "daytona/image.ts";

/** The module of the application's image. */
export function find(file: string | undefined): string {
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
export async function load(path: string): Promise<ImageBuilder> {
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
