import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { backend, type Canceller, type Resolution, toWire, unwrap } from "./backend.ts";
import { type CallSites, located, PithyImageError, type Problem } from "./error.ts";
import type {
  ContextRecord,
  FileRecord,
  IgnoredRecord,
  SnapshotSpec,
  ResolvedImage as WireResolvedImage,
} from "./wire.generated.ts";

/** A file for the Daytona SDK to upload: its `contextList` holds such entries. See {@link ResolvedImage.stage}. */
export interface StagedContext {
  /** Absolute path of the file. It ends with the archive path. */
  sourcePath: string;
  /** Path in the build context. */
  archivePath: string;
}

/**
 * How far the reading of local sources is.
 *
 * @example
 * ```ts
 * const onProgress = ({ bytes, totalBytes }: Progress) => console.log(`${bytes} of ${totalBytes} bytes`);
 * await image.addLocalDir("src", "/app").resolve({ onProgress });
 * ```
 */
export interface Progress {
  /** Files that were read. */
  files: number;
  /** Files to be read. */
  totalFiles: number;
  /** Bytes that were read. */
  bytes: number;
  /** Bytes to be read. */
  totalBytes: number;
}

/**
 * Where the local paths of a definition start.
 *
 * @example
 * ```ts
 * const root = new URL("file:///srv/app/");
 * image.toDockerfile({ root });
 * ```
 */
export interface RootOptions {
  /** A directory; when not given, that of the environment variable `PITHY_IMAGE_ROOT`, or else the current one. */
  root?: string | URL;
}

/**
 * Options of everything that reads files without blocking.
 *
 * @example
 * ```ts
 * const options: ResolveOptions = { signal: AbortSignal.timeout(10_000), onProgress: ({ files }) => console.log(files) };
 * await image.addLocalDir("src", "/app").resolve(options);
 * ```
 */
export interface ResolveOptions extends RootOptions {
  /** Stops the work; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Called about twenty times a second while sources are hashed, and once at the end. If it throws, the work stops. */
  onProgress?: (progress: Progress) => void;
}

/** What makes one snapshot of an image differ from another: see {@link ResolvedImage.snapshotName}. */
export type SnapshotNameOptions = Omit<SnapshotSpec, "imageDigest">;

/**
 * An image whose files were read: its Dockerfile, its names, and what is sent. It is a record of that moment.
 *
 * @example
 * ```ts
 * const resolved = await Image.base("node:22-slim").addLocalDir("src", "/app").resolve();
 * resolved.imageDigest;
 * // sha256:…
 * resolved.snapshotRef;
 * // daytona-…:daytona
 * ```
 */
export class ResolvedImage implements Readonly<WireResolvedImage> {
  /** The Dockerfile, to the byte as Daytona gets it. */
  readonly dockerfile: string;
  /** SHA-256 of the image, `sha256:…`: equal images have equal digests, on every machine. */
  readonly imageDigest: string;
  /** The key under which Daytona keeps the build. */
  readonly snapshotRef: string;
  /** The hashes that the Daytona SDK sends for the contexts, in their order. */
  readonly contextHashes: string[];
  /** The files that are sent beside the Dockerfile. */
  readonly contexts: ContextRecord[];
  /** Everything that comes into the image, or into a stage of it, from the contexts. */
  readonly files: FileRecord[];
  /** What ignore rules leave out of local directories. */
  readonly ignored: IgnoredRecord[];
  /** What should be known, though it is no mistake: too many layers, steps that only root can do. */
  readonly findings: Problem[];
  /** Absolute path of the root that local paths were looked up in; undefined if there were none. */
  readonly root: string | undefined;
  readonly #resolution: Resolution;
  readonly #callSites: CallSites;

  /** @internal */
  constructor(resolution: Resolution, callSites: CallSites) {
    const found = unwrap<WireResolvedImage>(resolution.json, callSites);
    this.dockerfile = found.dockerfile;
    this.imageDigest = found.imageDigest;
    this.snapshotRef = found.snapshotRef;
    this.contextHashes = found.contextHashes;
    this.contexts = found.contexts;
    this.files = found.files;
    this.ignored = found.ignored;
    this.findings = located(found.findings, callSites);
    this.root = found.root;
    this.#resolution = resolution;
    this.#callSites = callSites;
  }

  /**
   * Writes the contexts into the staging cache, but for those that are there already.
   *
   * @throws PithyImageError if a file is no longer what was resolved, or the cache cannot be written.
   *
   * @example
   * ```ts
   * const [context] = await resolved.stage();
   * context?.archivePath;
   * // ctx/…/execution.sh
   * ```
   */
  async stage(options: { signal?: AbortSignal } = {}): Promise<StagedContext[]> {
    return cancellable(options.signal, async (canceller) =>
      unwrap(await this.#resolution.stage(cacheDirectory(), canceller), this.#callSites),
    );
  }

  /**
   * {@link ResolvedImage.stage} while everything waits.
   *
   * @example
   * ```ts
   * const [context] = resolved.stageSync();
   * context?.sourcePath;
   * // /…/ctx/…/execution.sh
   * ```
   */
  stageSync(): StagedContext[] {
    return unwrap(this.#resolution.stageSync(cacheDirectory()), this.#callSites);
  }

  /**
   * A name for the image's snapshot: the prefix and digits that differ when the image, the resources, the region or the
   * sandbox class do.
   *
   * @example
   * ```ts
   * resolved.snapshotName({ prefix: "acme/agent", resources: { cpu: 2, memory: 4 } });
   * // acme/agent-…
   * ```
   */
  snapshotName(options: SnapshotNameOptions = {}): string {
    return unwrap(backend().snapshotName(toWire({ ...options, imageDigest: this.imageDigest })));
  }
}

/** Runs work that a signal can stop. */
export async function cancellable<T>(
  signal: AbortSignal | undefined,
  work: (canceller: Canceller) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const canceller = new (backend().Canceller)();
  const cancel = () => canceller.cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const result = await work(canceller);
    signal?.throwIfAborted(); // it came too late to stop anything, and is meant all the same
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}

/**
 * The absolute root of a call. It is found here, while the call is made: the addon would see another current directory
 * if the program changes it before a thread gets to work, and not the environment of a worker.
 */
export function absoluteRoot(root?: string | URL): string {
  const given = root ?? (process.env.PITHY_IMAGE_ROOT || ".");
  if (typeof given === "string") return resolve(given);
  if (given instanceof URL && given.protocol === "file:") return fileURLToPath(given);
  const hint = "Give the path of a directory, or its `file:` URL.";
  throw PithyImageError.of([{ code: "invalid_root", path: "", message: `The root is not a path: ${given}.`, hint }]);
}

/** The staging cache that the environment names. */
const cacheDirectory = (): string | undefined =>
  process.env.PITHY_IMAGE_CACHE && resolve(process.env.PITHY_IMAGE_CACHE);

/** Resolves a definition off the event loop. */
export async function resolveDefinition(
  definition: string,
  { root, signal, onProgress }: ResolveOptions,
  callSites: CallSites,
): Promise<ResolvedImage> {
  return cancellable(signal, async (canceller) => {
    let thrown: { error: unknown } | undefined;
    const report =
      onProgress &&
      ((counts: number[]) => {
        const [files = 0, totalFiles = 0, bytes = 0, totalBytes = 0] = counts;
        try {
          if (!thrown) onProgress({ files, totalFiles, bytes, totalBytes });
        } catch (error) {
          thrown = { error };
          canceller.cancel();
        }
      });
    const resolution = await backend().resolveAsync(definition, absoluteRoot(root), canceller, report);
    if (report) await new Promise((done) => setImmediate(done)); // the last report may still be on its way
    if (thrown) throw thrown.error;
    return new ResolvedImage(resolution, callSites);
  });
}
