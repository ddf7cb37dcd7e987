/** The application's modules of images: what they are called, where they are, and the images that they have. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import type { ImageBuilder } from "../image/builder.ts";
import type { SnapshotNameOptions } from "../shared/types.ts";
import { applicationPackage, type PackageJson } from "./package-json.ts";
import { UsageError } from "./usage-error.ts";

/** Where an image is looked for when package.json names none. */
export const CONVENTION = "daytona/image.ts";

/** What the parts of a snapshot's name may be made of. */
const NAME = /^[a-zA-Z0-9_.-]+$/;

/** An image of the application. */
export interface NamedImage {
  readonly name: string;
  /** The absolute path of its module. */
  readonly path: string;
  /** What the names of its snapshots begin with: the package's name, and its own where there are several. */
  readonly prefix: string;
}

/** What a module has. */
export interface ImageModule {
  readonly image: ImageBuilder;
  /** The machine that the image's snapshot is for; the core says what is wrong with it. */
  readonly snapshot: Pick<SnapshotNameOptions, "resources" | "region" | "sandboxClass">;
}

/** All images of the application: those that the field `pithyImage` of package.json names, or the one by convention. */
export const images = (): NamedImage[] => declared().map((image) => ({ ...image, path: moduleAt(image.path) }));

/** One image of the application by its name, or all of them. */
export function chosen(name: string | undefined): NamedImage[] {
  const all = images();
  const found = name === undefined ? all : all.filter((image) => image.name === name);
  if (found.length > 0) return found;
  const list = all.map((image) => `\`${image.name}\``).join(", ");
  throw new UsageError(`There is no image called ${name}. The images: ${list}.`);
}

/** The names to choose from, where there is more than one image. */
export const names = (): string[] => {
  const all = declared().map(({ name }) => name);
  return all.length > 1 ? all : [];
};

/** The module of one image: a file, or the name of an image; when neither is given, the only image that there is. */
export function find(fileOrName: string | undefined): string {
  if (fileOrName !== undefined && isFile(resolve(fileOrName))) return resolve(fileOrName);
  const all = declared();
  const list = all.map(({ name }) => `\`${name}\``).join(", ");
  if (fileOrName === undefined) {
    const [only, another] = all;
    if (only && !another) return moduleAt(only.path);
    throw new UsageError(`There are ${all.length} images: ${list}. Say which.`);
  }
  const named = all.find(({ name }) => name === fileOrName);
  if (named) return moduleAt(named.path);
  if (all.length > 1 && !existsSync(fileOrName)) {
    throw new UsageError(`There is neither an image nor a file called ${fileOrName}. The images: ${list}.`);
  }
  return moduleAt(fileOrName);
}

/** The images by their names, with their paths as they were written. */
function declared(): NamedImage[] {
  const manifest = applicationPackage();
  const name = packageName(manifest);
  const field = manifest?.pithyImage;
  if (field === undefined) return [{ name, path: CONVENTION, prefix: name }];
  if (typeof field === "string") return [{ name, path: field, prefix: name }];
  if (typeof field !== "object" || field === null || Array.isArray(field)) {
    throw new UsageError('The field "pithyImage" of package.json is neither a path nor paths by names of images.');
  }
  const all = Object.entries(field).map(([key, path]: [string, unknown]) => namedImage(key, path, name));
  if (all.length > 0) return all;
  throw new UsageError('The field "pithyImage" of package.json names no image. Leave it out, or name one.');
}

function namedImage(name: string, path: unknown, packageName: string): NamedImage {
  const place = 'in the field "pithyImage" of package.json';
  if (!NAME.test(name)) {
    throw new UsageError(`\`${name}\` ${place} is no name of an image. Use letters, digits, \`-\`, \`_\` and \`.\`.`);
  }
  if (typeof path === "string" && path !== "") return { name, path, prefix: `${packageName}/${name}` };
  throw new UsageError(`\`${name}\` ${place} is not a path.`);
}

/** The name of an image that has none of its own: that of the package, without its scope. */
export function packageName(manifest: PackageJson | undefined): string {
  const name = typeof manifest?.name === "string" ? manifest.name.replace(/^@.*\//, "") : "";
  return NAME.test(name) ? name : "image";
}

/** The absolute path of a module that is there. */
function moduleAt(named: string): string {
  const path = resolve(named);
  if (isFile(path)) return path;
  if (existsSync(path)) throw new UsageError(`${path} is not a file. Name the module of the image.`);
  const how = "Write one there: `pithy-image init`; or name its module: `pithy-image show <file>`.";
  throw new UsageError(`There is no ${path}. ${named === CONVENTION ? how : "Correct the path."}`);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The exports of a module, in TypeScript or JavaScript; a default export that is a function is called for the image. */
export async function load(path: string): Promise<ImageModule> {
  const jiti = createJiti(pathToFileURL(path).href, { fsCache: false, moduleCache: false, interopDefault: false });
  const module = await jiti.import<{ default?: unknown; snapshot?: unknown }>(path).catch((error: unknown) => {
    throw isUnloadable(error) ? new UsageError(`${path} cannot be loaded.\n${error.message}`) : error;
  });
  const image: unknown = await (typeof module.default === "function" ? module.default() : module.default);
  if (isImage(image)) return { image, snapshot: snapshotOf(path, module.snapshot) };
  throw new UsageError(`${path} has no image. Make it the default export: \`export default Image.debianSlim()…\`.`);
}

function snapshotOf(path: string, exported: unknown): ImageModule["snapshot"] {
  if (exported === undefined) return {};
  if (typeof exported === "object" && exported !== null && !Array.isArray(exported)) return exported;
  throw new UsageError(
    `The export \`snapshot\` of ${path} is no object with \`resources\`, \`region\`, \`sandboxClass\`.`,
  );
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
