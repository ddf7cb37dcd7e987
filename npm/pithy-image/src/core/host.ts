/**
 * Where the package runs: Node, a browser or an edge. Each has its own module in `hosts/`, which exports a `host`; a build
 * replaces `#host` with the right one.
 */

import type { GivenFiles } from "../files/file-tree.ts";
import type { BackendName, WasmSource } from "../shared/types.ts";
import type { Backend, Report, Resolution } from "./backend.ts";

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
  /** The cache of packed contexts that the environment names. */
  cacheDirectory(): string | undefined;
  warn(message: string, code: string): void;
}
