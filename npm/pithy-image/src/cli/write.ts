/** Writes files all together, or none of them. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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
 * Writes all files beside their places before the first is put into its place, so that a full disk or a directory that
 * cannot be written to leaves everything as it was.
 */
export function writeTogether(files: readonly NewFile[]): void {
  const made: string[] = [];
  try {
    for (const { path, content } of files) {
      const directory = mkdirSync(dirname(path), { recursive: true });
      if (directory !== undefined) made.push(directory);
      made.push(beside(path));
      writeFileSync(beside(path), content, { flag: "wx" });
    }
  } catch (error) {
    for (const path of made.reverse()) rmSync(path, { recursive: true, force: true });
    throw new UsageError(`Nothing is written: ${error instanceof Error ? error.message : error}.`);
  }
  for (const { path } of files) renameSync(beside(path), path);
}

const beside = (path: string): string => `${path}.${process.pid}.tmp`;
