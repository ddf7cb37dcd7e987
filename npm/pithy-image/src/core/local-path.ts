/** Local paths as programs write them. A definition holds what lies below the root, so that no key depends on the machine. */
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalPath, LocalPaths, OutsidePath } from "./host.ts";
import native from "./native.cjs";

/** Importing it would load the streams of Node, for an export that nobody asks for: a fifth of the time to the first Dockerfile. */
const { existsSync, readdirSync, realpathSync } = process.getBuiltinModule?.("node:fs") ?? native.fs();

/** The local paths of a disk. */
export const localPaths: LocalPaths = { below, rootOf, hintsForOutside, hintForMissing };

/**
 * A local path as a definition holds it: below the root, with `/`. Paths that are absolute, begin with `~` or are `file:` URLs
 * change, also where they lead to the root through a link, as `/var` and `/private/var` do; others are relative already.
 */
function below(given: string, root: string): LocalPath {
  const absolute = absolutePath(given, root);
  if (absolute === undefined) return { foreign: given };
  const path = pathBelow(root, absolute);
  if (path === undefined) return { outside: absolute };
  const slash = END.test(given) && path !== "." ? "/" : "";
  return { below: path.replaceAll(sep, "/") + slash };
}

/**
 * The directory that contains a Dockerfile outside of a root, and its build context. Undefined if the Dockerfile lies below the
 * root, or if that directory holds the files of more than one project.
 */
function rootOf(dockerfile: string, context: string | undefined, root: string): string | undefined {
  const path = absolutePath(dockerfile, root);
  const start = context === undefined ? path && dirname(path) : absolutePath(context, root);
  if (path === undefined || start === undefined || pathBelow(root, path) !== undefined) return undefined;
  const common = commonAncestor(dirname(path), start);
  return isTooWide(common) ? undefined : common;
}

const END = sep === "/" ? /\/$/ : /[/\\]$/;

/** The absolute path; undefined for a URL of anything but a local file. */
export function absolutePath(given: string, root = "."): string | undefined {
  if (/^[a-z][a-z\d+.-]+:/i.test(given) && !isAbsolute(given)) return pathOf(given);
  if (/^~(?:[/\\]|$)/.test(given)) return join(homedir(), given.slice(1));
  return resolve(root, given);
}

function pathOf(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined; // another scheme or host, or an encoded slash
  }
}

/** The part of an absolute path below a directory, which is `.` itself; undefined if the path is not below it. */
function pathBelow(directory: string, path: string): string | undefined {
  if (isBelow(directory, path)) return relative(directory, path) || ".";
  const real = realPath(directory);
  const same = real && ancestors(path).find((ancestor) => realPath(ancestor) === real);
  return same && (relative(same, path) || ".");
}

function isBelow(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The path itself and the directories that it is in, the nearest first. */
export function ancestors(path: string): string[] {
  const all = [path];
  for (let at = dirname(path); at !== all.at(-1); at = dirname(at)) all.push(at);
  return all;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** What to do about each path outside of the root: which root works for all of them. */
function hintsForOutside(outside: readonly OutsidePath[], root: string): string[] {
  const temporary = isBelow(tmpdir(), root) ? undefined : tmpdir();
  const isTemporary = ({ path }: OutsidePath) => temporary !== undefined && isBelow(temporary, path);
  const hint = hintForLasting(
    outside.filter((each) => !isTemporary(each)),
    root,
  );
  return outside.map((each) => (isTemporary(each) ? WRITTEN : hint));
}

const WRITTEN =
  "Pass what the program writes itself to `addFile`; to leave files out of a directory, use the option `exclude`.";
const HOW = "with the option `root` or `PITHY_IMAGE_ROOT`.";

function hintForLasting(outside: readonly OutsidePath[], root: string): string {
  const homes = [...new Set(outside.map(({ caller }) => caller))].map((caller) => caller && packageOf(caller));
  const home = homes.length === 1 ? homes[0] : undefined;
  if (home && outside.every(({ path }) => pathBelow(home, path) !== undefined)) return inPackage(home);
  const common = outside.map(({ path }) => path).reduce(commonAncestor, root);
  if (isTooWide(common)) return `Move it below the root, or choose a root that contains it, ${HOW}`;
  return `\`${common}\` contains it and the root: use it as the root, ${HOW}`;
}

/** Whether a directory holds the files of more than one project. */
const isTooWide = (directory: string): boolean => [parse(directory).root, homedir(), tmpdir()].includes(directory);

const inPackage = (root: string): string =>
  `It is below \`${root}\`, the package of the calling file: use that as the root, ${HOW}`;

const commonAncestor = (one: string, other: string): string =>
  ancestors(one).find((directory) => isBelow(directory, other)) ?? parse(one).root;

/** What to do about a file that is missing below the root: use the package of the file that names it, or deploy the file. */
function hintForMissing(path: string, root: string, caller: string | undefined): string | undefined {
  if (existsSync(join(root, path))) return undefined;
  const home = caller === undefined ? undefined : packageOf(caller);
  if (home !== undefined && existsSync(join(home, path))) return inPackage(home);
  return isDeployedNext(root) ? NOT_DEPLOYED : undefined;
}

/** Whether this is what `next build` deploys, rather than where it was built, which has a configuration. */
const isDeployedNext = (root: string): boolean =>
  process.env.NODE_ENV === "production" &&
  existsSync(join(root, ".next", "BUILD_ID")) &&
  !readdirSync(root).some((name) => name.startsWith("next.config."));

const NOT_DEPLOYED =
  'Next.js deploys only the files that it finds. Wrap its configuration in `withPithyImage` of "pithy-image/next", and name the image\'s module in the field `pithyImage` of package.json, or the files in `outputFileTracingIncludes`. With the lock, production needs none of them.';

/** The nearest directory above a file that has a `package.json`. */
const packageOf = (file: string): string | undefined =>
  ancestors(dirname(file)).find((directory) => existsSync(join(directory, "package.json")));
