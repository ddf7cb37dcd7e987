/**
 * Where the package runs: Node, a browser, an edge. Each has a module of its own beside this one, with a `host`; a build
 * puts the right one in the place of `#host`.
 */

import type { GivenFiles } from "../files/file-tree.ts";
import type { BackendName, WasmSource } from "../shared/types.ts";
import type { Backend, Report, Resolution } from "./backend.ts";

export interface Host {
  /** The core for calls that cannot wait. */
  backend(): Backend;
  backendName(): BackendName;
  /** Loads the core where that takes time. */
  init(source?: WasmSource | Promise<WasmSource>): Promise<void>;
  /** Resolves a definition against files that were given. */
  resolveFiles(definition: string, files: GivenFiles, signal: AbortSignal, report?: Report): Promise<Resolution>;
  /** The root of a call, found while it is made. */
  absoluteRoot(root?: string | URL): string | undefined;
  /** The staging cache that the environment names. */
  cacheDirectory(): string | undefined;
  warn(message: string, code: string): void;
}
