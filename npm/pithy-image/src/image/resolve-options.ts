/** Checks of what an image is resolved and named with. */
import {
  aBoolean,
  aFunction,
  anything,
  aSignal,
  aString,
  type Check,
  type Fields,
  fields,
  optional,
} from "../shared/check.ts";
import { RESOURCES } from "../shared/resources.ts";
import type { BindOptions, ResolveOptions, RootOptions, SnapshotNameOptions, WatchOptions } from "../shared/types.ts";

const ROOT: Fields<RootOptions> = { root: anything }; // the host knows what a root may be

const WATCHED: Fields<WatchOptions> = {
  signal: optional(aSignal),
  onProgress: optional(aFunction),
};

export const ROOT_OPTIONS: Check = optional(fields<RootOptions>(ROOT));

export const BIND_OPTIONS: Check = fields<BindOptions>({ ...ROOT, strict: optional(aBoolean) });

export const RESOLVING: Fields<ResolveOptions> = {
  ...ROOT,
  ...WATCHED,
  reread: optional(aBoolean),
  snapshotRef: optional(aBoolean),
  strict: optional(aBoolean),
};

export const RESOLVE_OPTIONS: Check = optional(fields<ResolveOptions>(RESOLVING));

export const SNAPSHOT_NAME_OPTIONS: Check = fields<SnapshotNameOptions>({
  prefix: optional(aString),
  resources: optional(RESOURCES),
  region: optional(aString),
  sandboxClass: optional(aString),
});

export const WATCH_OPTIONS: Check = optional(fields<WatchOptions>(WATCHED));
