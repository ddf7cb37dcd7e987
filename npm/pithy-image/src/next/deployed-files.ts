/** Prints which files Next.js has to deploy that it does not find, as its glob patterns: a program that `withPithyImage` runs. */
import { existsSync, statSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { installedSdks } from "../cli/checks/versions.ts";
import { hasImages, images, load, rootOf } from "../cli/module.ts";
import { UsageError } from "../cli/usage-error.ts";
import { Image } from "../image/image.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import { isImageError } from "../shared/errors.ts";
import type { FileKind } from "../shared/wire.generated.ts";
import { modulesWithSync } from "./module-sync.ts";

/** Where a definition names files with rules about what a directory leaves out. */
const IGNORE_FILES = /"ignoreFile":"((?:[^"\\]|\\.)*)"/g;

/** Next.js turns a backslash into a slash, so that nothing can be escaped: any one character takes the place of a special one. */
const asPattern = (path: string): string => path.replaceAll(sep, "/").replace(/[*?[\](){}!\\]/g, "?");

/** What an image reads: all of a directory in one pattern if nothing is left out of it, otherwise what is used of it. */
async function filesOf(path: string): Promise<string[]> {
  const { image } = await load(path);
  const root = rootOf(path, undefined);
  const resolved = await image.resolve({ root });
  warn(undeployable(resolved, root));
  const { needs } = Image.fromJSON(resolved.definition).outline();
  const whole = needs
    .filter(({ kind }) => kind === "directory")
    .filter((need) => !resolved.ignored.some(isWithin(need)));
  const files = [...needs, ...resolved.files, ...ignoreFilesOf(resolved, root)].filter(isFileOfDisk);
  const others = files.filter((file) => !whole.some((need) => isWithin(need)(file)));
  const below = (pattern: string) => posix.join(asPattern(relative("", root)), pattern);
  return [
    ...others.map((file) => below(asPattern(file.path))),
    ...whole.map((need) => below(`${asPattern(need.path)}/**/*`)),
  ];
}

interface Entry {
  readonly path: string;
  readonly kind: FileKind;
}

const isWithin = (directory: Entry) => (file: { readonly path: string }) =>
  directory.path === "." || file.path.startsWith(`${directory.path}/`);

/** The content of others is in the definition: their path is that in the image. */
const isFileOfDisk = ({ path, kind }: Entry): boolean => kind !== "directory" && !posix.isAbsolute(path);

/** What is not deployed with either bundler: Next.js lists files, which its patterns name. */
function undeployable({ files }: ResolvedImage, root: string): string[] {
  const isEmpty = (directory: Entry) => !files.some(isWithin(directory));
  const isDirectory = ({ path }: Entry) => statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory();
  const isLost = (file: Entry) =>
    file.kind === "directory" ? isEmpty(file) : /[{},]/.test(file.path) || (file.kind === "link" && isDirectory(file));
  return files.filter((file) => !posix.isAbsolute(file.path) && isLost(file)).map(({ path }) => path);
}

function warn(paths: readonly string[]): void {
  if (paths.length === 0) return;
  const list = paths.slice(0, 10).map((path) => `  ${JSON.stringify(path)}\n`);
  const more = paths.length > list.length ? `  and ${paths.length - list.length} more\n` : "";
  process.stderr.write(
    `withPithyImage: Next.js does not deploy empty directories, links to directories, and names with braces or commas:\n${list.join("")}${more}` +
      "Where the application is deployed, the image would lack them, and have another key. Create its sandboxes from the lock, or leave them out.\n",
  );
}

/** The files that say what directories leave out. */
function ignoreFilesOf({ definition }: ResolvedImage, root: string): Entry[] {
  const named = [...JSON.stringify(definition).matchAll(IGNORE_FILES)].map(([, text]) => JSON.parse(`"${text}"`));
  const found = [".dockerignore", ...named].filter((path) => existsSync(join(root, path)));
  return found.map((path) => ({ path, kind: "file" }));
}

// What the images' modules print is no answer, and what they leave running does not keep this from ending.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);
try {
  const local = hasImages() ? await Promise.all(images().map(({ path }) => filesOf(path))) : [];
  const sdks = installedSdks().flatMap(({ name }) => modulesWithSync(name));
  const modules = sdks.map((directory) => `${asPattern(relative("", directory))}/*`);
  answer(JSON.stringify([...new Set([...local.flat(), ...modules])]), () => process.exit());
} catch (error) {
  const isMistake = error instanceof UsageError || isImageError(error);
  process.stderr.write(`${isMistake ? error.message : (error as Error).stack}\n`, () => process.exit(1));
}
