import type { Files } from "../files/listing.ts";
import {
  type Answer,
  type Backend,
  type Canceller,
  cancellable,
  type Report,
  type Reports,
  type Resolution,
  type WrittenContext,
} from "./backend.ts";

/**
 * The WebAssembly module, instantiated. Its own types are generated; these are the parts that are used, so that Node can be
 * built without them.
 */
export interface Wasm extends Omit<Backend, "resolveSync" | "resolveAsync" | "Canceller"> {
  resolveSync(definition: string, files: FollowedFiles): WasmResolution;
  resolveAsync(definition: string, files: FollowedFiles): Promise<WasmResolution>;
}

/** A resolution that is given the files, and where to write the contexts. */
interface WasmResolution {
  readonly answer: Answer;
  findings(): Answer;
  contents(): Answer;
  hashesSync(files: FollowedFiles): Answer;
  hashes(files: FollowedFiles): Promise<Answer>;
  packSync(files: FollowedFiles, into: ContextSink): Answer;
  pack(files: FollowedFiles, into: ContextSink): Promise<Answer>;
}

/** Files, with the progress and the cancellation of the work on them: `Files` of the WebAssembly module. */
interface FollowedFiles extends Files {
  report(counts: Float64Array): void;
  isCancelled(): boolean;
}

/** A canceller that {@link followed} asks. */
export class Switch implements Canceller {
  isCancelled = false;

  cancel(): void {
    this.isCancelled = true;
  }
}

/** Files for work that reports its progress and can be cancelled. */
export const followed = (files: Files, cancel?: Canceller, onProgress?: Report): FollowedFiles => ({
  root: files.root,
  list: (directory) => files.list(directory),
  read: (file, offset) => files.read(file, offset),
  hash: (paths, head) => files.hash(paths, head),
  report: (counts) => onProgress?.([...counts]),
  isCancelled: () => cancel instanceof Switch && cancel.isCancelled,
});

/** Receives packed contexts, one after the other: `Sink` of the WebAssembly module, with an end. */
export interface ContextSink {
  /** The directory of the contexts as a path below a root, if it is there; with `/`, and all links resolved. */
  below(root: string): string | undefined;
  /** Returns whether the bytes are needed. */
  begin(archivePath: string, mode: number): boolean;
  write(bytes: Uint8Array): void;
  /** Returns the packed contexts. */
  end(): WrittenContext[];
  /** Removes an unfinished context. */
  abandon(): void;
}

/** The files of a definition, for synchronous and for asynchronous calls. */
export interface Sources {
  readonly synchronous: Files;
  readonly asynchronous: Files;
}

/** What the WebAssembly module needs from its host. */
export interface Surroundings {
  sources(definition: string, root: string | undefined): Sources;
  sink(cache: string | undefined): ContextSink;
}

/** The WebAssembly module as the backend of a host. */
export function wasmBackend(wasm: Wasm, { sources, sink }: Surroundings): Backend {
  const { check, lintDockerfile, mask, outline, pithyJaunt, plan, snapshotName } = wasm;
  return {
    check,
    lintDockerfile,
    mask,
    outline,
    pithyJaunt,
    plan,
    snapshotName,
    Canceller: Switch,
    resolveSync(definition, root) {
      const files = sources(definition, root);
      return packable(wasm.resolveSync(definition, followed(files.synchronous)), files, sink);
    },
    async resolveAsync(definition, root, _memory, cancel, onProgress) {
      const files = sources(definition, root);
      const resolved = await wasm.resolveAsync(definition, followed(files.asynchronous, cancel, onProgress));
      return packable(resolved, files, sink);
    },
  };
}

/** Resolves a definition against files that were passed in. */
export async function resolveGiven(
  wasm: Wasm,
  definition: string,
  files: Files,
  signal: AbortSignal,
  reports: Reports,
  sink: Surroundings["sink"],
): Promise<Resolution> {
  const sources = { synchronous: NEVER_SYNCHRONOUS, asynchronous: files };
  return cancellable(signal, new Switch(), async (cancel) => {
    const resolved = await wasm.resolveAsync(definition, followed(files, cancel, reports("read")));
    const resolution = packable(resolved, sources, sink);
    if ("problems" in (resolved.answer as object)) return resolution;
    const hashes = await resolution.hashes({}, cancel, reports("hash")); // they could not be read when somebody asks for them
    return { ...resolution, hashesSync: () => hashes };
  });
}

/** Files of a browser can only be read asynchronously. */
const NEVER_SYNCHRONOUS: Files = {
  list: () => refuseToWait(),
  read: () => refuseToWait(),
  hash: () => refuseToWait(),
};

function refuseToWait(): never {
  throw new Error("files that were passed in can only be read asynchronously: use `await resolved.pack()`");
}

function packable(
  resolution: WasmResolution,
  { synchronous, asynchronous }: Sources,
  sink: Surroundings["sink"],
): Resolution {
  return {
    answer: resolution.answer,
    findings: () => resolution.findings(),
    contents: () => resolution.contents(),
    hashesSync: () => resolution.hashesSync(followed(synchronous)),
    hashes: (_memory, cancel, onProgress) => resolution.hashes(followed(asynchronous, cancel, onProgress)),
    packSync({ cache }) {
      const into = sink(cache);
      try {
        return ended(resolution.packSync(followed(synchronous), into), into);
      } finally {
        into.abandon();
      }
    },
    async pack({ cache }, cancel, onProgress) {
      const into = sink(cache);
      try {
        return ended(await resolution.pack(followed(asynchronous, cancel, onProgress), into), into);
      } finally {
        into.abandon();
      }
    },
  };
}

const ended = (answer: Answer, into: ContextSink): Answer =>
  (answer as { problems?: unknown }).problems ? answer : { ok: into.end() };
