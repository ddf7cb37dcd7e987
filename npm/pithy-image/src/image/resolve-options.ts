/** Checks of the options that resolve an image. */
import {
  aFunction,
  anything,
  aSignal,
  aString,
  type Check,
  type Fields,
  fields,
  optional,
  strings,
} from "../shared/check.ts";
import type { ResolveFilesOptions, ResolveOptions, RootOptions } from "../shared/types.ts";

const ROOT: Fields<RootOptions> = { root: anything }; // the host knows what a root may be

const WATCHED: Fields<Omit<ResolveOptions, "root">> = { signal: optional(aSignal), onProgress: optional(aFunction) };

export const ROOT_OPTIONS: Check = optional(fields<RootOptions>(ROOT));

export const RESOLVE_OPTIONS: Check = optional(fields<ResolveOptions>({ ...ROOT, ...WATCHED }));

export const RESOLVE_FILES_OPTIONS: Check = optional(
  fields<ResolveFilesOptions>({ ...WATCHED, root: optional(aString), executable: optional(strings) }),
);

export const PACK_OPTIONS: Check = optional(fields<Pick<ResolveOptions, "signal">>({ signal: optional(aSignal) }));
