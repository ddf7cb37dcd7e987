/** The application as it was at a commit. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { UsageError } from "../usage-error.ts";

/** What git prints, or why it fails; neither where there is no git. */
interface Outcome {
  readonly output?: string;
  readonly reason?: string;
}

function git(args: readonly string[], env: NodeJS.ProcessEnv = {}): Outcome {
  const { status, stdout, stderr } = spawnSync("git", args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", ...env },
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  if (status === 0) return { output: stdout.replace(/\n$/, "") };
  return status === null ? {} : { reason: stderr.trim() };
}

/** The output of git; its own reason where it fails. */
function mustGit(what: string, args: readonly string[], env?: NodeJS.ProcessEnv): string {
  const { output, reason } = git(args, env);
  if (output !== undefined) return output;
  throw new UsageError(`${what} cannot be read: ${reason}`, { code: "git_failed" });
}

/** What git says where there is nothing to look in: the string may name something else. */
const NO_REPOSITORY = /^fatal: not a git repository/;

/** Whether a string names a commit of the repository of the current directory. */
export function isCommit(ref: string): boolean {
  if (ref.startsWith("-")) return false;
  const { output, reason } = git(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  if (output !== undefined) return true;
  if (!reason || NO_REPOSITORY.test(reason)) return false; // with `--quiet` there is no reason if there is no such commit
  throw new UsageError(`\`${ref}\` cannot be read from git: ${reason}`, { code: "git_failed" });
}

/**
 * Does something with the files of a commit, which are written to a temporary directory. Modules in it find the packages that
 * are installed now. Neither the work tree nor the index of the repository is changed.
 */
export async function atCommit<Result>(ref: string, work: (tree: Tree) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), "pithy-image-plan-"));
  const clean = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", clean); // a second Ctrl-C waits for nothing
  try {
    return await work(checkOut(ref, directory));
  } finally {
    process.off("exit", clean);
    clean();
  }
}

/** The files of a commit. */
export interface Tree {
  /** The directory that they were written to. */
  readonly root: string;
  /** The path in it that corresponds to a path of the work tree. */
  at(path: string): string;
}

function checkOut(ref: string, directory: string): Tree {
  const what = `The files of ${ref}`;
  const top = realpathSync(mustGit(what, ["rev-parse", "--show-toplevel"]));
  const files = join(belowPackages(directory), basename(top));
  mkdirSync(files);
  const index = { GIT_INDEX_FILE: join(directory, "index") };
  mustGit(what, ["-C", top, "read-tree", ref], index);
  mustGit(what, ["-C", top, "checkout-index", "--all", `--prefix=${files}${sep}`], index);
  return {
    root: files,
    at(path) {
      const below = relative(top, existsSync(path) ? realpathSync(path) : path);
      if (!isOutside(below)) return join(files, below);
      throw new UsageError(`${path} is not in the repository, so ${ref} does not have it.`);
    },
  };
}

const isOutside = (relativePath: string): boolean =>
  relativePath === ".." || relativePath.startsWith(`..${sep}`) || isAbsolute(relativePath);

/**
 * A directory below links to all directories with packages, the nearest last: a module finds them upwards, and no image can
 * include what is not below its root.
 */
function belowPackages(directory: string): string {
  const installed = upwards(realpathSync("."))
    .map((each) => join(each, "node_modules"))
    .filter((packages) => existsSync(packages));
  let place = directory;
  for (const packages of installed.reverse()) {
    place = join(place, "below");
    mkdirSync(place);
    symlinkSync(packages, join(place, "node_modules"), "junction");
  }
  const files = join(place, "files");
  mkdirSync(files);
  return files;
}

/** A directory and all its parents. */
const upwards = (directory: string): string[] =>
  dirname(directory) === directory ? [directory] : [directory, ...upwards(dirname(directory))];
