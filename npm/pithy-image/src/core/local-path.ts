/** Local paths as programs write them. A definition holds what lies below the root, so that no key depends on the machine. */
import { existsSync, realpathSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, isAbsolute, join, parse, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalPath, OutsidePath } from "./host.ts";

/**
 * A local path as a definition holds it: below the root, with `/`. Paths that are absolute, begin with `~` or are `file:` URLs
 * change, also where they lead to the root through a link, as `/var` and `/private/var` do; others are relative already.
 */
export function localPath(given: string, root: string): LocalPath {
  const absolute = absolutePath(given);
  if (absolute === undefined) return { below: given };
  const below = pathBelow(root, absolute);
  if (below === undefined) return { outside: absolute };
  const slash = /[/\\]$/.test(given) && below !== "." ? "/" : "";
  return { below: below.replaceAll(sep, "/") + slash };
}

/** Undefined for a relative path. */
function absolutePath(given: string): string | undefined {
  if (/^file:/i.test(given)) return URL.canParse(given) ? fileURLToPath(given) : undefined;
  if (/^~(?:[/\\]|$)/.test(given)) return join(homedir(), given.slice(1));
  return isAbsolute(given) ? resolve(given) : undefined;
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
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestors(parent)];
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** What to do about a path outside of the root: which root works for all such paths of the image. */
export function hintForOutside({ path, all, root, caller }: OutsidePath): string {
  const isTemporary = (path: string) => isBelow(tmpdir(), path) && !isBelow(tmpdir(), root);
  if (isTemporary(path)) {
    return "Pass what the program writes itself to `addFile`; to leave files out of a directory, use the option `exclude`.";
  }
  const lasting = all.filter((path) => !isTemporary(path));
  const home = caller && packageOf(caller);
  if (home && lasting.every((path) => pathBelow(home, path) !== undefined)) return hintAt(home, IN_PACKAGE);
  const common = [root, ...lasting].reduce(commonAncestor);
  const isTooWide = [parse(root).root, homedir(), tmpdir()].includes(common);
  return isTooWide
    ? `Move it below the root, or choose a root that contains it, ${HOW}`
    : hintAt(common, "as the root is");
}

const commonAncestor = (one: string, other: string): string =>
  ancestors(one).find((directory) => isBelow(directory, other)) ?? parse(one).root;

/** What to do about a file that is missing below the root, if it exists in the package of the file that names it. */
export function hintForMissing(path: string, root: string, caller: string): string | undefined {
  const home = packageOf(caller);
  const isElsewhere = home !== undefined && !existsSync(join(root, path)) && existsSync(join(home, path));
  return isElsewhere ? hintAt(home, IN_PACKAGE) : undefined;
}

const IN_PACKAGE = "the package of the calling file";
const HOW = "with the option `root` or `PITHY_IMAGE_ROOT`.";

const hintAt = (root: string, why: string): string => `It is below \`${root}\`, ${why}: use that as the root, ${HOW}`;

/** The nearest directory above a file that has a `package.json`. */
const packageOf = (file: string): string | undefined =>
  ancestors(dirname(file)).find((directory) => existsSync(join(directory, "package.json")));
