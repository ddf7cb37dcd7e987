import type * as Generated from "../wasm/pithy-image.js";
import { type Answer, type Backend, cancellable, type Canceller, type Report, type Resolution } from "./backend.ts";
import type { StagedContext } from "./resolved.ts";

/** The WebAssembly module, instantiated. */
export type Wasm = Omit<typeof Generated, "default" | "initSync">;

/** Whoever has the files below a root: `Files` of the WebAssembly module. */
export interface Files {
  /** Absolute path, if there is one. */
  readonly root?: string | undefined;
  /** JSON of the {@link FileNode}s of a directory; the root is `.`. */
  list(directory: string): string | Promise<string>;
  /** Bytes of a file from an offset on; none at its end. */
  read(file: string, offset: number): Uint8Array | Promise<Uint8Array>;
}

/** What is in a directory, as the core reads it. */
export interface FileNode {
  name: string;
  kind:
    | { file: { size: number; executable?: boolean | undefined } }
    | { link: { target: string } }
    | "directory"
    | "special"
    | "notText";
}

/** Bytes that a {@link Files} reads at once. */
export const CHUNK: number = 1024 * 1024;

/** Takes contexts, one after the other: `Sink` of the WebAssembly module. */
export interface Sink {
  begin(archivePath: string, mode: number): void;
  write(bytes: Uint8Array): void;
}

/** A sink that knows where it put the contexts. */
export interface Staging extends Sink {
  staged(): StagedContext[];
}

/** What the WebAssembly module does not know of where it runs. */
export interface Surroundings {
  files(definition: string, root: string | undefined): Files;
  staging(cache: string | undefined): Staging;
}

/** The WebAssembly module as the core of a host. */
export function wasmBackend(wasm: Wasm, { files, staging }: Surroundings): Backend {
  const { check, outline, pithyJaunt, snapshotName, Canceller } = wasm;
  const resolution = (resolved: Generated.Resolution) => stageable(wasm, resolved, staging);
  return {
    check,
    outline,
    pithyJaunt,
    snapshotName,
    Canceller,
    resolveSync: (definition, root) => resolution(wasm.resolveSync(definition, files(definition, root))),
    resolveAsync: async (definition, root, cancel = new Canceller(), onProgress) =>
      resolution(await wasm.resolveAsync(definition, files(definition, root), canceller(cancel), onProgress)),
  };
}

/** Resolves a definition against files that were given. */
export async function resolveGiven(
  wasm: Wasm,
  definition: string,
  files: Files,
  signal: AbortSignal,
  report: Report | undefined,
  staging: Surroundings["staging"],
): Promise<Resolution> {
  return cancellable(signal, new wasm.Canceller(), async (cancel) =>
    stageable(wasm, await wasm.resolveAsync(definition, files, canceller(cancel), report), staging),
  );
}

function stageable(wasm: Wasm, resolution: Generated.Resolution, staging: Surroundings["staging"]): Resolution {
  const staged = (answer: Answer, into: Staging): Answer =>
    (answer as { problems?: unknown }).problems ? answer : { ok: into.staged() };
  return {
    answer: resolution.answer,
    stageSync(cache) {
      const into = staging(cache);
      return staged(resolution.stageSync(into), into);
    },
    async stage(cache, cancel = new wasm.Canceller()) {
      const into = staging(cache);
      return staged(await resolution.stage(into, canceller(cancel)), into);
    },
  };
}

/** A canceller is always one that this module made. */
const canceller = (made: Canceller) => made as Generated.Canceller;
