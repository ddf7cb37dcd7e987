/** The application's image modules: their names, their paths, and the images that they export. */
import { existsSync, statSync } from "node:fs";
import { dirname, join, parse, relative, resolve } from "node:path";
import { backend } from "../core/load.ts";
import { ancestors } from "../core/local-path.ts";
import type { ImageBuilder } from "../image/builder.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import { unlessAborted } from "../shared/abort.ts";
import { aString, type Check, describeMistakes, fields, optional } from "../shared/check.ts";
import { RESOURCES } from "../shared/resources.ts";
import { isSdkImage } from "../shared/sdk-image.ts";
import type { ResolveOptions, SnapshotNameOptions } from "../shared/types.ts";
import { installedSdks } from "./checks/versions.ts";
import { type Exports, importModule } from "./import-module.ts";
import { explained } from "./module-error.ts";
import { applicationPackage, type PackageJson } from "./package-json.ts";
import { printProgress, timed } from "./print.ts";
import { withProgress } from "./progress.ts";
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
export const images = (): NamedImage[] =>
  declared().map((image) => ({ ...image, path: moduleAt(image.path, IN_PACKAGE) }));

const IN_PACKAGE = 'set the field "pithyImage" of package.json to its path';

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

/** The module of one image, given to a command as a file or a name; the only image if neither is given. */
export function find(fileOrName: string | undefined, command: string): string {
  if (fileOrName !== undefined && isFile(resolve(fileOrName))) return resolve(fileOrName);
  const how = `name the module: \`pithy-image ${command} <file>\``;
  const all = declared();
  const list = all.map(({ name }) => `\`${name}\``).join(", ");
  if (fileOrName === undefined) {
    const [only, another] = all;
    if (only && !another) return moduleAt(only.path, how);
    throw new UsageError(`There are ${all.length} images: ${list}. Name one of them.`);
  }
  const named = all.find(({ name }) => name === fileOrName);
  if (named) return moduleAt(named.path, how);
  if (all.length > 1 && !existsSync(fileOrName)) {
    throw new UsageError(`There is no image or file \`${fileOrName}\`. The images are: ${list}.`);
  }
  return moduleAt(fileOrName, how);
}

/** The image of a module, whatever package.json says: its name is that of the file. */
export const fileImage = (path: string): NamedImage => ({ name: parse(path).name, path, prefix: undefined });

/** The image of a module: that in package.json, or one with the name of the file. */
export const imageAt = (path: string): NamedImage => ({
  ...(declared().find((image) => resolve(image.path) === path) ?? fileImage(path)),
  path,
});

/** The images that an application in another directory has, with absolute paths. */
export const imagesIn = (directory: string): NamedImage[] =>
  declared(applicationPackage(directory))
    .map((image) => ({ ...image, path: resolve(directory, image.path) }))
    .filter(({ path }) => isFile(path));

/** The images with their paths as written. */
function declared(manifest: PackageJson | undefined = applicationPackage()): NamedImage[] {
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

/** The absolute path of an existing module; `how` says how to name another one than that of the convention. */
function moduleAt(named: string, how: string): string {
  const path = resolve(named);
  if (isFile(path)) return path;
  if (existsSync(path)) throw new UsageError(`${path} is not a file. Name the module of the image.`);
  const hint = named === CONVENTION ? `Create it with \`pithy-image init\`, or ${how}.` : "Correct the path.";
  throw new UsageError(`${path} does not exist. ${hint}`);
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Milliseconds after which it is said that a module is still loading. */
const PATIENCE = 10_000;

/** The modules that are being loaded: they may end the process, or never finish. */
const loading = new Set<string>();

/** A module that is being loaded, or was when the process ended. */
export const unfinishedModule = (): string | undefined => [...loading][0];

/**
 * The exports of a module, in TypeScript or JavaScript; a default export that is a function is called for the image. A signal
 * ends the wait for a module that never finishes.
 */
export async function load(path: string, signal?: AbortSignal): Promise<ImageModule> {
  const module = await timed(
    () => unlessAborted(loaded(path), signal),
    () => `Loaded ${relative("", path)}`,
  );
  const { exported } = module;
  keepExports(module.exports);
  if (isImage(exported)) return { image: exported, snapshot: snapshotOf(path, module.exports.snapshot) };
  throw noImage(path, exported);
}

/** A module, and what its default export is, or returns. */
async function loaded(path: string): Promise<{ readonly exports: Exports; readonly exported: unknown }> {
  loading.add(path);
  const notice = setTimeout(() => printProgress(`${path} is still loading: it waits for something.\n`), PATIENCE);
  notice.unref();
  try {
    const exports = await importModule(path);
    const { default: exported } = exports;
    const isMaker = typeof exported === "function" && !isImageClass(exported);
    return { exports, exported: isMaker ? await exported() : exported };
  } catch (error) {
    throw await explained(path, error, importModule);
  } finally {
    clearTimeout(notice);
    loading.delete(path);
  }
}

/** Whether a value is a class of images, ours or the SDK's. */
const isImageClass = (value: object): boolean => "debianSlim" in value && "base" in value;

function noImage(path: string, exported: unknown): UsageError {
  if (typeof exported === "function" && isImageClass(exported)) {
    const hint = 'Begin an image: `export default Image.debianSlim("3.12")`.';
    return new UsageError(`${path} exports the class \`Image\`, not an image.`, { hint });
  }
  if (isSdkImage(exported)) {
    const hint = `Import \`Image\` from \`${subpath()}\` instead: the calls are the same.`;
    return new UsageError(`${path} exports an image of the Daytona SDK's own class.`, { hint });
  }
  const hint = "Make it the default export: `export default Image.debianSlim()…`.";
  return new UsageError(`${path} exports no image. ${hint}`);
}

/** The subpath for the SDK of the application. */
const subpath = (): string =>
  `pithy-image/${installedSdks()[0]?.name === "@daytona/sdk" ? "daytona-sdk" : "daytonaio-sdk"}`;

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
  const mistakes = SNAPSHOT(exported, "");
  if (mistakes.length === 0) return Object(exported);
  throw new UsageError(`The export \`snapshot\` of ${path} is wrong: ${describeMistakes(mistakes, "it")}`);
}

/** The machine that a module may export. */
const SNAPSHOT: Check = optional(
  fields<ImageModule["snapshot"]>(
    { resources: optional(RESOURCES), region: optional(aString), sandboxClass: optional(aString) },
    "a field of it",
  ),
);

/** An image with its local files read, and all its names unless `how` says otherwise. */
export const resolveImage = (
  image: ImageBuilder,
  root: string | undefined,
  how: Pick<ResolveOptions, "reread" | "snapshotRef" | "signal"> = {},
): Promise<ResolvedImage> =>
  timed(
    () => withProgress((onProgress) => image.resolve({ snapshotRef: true, ...how, root, onProgress })),
    ({ files, root }) =>
      `Read ${files.length} files${root === undefined ? "" : ` below ${root}`}, backend ${backend()}`,
  );

/** Whether a value is an image; the module may have another copy of this package. */
function isImage(value: unknown): value is ImageBuilder {
  return typeof value === "object" && value !== null && "resolveSync" in value && "toJSON" in value;
}
