/** The application's image modules: their names, their paths, and the images that they export. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { ancestors } from "../core/local-path.ts";
import type { ImageBuilder } from "../image/builder.ts";
import type { SnapshotNameOptions } from "../shared/types.ts";
import { importModule } from "./import-module.ts";
import { applicationPackage, type PackageJson } from "./package-json.ts";
import { UsageError } from "./usage-error.ts";

/** The path of the image if package.json names none. */
export const CONVENTION = "daytona/image.ts";

/** The allowed characters in the parts of a snapshot's name. */
const NAME = /^[a-zA-Z0-9_.-]+$/;
const PACKAGE = /^(?:@[a-zA-Z0-9_.-]+\/)?[a-zA-Z0-9_.-]+$/;

/** An image of the application. */
export interface NamedImage {
  readonly name: string;
  /** The absolute path of its module. */
  readonly path: string;
  /**
   * The prefix of the names of its snapshots: the package's name with its scope, and the image's own if there are several. None
   * if the package has no name: then it is nobody's.
   */
  readonly prefix: string | undefined;
}

/** The exports of an image module. */
export interface ImageModule {
  readonly image: ImageBuilder;
  /** The machine of the image's snapshot; the core checks it. */
  readonly snapshot: Pick<SnapshotNameOptions, "resources" | "region" | "sandboxClass">;
}

/** The root of an image's local paths: what is asked for, or the package of its module, or the current directory above it. */
export function rootOf(path: string, asked: string | undefined): string {
  const root = asked ?? (process.env.PITHY_IMAGE_ROOT || undefined);
  if (root !== undefined) return resolve(root);
  const isHome = (directory: string) => directory === process.cwd() || existsSync(join(directory, "package.json"));
  return ancestors(dirname(path)).find(isHome) ?? process.cwd();
}

/** All images of the application: those in the field `pithyImage` of package.json, or the one at the conventional path. */
export const images = (): NamedImage[] => declared().map((image) => ({ ...image, path: moduleAt(image.path) }));

/** Whether the application has any. */
export const hasImages = (): boolean => applicationPackage()?.pithyImage !== undefined || isFile(CONVENTION);

/** One image of the application by its name, or all of them. */
export function chosen(name: string | undefined): NamedImage[] {
  const all = images();
  const found = name === undefined ? all : all.filter((image) => image.name === name);
  if (found.length > 0) return found;
  const list = all.map((image) => `\`${image.name}\``).join(", ");
  throw new UsageError(`There is no image \`${name}\`. The images are: ${list}.`);
}

/** The names to choose from, if there is more than one image. */
export const names = (): string[] => {
  const all = declared().map(({ name }) => name);
  return all.length > 1 ? all : [];
};

/** The module of one image, given as a file or a name; the only image if neither is given. */
export function find(fileOrName: string | undefined): string {
  if (fileOrName !== undefined && isFile(resolve(fileOrName))) return resolve(fileOrName);
  const all = declared();
  const list = all.map(({ name }) => `\`${name}\``).join(", ");
  if (fileOrName === undefined) {
    const [only, another] = all;
    if (only && !another) return moduleAt(only.path);
    throw new UsageError(`There are ${all.length} images: ${list}. Name one of them.`);
  }
  const named = all.find(({ name }) => name === fileOrName);
  if (named) return moduleAt(named.path);
  if (all.length > 1 && !existsSync(fileOrName)) {
    throw new UsageError(`There is no image or file \`${fileOrName}\`. The images are: ${list}.`);
  }
  return moduleAt(fileOrName);
}

/** The name of the image of a module: that in package.json, or else of the file. */
export const nameOf = (path: string): string =>
  declared().find((image) => resolve(image.path) === path)?.name ?? parse(path).name;

/** The images with their paths as written. */
function declared(): NamedImage[] {
  const manifest = applicationPackage();
  const prefix = prefixOf(manifest);
  const name = prefix?.replace(/^.*\//, "") ?? "image";
  const field = manifest?.pithyImage;
  if (field === undefined) return [{ name, path: CONVENTION, prefix }];
  if (typeof field === "string") return [{ name, path: field, prefix }];
  if (typeof field !== "object" || field === null || Array.isArray(field)) {
    throw new UsageError('The field "pithyImage" of package.json must be a path, or an object of paths.');
  }
  const all = Object.entries(field).map(([key, path]: [string, unknown]) => namedImage(key, path, prefix));
  if (all.length > 0) return all;
  throw new UsageError('The field "pithyImage" of package.json names no image. Remove it, or name one.');
}

/** No package's name has a colon: `acme:web` is of the package `acme`, and `acme/web` of `@acme/web`. */
function namedImage(name: string, path: unknown, prefix: string | undefined): NamedImage {
  const place = 'in the field "pithyImage" of package.json';
  if (!NAME.test(name)) {
    throw new UsageError(`\`${name}\` ${place} is not a valid name. Use letters, digits, \`-\`, \`_\` and \`.\`.`);
  }
  if (typeof path === "string" && path !== "") return { name, path, prefix: prefix && `${prefix}:${name}` };
  throw new UsageError(`\`${name}\` ${place} must be a path.`);
}

/** The name of the package as a prefix: that of `@acme/agent` is `acme/agent`. */
function prefixOf(manifest: PackageJson | undefined): string | undefined {
  const name = typeof manifest?.name === "string" ? manifest.name : "";
  return PACKAGE.test(name) ? name.replace("@", "") : undefined;
}

/** The prefix of an image's snapshots, where snapshots are looked for by it: those of others may have no prefix either. */
export function ownPrefix({ prefix }: NamedImage): string {
  if (prefix !== undefined) return prefix;
  throw new UsageError(
    'package.json has no usable name, so it is not known which snapshots belong to this application. Give it one, such as `"name": "@acme/agent"`.',
  );
}

/** The absolute path of an existing module. */
function moduleAt(named: string): string {
  const path = resolve(named);
  if (isFile(path)) return path;
  if (existsSync(path)) throw new UsageError(`${path} is not a file. Name the module of the image.`);
  const how = "Create it with `pithy-image init`, or name the module: `pithy-image show <file>`.";
  throw new UsageError(`${path} does not exist. ${named === CONVENTION ? how : "Correct the path."}`);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** The exports of a module, in TypeScript or JavaScript; a default export that is a function is called for the image. */
export async function load(path: string): Promise<ImageModule> {
  const module = await importModule(path).catch((error: unknown) => {
    throw isUnloadable(error) ? new UsageError(`${path} cannot be loaded.\n${error.message}`) : error;
  });
  const image: unknown = await (typeof module.default === "function" ? module.default() : module.default);
  keepExports(module);
  if (isImage(image)) return { image, snapshot: snapshotOf(path, module.snapshot) };
  throw new UsageError(`${path} exports no image. Make it the default export: \`export default Image.debianSlim()…\`.`);
}

/** What a module exports may be used by others: it is no dropped result, of a call on its image for instance. */
function keepExports(module: Record<string, unknown>): void {
  for (const exported of Object.values(module).filter((each) => isImage(each) && each !== module.default)) {
    try {
      JSON.stringify(exported);
    } catch {
      // What is wrong with it is said when it is used.
    }
  }
}

function snapshotOf(path: string, exported: unknown): ImageModule["snapshot"] {
  if (exported === undefined) return {};
  if (typeof exported === "object" && exported !== null && !Array.isArray(exported)) return exported;
  throw new UsageError(
    `The export \`snapshot\` of ${path} must be an object with \`resources\`, \`region\` and \`sandboxClass\`.`,
  );
}

/** Errors that are reported without a stack: a syntax error, or the import of a missing module. */
function isUnloadable(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const isMissing = ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(String(Reflect.get(error, "code")));
  return isMissing || error.name === "SyntaxError" || error.message.startsWith("ParseError");
}

/** Whether a value is an image; the module may have another copy of this package. */
function isImage(value: unknown): value is ImageBuilder {
  return typeof value === "object" && value !== null && "resolveSync" in value && "toJSON" in value;
}
