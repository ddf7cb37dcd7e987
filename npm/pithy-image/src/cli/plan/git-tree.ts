/** The application as it was at a commit. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, parse, relative, sep } from "node:path";
import { UsageError } from "../usage-error.ts";

/** What git says, or nothing if it refuses. */
function git(args: readonly string[], env: NodeJS.ProcessEnv = {}): string | undefined {
  try {
    const said = execFileSync("git", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, ...env },
    });
    return said.replace(/\n$/, "");
  } catch {
    return undefined;
  }
}

/** Whether a text names a commit of the repository that the current directory is in. */
export const isCommit = (ref: string): boolean =>
  !ref.startsWith("-") && git(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]) !== undefined;

/**
 * Does something with the files of a commit: they are written to a temporary directory, where the packages that are
 * installed now are found. Neither the work tree nor the index of the repository is touched.
 */
export async function atCommit<Result>(ref: string, work: (tree: Tree) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "pithy-image-plan-"));
  try {
    return await work(checkOut(ref, directory));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The files of a commit. */
export interface Tree {
  /** Where a path of the work tree is in it. */
  at(path: string): string;
}

function checkOut(ref: string, directory: string): Tree {
  const top = realpathSync(git(["rev-parse", "--show-toplevel"]) ?? ".");
  // At the path that it has, below another directory: there is a place for the packages of every directory above.
  const mirrored = (path: string) => join(directory, "files", relative(parse(top).root, path));
  mkdirSync(mirrored(top), { recursive: true });
  const index = { GIT_INDEX_FILE: join(directory, "index") };
  const isWritten =
    git(["-C", top, "read-tree", ref], index) !== undefined &&
    git(["-C", top, "checkout-index", "--all", `--prefix=${mirrored(top)}${sep}`], index) !== undefined;
  if (!isWritten) throw new UsageError(`The files of ${ref} cannot be read from git.`);
  for (const from of upwards(realpathSync("."))) linkPackages(from, mirrored(from));
  return {
    at(path) {
      if (!relative(top, path).startsWith("..")) return mirrored(path);
      throw new UsageError(`${path} is not in the repository: ${ref} has no such.`);
    },
  };
}

/** Packages are found from a module upwards. */
function linkPackages(from: string, to: string): void {
  const [packages, link] = [join(from, "node_modules"), join(to, "node_modules")];
  if (existsSync(packages) && existsSync(to) && !existsSync(link)) symlinkSync(packages, link, "junction");
}

/** A directory and all those that it is in. */
const upwards = (directory: string): string[] =>
  dirname(directory) === directory ? [directory] : [directory, ...upwards(dirname(directory))];
