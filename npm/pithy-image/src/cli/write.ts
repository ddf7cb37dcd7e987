/** Writes files all together, or none of them. */
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
}

/** What is at the path of a file: nothing, the same, or something else. */
export type State = "new" | "unchanged" | "overwrite";

export function stateOf({ path, content }: NewFile): State {
  if (!existsSync(path)) return "new";
  if (!statSync(path).isFile()) throw new UsageError(`${path} is to be a file, and is none. Move it away.`);
  return readFileSync(path, "utf8") === content ? "unchanged" : "overwrite";
}

/**
 * Writes all files beside their places before the first is put into its place, and puts back what was there if one of them
 * cannot be: a full disk or a directory that cannot be written to leaves everything as it was.
 */
export function writeTogether(files: readonly NewFile[]): void {
  const undo: (() => void)[] = [];
  try {
    // Behind a link is the file that is meant.
    const placed = files.map(({ path, content }) => ({ content, path: existsSync(path) ? realpathSync(path) : path }));
    for (const { path, content } of placed) {
      const directory = mkdirSync(dirname(path), { recursive: true });
      if (directory !== undefined) undo.push(() => rmSync(directory, { recursive: true }));
      undo.push(() => rmSync(beside(path), { force: true }));
      writeFileSync(beside(path), content, { flag: "wx" });
      if (existsSync(path)) chmodSync(beside(path), statSync(path).mode);
    }
    for (const { path } of placed) {
      const before = existsSync(path) ? readFileSync(path) : undefined;
      renameSync(beside(path), path);
      undo.push(() => (before ? writeFileSync(path, before) : rmSync(path)));
    }
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new UsageError(`Nothing is written: ${error instanceof Error ? error.message : error}.`);
  }
}

const beside = (path: string): string => `${path}.${process.pid}.tmp`;
