import { host } from "#host";
import { cancellable, type Report, type Resolution, toWire, unwrap, type WrittenContext } from "../core/backend.ts";
import { type LocalFile, pathOf } from "../files/file-tree.ts";
import { whenAborted } from "../shared/abort.ts";
import { type CallSites, located, type Problem } from "../shared/errors.ts";
import type {
  PackedContext,
  Progress,
  ResolveFilesOptions,
  ResolveOptions,
  SnapshotNameOptions,
} from "../shared/types.ts";
import type {
  ContextRecord,
  Definition,
  FileRecord,
  IgnoredRecord,
  InstructionRecord,
  Outline,
  SourceRecord,
  StepRecord,
  ResolvedImage as WireResolvedImage,
} from "../shared/wire.generated.ts";
import { checkOptions } from "./arguments.ts";
import { contextTar } from "./context-tar.ts";
import { withRootHints } from "./local-paths.ts";
import { type Baseline, type Plan, placedPlan } from "./plan.ts";
import { PACK_OPTIONS, SNAPSHOT_NAME_OPTIONS } from "./resolve-options.ts";

/**
 * An image whose files were read: its Dockerfile, its names, and what is uploaded. It is a record of that moment.
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
  /** What it was resolved from. */
  readonly definition: Definition;
  /** Which rules made the Dockerfile. */
  readonly edition: WireResolvedImage["edition"];
  /** The Dockerfile, exactly as Daytona receives it. */
  readonly dockerfile: string;
  /** SHA-256 of the image, `sha256:…`: equal images have equal digests, on every machine. */
  readonly imageDigest: string;
  /** The key under which Daytona keeps the build. */
  readonly snapshotRef: string;
  /** The hashes that the Daytona SDK sends for the contexts, in the same order. */
  readonly contextHashes: string[];
  /** The files that are uploaded with the Dockerfile. */
  readonly contexts: ContextRecord[];
  /** Every file that the contexts bring into the image or one of its stages. */
  readonly files: FileRecord[];
  /** What ignore rules exclude from local directories. */
  readonly ignored: IgnoredRecord[];
  /** What is worth knowing although it is not a mistake: too many layers, steps that only root can run. */
  readonly findings: Problem[];
  /** Which step produced which lines of the Dockerfile, in order. */
  readonly instructions: InstructionRecord[];
  /** Every step of the definition, in order; those of a stage follow the step that declares it. */
  readonly steps: StepRecord[];
  /** The local files and directories that are uploaded, sorted by path, each once. */
  readonly sources: SourceRecord[];
  /** Absolute path of the root of the local paths; absent if there are none. */
  readonly root?: string;
  readonly #resolution: Resolution;
  readonly #callSites: CallSites;

  /** @internal */
  constructor(definition: string, resolution: Resolution, callSites: CallSites, root?: string) {
    const found = unwrap<WireResolvedImage>(resolution.answer, callSites, withRootHints(definition, root));
    this.definition = JSON.parse(definition);
    this.edition = found.edition;
    this.dockerfile = found.dockerfile;
    this.imageDigest = found.imageDigest;
    this.snapshotRef = found.snapshotRef;
    this.contextHashes = found.contextHashes;
    this.contexts = found.contexts;
    this.files = found.files;
    this.ignored = found.ignored;
    this.findings = located(found.findings, callSites);
    this.instructions = found.instructions;
    this.steps = found.steps;
    this.sources = found.sources;
    if (found.root !== undefined) this.root = found.root;
    this.#resolution = resolution;
    this.#callSites = callSites;
  }

  /**
   * Packs the contexts: writes them into the cache, except for those that are already there.
   *
   * @throws PithyImageError if a file is no longer what was resolved, or the cache cannot be written.
   *
   * @example
   * ```ts
   * const [context] = await resolved.pack();
   * context?.archivePath;
   * // ctx/…/execution.sh
   * ```
   */
  async pack(options?: { signal?: AbortSignal | undefined }): Promise<PackedContext[]> {
    checkOptions(options, PACK_OPTIONS);
    return this.#pack(options?.signal);
  }

  #pack(signal: AbortSignal | undefined): Promise<WrittenContext[]> {
    return cancellable(signal, new (host.backend().Canceller)(), async (canceller) =>
      unwrap(await this.#resolution.pack(host.cacheDirectory(), canceller), this.#callSites),
    );
  }

  /**
   * {@link ResolvedImage.pack}, blocking.
   *
   * @example
   * ```ts
   * const [context] = resolved.packSync();
   * context?.sourcePath;
   * // /…/ctx/…/execution.sh
   * ```
   */
  packSync(): PackedContext[] {
    return unwrap(this.#resolution.packSync(host.cacheDirectory()), this.#callSites);
  }

  /**
   * The whole build context, the Dockerfile included, as one tar: all that an engine needs to build the image. Equal images have
   * equal bytes, on every machine and with both cores, for one version of this package. Memory use does not depend on the size of
   * the context, which is streamed. The stream fails if a file is no longer what was resolved. Without
   * a disk there are only contexts without files.
   *
   * @example
   * ```ts
   * const resolved = await Image.base("node:22-slim").addLocalDir("src", "/app").resolve();
   * for await (const bytes of resolved.contextTar()) process.stdout.write(bytes);
   * ```
   */
  contextTar(options?: { signal?: AbortSignal | undefined }): ReadableStream<Uint8Array> {
    checkOptions(options, PACK_OPTIONS);
    return contextTar(this, () => this.#pack(options?.signal), options?.signal);
  }

  /** @internal The line that made a step. */
  callSiteOf(step: string): string | undefined {
    return this.#callSites(step);
  }

  /**
   * A name for the image's snapshot: the prefix, and digits that depend on the image, the resources, the region and the
   * sandbox class.
   *
   * @example
   * ```ts
   * resolved.snapshotName({ prefix: "acme/agent", resources: { cpu: 2, memory: 4 } });
   * // acme/agent-…
   * ```
   */
  snapshotName(options: SnapshotNameOptions = {}): string {
    checkOptions(options, SNAPSHOT_NAME_OPTIONS);
    return unwrap(host.backend().snapshotName(toWire({ ...options, imageDigest: this.imageDigest })));
  }

  /**
   * What happened to each step and file since a baseline, what Docker builds again, and what is uploaded.
   *
   * @param baseline - An entry of a lock, another resolved image, one as JSON, or the build of a snapshot.
   *
   * @example
   * ```ts
   * const before = await image.aptInstall(["curl", "git"]).resolve();
   * const after = await image.aptInstall(["curl", "jq"]).resolve();
   * const [, step] = after.plan(before).steps;
   * step?.change;
   * // changed
   * JSON.stringify(step?.fields);
   * // [{"path":"/packages/1","before":"git","after":"jq"}]
   * ```
   */
  plan(baseline: Baseline): Plan {
    return placedPlan(baseline, this, this.#callSites);
  }
}

/** Resolves a definition off the event loop. */
export async function resolveDefinition(
  definition: string,
  { root, ...options }: Watched & { readonly root: string | undefined },
  callSites: CallSites,
): Promise<ResolvedImage> {
  await host.init();
  const resolution = await watched(options, (signal, report) =>
    cancellable(signal, new (host.backend().Canceller)(), (canceller) =>
      host.backend().resolveAsync(definition, root, canceller, report),
    ),
  );
  return new ResolvedImage(definition, resolution, callSites, root);
}

/** Resolves a definition against files that are passed in. */
export async function resolveGivenFiles(
  definition: string,
  files: readonly LocalFile[],
  { root, executable, ...options }: ResolveFilesOptions,
  callSites: CallSites,
): Promise<ResolvedImage> {
  const given = files.map((file) => ({ path: pathOf(file), file }));
  await host.init();
  const { needs } = unwrap<Outline>(host.backend().outline(definition), callSites);
  const about = { files: given, root, executable, needs: needs.map(({ path }) => path) };
  const resolution = await watched(options, (signal, report) => host.resolveFiles(definition, about, signal, report));
  return new ResolvedImage(definition, resolution, callSites);
}

/** Milliseconds between two reports of progress. */
const INTERVAL = 50;

type Watched = Pick<ResolveOptions, "signal" | "onProgress">;

/** Runs work that is aborted by the caller's signal, or when the caller's `onProgress` throws. */
async function watched(
  { signal, onProgress }: Watched,
  work: (signal: AbortSignal, report: Report | undefined) => Promise<Resolution>,
): Promise<Resolution> {
  const stop = new AbortController();
  const unlink = whenAborted(signal, () => stop.abort(signal?.reason));
  const report = onProgress && throttled(onProgress, (error) => stop.abort(error));
  try {
    const resolution = await work(stop.signal, report);
    if (report) await new Promise((done) => setTimeout(done)); // the last report may still be on its way
    stop.signal.throwIfAborted();
    return resolution;
  } finally {
    unlink();
  }
}

/** Reports progress at most every {@link INTERVAL}, and at the end. */
function throttled(onProgress: (progress: Progress) => void, onThrow: (error: unknown) => void): Report {
  let last = Number.NEGATIVE_INFINITY;
  let thrown = false;
  return ([files = 0, totalFiles = 0, bytes = 0, totalBytes = 0]) => {
    const isEnd = files === totalFiles;
    if (thrown || (!isEnd && performance.now() - last < INTERVAL)) return;
    last = performance.now();
    try {
      onProgress({ files, totalFiles, bytes, totalBytes });
    } catch (error) {
      thrown = true;
      onThrow(error);
    }
  };
}
