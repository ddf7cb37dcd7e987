/**
 * Where the package runs: Node, a browser or an edge. Each has its own module in `hosts/`, which exports a `host`; a build
 * replaces `#host` with the right one.
 */

import type { GivenFiles } from "../files/file-tree.ts";
import type { BackendName, WasmSource } from "../shared/types.ts";
import type { Backend, Report, Resolution } from "./backend.ts";

/** A local path: the part below the root, or where it lies outside of the root. */
export type LocalPath = { readonly below: string } | { readonly outside: string };

/** A path outside of the root, all such paths of the image, and the file that names this one. */
export interface OutsidePath {
  readonly path: string;
  readonly all: readonly string[];
  readonly root: string;
  readonly caller: string | undefined;
}

export interface Host {
  /** The core, for synchronous calls. */
  backend(): Backend;
  backendName(): BackendName;
  /** Loads the core where that takes time. */
  init(source?: WasmSource | Promise<WasmSource>): Promise<void>;
  /** Resolves a definition against files that were passed in. */
  resolveFiles(definition: string, files: GivenFiles, signal: AbortSignal, report?: Report): Promise<Resolution>;
  /** The absolute root of a call. */
  absoluteRoot(root?: string | URL): string | undefined;
  /** A local path, which may be absolute, as a definition holds it. */
  localPath(given: string, root: string): LocalPath;
  /** What to do about a path outside of the root. */
  hintForOutside(outside: OutsidePath): string;
  /** What to do about a path that is missing below the root, if there is something better than the core's hint. */
  hintForMissing(path: string, root: string, caller: string): string | undefined;
  /** Whether calls whose results were dropped are errors, where the application does not say. */
  isStrict(): boolean;
  /** The cache of packed contexts that the environment names. */
  cacheDirectory(): string | undefined;
  /** Runs work after the current turn of the event loop. */
  soon(work: () => void): void;
  warn(message: string, code: string): void;
}
