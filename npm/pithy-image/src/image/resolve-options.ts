/** Checks of what an image is resolved and named with. */
import type { EmptyDirectory, FileBytes, Link } from "../files/file-tree.ts";
import {
  aBoolean,
  aFunction,
  anObject,
  anything,
  arrayOf,
  aSignal,
  aString,
  type Check,
  type Fields,
  fields,
  must,
  optional,
  strings,
} from "../shared/check.ts";
import { RESOURCES } from "../shared/resources.ts";
import type {
  BindOptions,
  ResolveFilesOptions,
  ResolveOptions,
  RootOptions,
  SnapshotNameOptions,
} from "../shared/types.ts";
import { isBytes } from "./arguments.ts";

const ROOT: Fields<RootOptions> = { root: anything }; // the host knows what a root may be

const WATCHED: Fields<Pick<ResolveOptions, "signal" | "onProgress">> = {
  signal: optional(aSignal),
  onProgress: optional(aFunction),
};

export const ROOT_OPTIONS: Check = optional(fields<RootOptions>(ROOT));

export const BIND_OPTIONS: Check = fields<BindOptions>({ ...ROOT, strict: optional(aBoolean) });

export const RESOLVE_OPTIONS: Check = optional(
  fields<ResolveOptions>({
    ...ROOT,
    ...WATCHED,
    reread: optional(aBoolean),
    snapshotRef: optional(aBoolean),
    strict: optional(aBoolean),
  }),
);

export const RESOLVE_FILES_OPTIONS: Check = optional(
  fields<ResolveFilesOptions>({ ...WATCHED, root: optional(aString), executable: optional(strings) }),
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

export const SNAPSHOT_NAME_OPTIONS: Check = fields<SnapshotNameOptions>({
  prefix: optional(aString),
  resources: optional(RESOURCES),
  region: optional(aString),
  sandboxClass: optional(aString),
});

export const PACK_OPTIONS: Check = optional(fields<Pick<ResolveOptions, "signal">>({ signal: optional(aSignal) }));
