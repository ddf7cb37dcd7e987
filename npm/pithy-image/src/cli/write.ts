/** Writes all files, or none of them. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "./usage-error.ts";

/** A file to be written. */
export interface NewFile {
  readonly path: string;
  readonly content: string;
  /** Whether it has all that is in the present one, so that nothing is lost. */
  readonly isAddition?: boolean;
  readonly isExecutable?: boolean;
}

/** What is at the path of a file: nothing, the same file, one to which something is added, or another one. */
export type State = "new" | "unchanged" | "extend" | "overwrite";

export function stateOf({ path, content, isAddition }: NewFile): State {
  if (!existsSync(path)) return "new";
  if (!statSync(path).isFile()) throw new UsageError(`${path} is not a file. Move it away.`);
  if (readFileSync(path, "utf8") === content) return "unchanged";
  return isAddition ? "extend" : "overwrite";
}

/**
 * Writes all files under temporary names before it renames the first, and restores the previous ones if a step fails: a full
 * disk or a read-only directory leaves everything as it was.
 */
export function writeTogether(files: readonly NewFile[]): void {
  const undo: (() => void)[] = [];
  try {
    // A link is not replaced, but its target.
    const placed = files.map((file) => ({
      ...file,
      path: existsSync(file.path) ? realpathSync(file.path) : file.path,
    }));
    for (const { path, content, isExecutable } of placed) {
      const directory = mkdirSync(dirname(path), { recursive: true });
      if (directory !== undefined) undo.push(() => rmSync(directory, { recursive: true }));
      undo.push(() => rmSync(beside(path), { force: true }));
      writeFileSync(beside(path), content, { flag: "wx", mode: isExecutable ? 0o777 : 0o666 });
      if (existsSync(path)) chmodSync(beside(path), statSync(path).mode);
    }
    for (const { path } of placed) {
      const before = existsSync(path) ? readFileSync(path) : undefined;
      renameSync(beside(path), path);
      undo.push(() => (before ? writeFileSync(path, before) : rmSync(path)));
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new UsageError(`Nothing was written: ${error instanceof Error ? error.message : error}.`);
  }
}

const beside = (path: string): string => `${path}.${process.pid}.tmp`;
