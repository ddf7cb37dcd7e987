import type { Files } from "../files/listing.ts";
import type { StagedContext } from "../shared/types.ts";
import { type Answer, type Backend, type Canceller, cancellable, type Report, type Resolution } from "./backend.ts";

/**
 * The WebAssembly module, instantiated. Its own types are generated; this says what is used of them, so that Node is built
 * without them.
 */
export interface Wasm extends Omit<Backend, "resolveSync" | "resolveAsync"> {
  resolveSync(definition: string, files: Files): Unstaged;
  resolveAsync(definition: string, files: Files, cancel: Canceller, onProgress?: Report): Promise<Unstaged>;
}

/** A resolution that is told where the files are, and where they go. */
interface Unstaged {
  readonly answer: Answer;
  stageSync(files: Files, into: Staging): Answer;
  stage(files: Files, into: Staging, cancel: Canceller): Promise<Answer>;
}

/** Takes contexts, one after the other: `Sink` of the WebAssembly module, with an end. */
export interface Staging {
  /** Where they are kept, as a path below a root, if it is one; with `/`, and every link followed. */
  below(root: string | undefined): string | undefined;
  /** Answers whether the bytes are wanted. */
  begin(archivePath: string, mode: number, size: number): boolean;
  write(bytes: Uint8Array): void;
  /** Where the contexts are. */
  end(): StagedContext[];
  /** Undoes what was begun and not ended. */
  abandon(): void;
}

/** The files of a definition, for calls that cannot wait and for those that can. */
export interface Sources {
  readonly atOnce: Files;
  readonly waiting: Files;
}

/** What the WebAssembly module does not know of where it runs. */
export interface Surroundings {
  sources(definition: string, root: string | undefined): Sources;
  staging(cache: string | undefined): Staging;
}

/** The WebAssembly module as the core of a host. */
export function wasmBackend(wasm: Wasm, { sources, staging }: Surroundings): Backend {
  const { check, outline, pithyJaunt, plan, snapshotName, Canceller } = wasm;
  return {
    check,
    outline,
    pithyJaunt,
    plan,
    snapshotName,
    Canceller,
    resolveSync(definition, root) {
      const files = sources(definition, root);
      return stageable(wasm, wasm.resolveSync(definition, files.atOnce), files, staging);
    },
    async resolveAsync(definition, root, cancel = new Canceller(), onProgress) {
      const files = sources(definition, root);
      const resolved = await wasm.resolveAsync(definition, files.waiting, cancel, onProgress);
      return stageable(wasm, resolved, files, staging);
    },
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
  const sources = { atOnce: NEVER_AT_ONCE, waiting: files };
  return cancellable(signal, new wasm.Canceller(), async (cancel) =>
    stageable(wasm, await wasm.resolveAsync(definition, files, cancel, report), sources, staging),
  );
}

/** Files of a browser have to be waited for. */
const NEVER_AT_ONCE: Files = {
  list: () => refuseToWait(),
  read: () => refuseToWait(),
};

function refuseToWait(): never {
  throw new Error("files that were given have to be waited for: use `await resolved.stage()`");
}

function stageable(
  wasm: Wasm,
  resolution: Unstaged,
  { atOnce, waiting }: Sources,
  staging: Surroundings["staging"],
): Resolution {
  return {
    answer: resolution.answer,
    stageSync(cache) {
      const into = staging(cache);
      try {
        return ended(resolution.stageSync(atOnce, into), into);
      } finally {
        into.abandon();
      }
    },
    async stage(cache, cancel = new wasm.Canceller()) {
      const into = staging(cache);
      try {
        return ended(await resolution.stage(waiting, into, cancel), into);
      } finally {
        into.abandon();
      }
    },
  };
}

const ended = (answer: Answer, into: Staging): Answer =>
  (answer as { problems?: unknown }).problems ? answer : { ok: into.end() };
