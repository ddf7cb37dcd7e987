/**
 * Where the package runs: Node, a browser or an edge. Each has its own module in `hosts/`, which exports a `host`; a build
 * replaces `#host` with the right one.
 */

import type { GivenFiles } from "../files/file-tree.ts";
import type { BackendName, PackedContext, WasmSource } from "../shared/types.ts";
import type { Backend, Reports, Resolution } from "./backend.ts";

/** A local path: the part below the root; where it lies outside of the root; or no path of a disk at all. */
export type LocalPath = { readonly below: string } | { readonly outside: string } | { readonly foreign: string };

/** A path outside of the root, and the file that names it. */
export interface OutsidePath {
  readonly path: string;
  readonly caller: string | undefined;
}

/** What is known of local paths where there is a disk. */
export interface LocalPaths {
  /** A local path, which may be absolute, as a definition holds it. */
  below(given: string, root: string): LocalPath;
  /** The root for a Dockerfile outside of the default root: the directory that contains it and its build context. */
  rootOf(dockerfile: string, context: string | undefined, root: string): string | undefined;
  /** What to do about each path outside of the root. */
  hintsForOutside(outside: readonly OutsidePath[], root: string): string[];
  /** What to do about a path that is missing below the root, if there is something better than the core's hint. */
  hintForMissing(path: string, root: string, caller: string | undefined): string | undefined;
}

export interface Host {
  /** The core, for synchronous calls. */
  backend(): Backend;
  /** Whether the core can be used without `init`. */
  isReady(): boolean;
  backendName(): BackendName;
  /** Loads the core where that takes time. */
  init(source?: WasmSource | Promise<WasmSource>): Promise<void>;
  /** Resolves a definition against files that were passed in. */
  resolveFiles(definition: string, files: GivenFiles, signal: AbortSignal, reports: Reports): Promise<Resolution>;
  /** The absolute root of a call. */
  absoluteRoot(root?: string | URL): string | undefined;
  /** None without a disk. */
  readonly localPaths?: LocalPaths;
  /** Whether calls whose results were dropped are errors, where the application does not say. */
  isStrict(): boolean;
  /** The bytes of a packed context. None without a disk, where nothing is packed. */
  readPacked?(context: PackedContext, size: number): Promise<ReadableStream<Uint8Array>>;
  /** The cache of packed contexts that the environment names. */
  cacheDirectory(): string | undefined;
  /** Runs work after the current turn of the event loop. */
  soon(work: () => void): void;
  warn(message: string, code: string): void;
}
