import { type Answer, type Backend, type Canceller, cancellable, type Report, type Resolution } from "./backend.ts";
import type { StagedContext } from "./resolved.ts";

/**
 * The WebAssembly module, instantiated. Its own types are generated; this says what is used of them, so that Node is built
 * without them.
 */
export interface Wasm extends Omit<Backend, "resolveSync" | "resolveAsync" | "Canceller"> {
  resolveSync(definition: string, files: FollowedFiles): Unstaged;
  resolveAsync(definition: string, files: FollowedFiles): Promise<Unstaged>;
}

/** A resolution that is given the files, and the place for its contexts. */
interface Unstaged {
  readonly answer: Answer;
  stageSync(files: FollowedFiles, into: Staging): Answer;
  stage(files: FollowedFiles, into: Staging): Promise<Answer>;
}

/** Files, and how the work on them is followed and stopped: `Files` of the WebAssembly module. */
interface FollowedFiles extends Files {
  report(counts: Float64Array): void;
  isCancelled(): boolean;
}

/** A switch that {@link followed} looks at. */
class Switch implements Canceller {
  isCancelled = false;

  cancel(): void {
    this.isCancelled = true;
  }
}

/** Files for work that is followed and stopped by these. */
export const followed = (files: Files, cancel?: Canceller, onProgress?: Report): FollowedFiles => ({
  root: files.root,
  list: (directory) => files.list(directory),
  read: (file, offset) => files.read(file, offset),
  report: (counts) => onProgress?.([...counts]),
  isCancelled: () => cancel instanceof Switch && cancel.isCancelled,
});

/** A holder of files below a root. */
export interface Files {
  /** Absolute path, if there is one. */
  readonly root?: string | undefined;
  /** What is in a directory, by {@link listing}; the root is `.`. */
  list(directory: string): string | Promise<string>;
  /** Bytes of a file from an offset on; none at its end. */
  read(file: string, offset: number): Uint8Array | Promise<Uint8Array>;
}

/** What is in a directory, as the core reads it. */
export type FileNode = { name: string } & NodeKind;

/** What a {@link FileNode} is. */
export type NodeKind =
  | { kind: "file"; size: number; executable?: boolean | undefined }
  | { kind: "link"; target: string }
  | { kind: "directory" | "special" | "notText" };

/** What is in a directory, as JSON for the core. It has no halves of surrogate pairs. */
export const listing = (nodes: readonly FileNode[]): string => JSON.stringify(nodes.map(asText));

function asText(node: FileNode): FileNode {
  const name = node.name.replace(/\p{Surrogate}/gu, "\ufffd");
  const isText = name === node.name && !("target" in node && /\p{Surrogate}/u.test(node.target));
  return isText ? node : { name, kind: "notText" };
}

/** Bytes that a {@link Files} reads at once. */
export const CHUNK: number = 1024 * 1024;

/** Takes contexts, one after the other: `Sink` of the WebAssembly module, with an end. */
export interface Staging {
  /** Where they are kept, as a path below a root, if it is one; with `/`, and every link followed. */
  below(root: string): string | undefined;
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
  const { check, outline, pithyJaunt, plan, snapshotName } = wasm;
  return {
    check,
    outline,
    pithyJaunt,
    plan,
    snapshotName,
    Canceller: Switch,
    resolveSync(definition, root) {
      const files = sources(definition, root);
      return stageable(wasm.resolveSync(definition, followed(files.atOnce)), files, staging);
    },
    async resolveAsync(definition, root, cancel, onProgress) {
      const files = sources(definition, root);
      const resolved = await wasm.resolveAsync(definition, followed(files.waiting, cancel, onProgress));
      return stageable(resolved, files, staging);
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
  return cancellable(signal, new Switch(), async (cancel) =>
    stageable(await wasm.resolveAsync(definition, followed(files, cancel, report)), sources, staging),
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

function stageable(resolution: Unstaged, { atOnce, waiting }: Sources, staging: Surroundings["staging"]): Resolution {
  return {
    answer: resolution.answer,
    stageSync(cache) {
      const into = staging(cache);
      try {
        return ended(resolution.stageSync(followed(atOnce), into), into);
      } finally {
        into.abandon();
      }
    },
    async stage(cache, cancel) {
      const into = staging(cache);
      try {
        return ended(await resolution.stage(followed(waiting, cancel), into), into);
      } finally {
        into.abandon();
      }
    },
  };
}

const ended = (answer: Answer, into: Staging): Answer =>
  (answer as { problems?: unknown }).problems ? answer : { ok: into.end() };
