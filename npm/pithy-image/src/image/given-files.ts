/** Files that are passed in. It is a module of its own since few programs need it. */
import type { ListedFiles } from "../files/file-tree.ts";
import type { EmptyDirectory, FileBytes, Link, LocalFile } from "../files/local-file.ts";
import { pathOf } from "../files/names.ts";
import { inTurns } from "../files/turns.ts";
import {
  aBoolean,
  aFunction,
  anObject,
  arrayOf,
  aSignal,
  aString,
  type Check,
  fields,
  isBytes,
  must,
  optional,
  strings,
} from "../shared/check.ts";
import type { ResolveFilesOptions } from "../shared/types.ts";

export const RESOLVE_FILES_OPTIONS: Check = optional(
  fields<ResolveFilesOptions>({
    signal: optional(aSignal),
    onProgress: optional(aFunction),
    root: optional(aString),
    executable: optional(strings),
    keepUntil: optional(aSignal),
  }),
);

const BYTES = fields<FileBytes>(
  { path: aString, bytes: must("a `Uint8Array`", isBytes), executable: optional(aBoolean) },
  "a field of a file",
);
const LINK = fields<Link>({ path: aString, target: aString }, "a field of a link");
const DIRECTORY = fields<EmptyDirectory>({ path: aString, kind: must('"directory"', (kind) => kind === "directory") });

const aFile: Check = (file, path) => {
  if (Object(file) !== file) return anObject(file, path);
  // What a browser made has fields that are not its own.
  if ("name" in Object(file)) return aString(Reflect.get(Object(file), "name"), `${path}.name`);
  if ("target" in Object(file)) return LINK(file, path);
  return "kind" in Object(file) ? DIRECTORY(file, path) : BYTES(file, path);
};

export const LOCAL_FILES: Check = arrayOf(aFile);

/** The files with their paths. Of many, the event loop runs on in between. */
export async function withPaths(files: readonly LocalFile[], signal: AbortSignal): Promise<ListedFiles> {
  const given: { path: string; file: LocalFile }[] = [];
  for await (const some of inTurns(files, signal)) {
    for (const file of some) given.push({ path: pathOf(file), file });
  }
  return given;
}
