import { host } from "#host";
import { cancellable, type Report, type Resolution, toWire, unwrap } from "../core/backend.ts";
import { type LocalFile, pathOf } from "../files/file-tree.ts";
import { type CallSites, located, type Problem } from "../shared/errors.ts";
import type {
  Progress,
  ResolveFilesOptions,
  ResolveOptions,
  SnapshotNameOptions,
  StagedContext,
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
import { type Baseline, type Plan, placedPlan } from "./plan.ts";

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
  /** What it was resolved from. */
  readonly definition: Definition;
  /** Which rules made the Dockerfile. */
  readonly edition: WireResolvedImage["edition"];
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
  /** Which step made which lines of the Dockerfile, in their order. */
  readonly instructions: InstructionRecord[];
  /** Every step of the definition, in order, those of a stage behind the step that declares it. */
  readonly steps: StepRecord[];
  /** The local files and directories that are sent, sorted by their paths; each once. */
  readonly sources: SourceRecord[];
  /** Absolute path of the root that local paths were looked up in; absent if there were none. */
  readonly root?: string;
  readonly #resolution: Resolution;
  readonly #callSites: CallSites;

  /** @internal */
  constructor(definition: string, resolution: Resolution, callSites: CallSites) {
    const found = unwrap<WireResolvedImage>(resolution.answer, callSites);
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
  async stage(options: { signal?: AbortSignal | undefined } = {}): Promise<StagedContext[]> {
    return cancellable(options.signal, new (host.backend().Canceller)(), async (canceller) =>
      unwrap(await this.#resolution.stage(host.cacheDirectory(), canceller), this.#callSites),
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
    return unwrap(this.#resolution.stageSync(host.cacheDirectory()), this.#callSites);
  }

  /** @internal The line that made a step. */
  callSiteOf(step: string): string | undefined {
    return this.#callSites(step);
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
    return unwrap(host.backend().snapshotName(toWire({ ...options, imageDigest: this.imageDigest })));
  }

  /**
   * What became of each step and file since a baseline, what Docker builds again, and what is uploaded.
   *
   * @param baseline - An entry of a lock, another resolved image, or one as JSON.
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
  { root, ...options }: ResolveOptions,
  callSites: CallSites,
): Promise<ResolvedImage> {
  const absolute = host.absoluteRoot(root);
  await host.init();
  return watched(definition, options, callSites, (signal, report) =>
    cancellable(signal, new (host.backend().Canceller)(), (canceller) =>
      host.backend().resolveAsync(definition, absolute, canceller, report),
    ),
  );
}

/** Resolves a definition against files that are given. */
export async function resolveGivenFiles(
  definition: string,
  files: Iterable<LocalFile>,
  { root, executable, ...options }: ResolveFilesOptions,
  callSites: CallSites,
): Promise<ResolvedImage> {
  const given = Array.from(files, (file) => ({ path: pathOf(file), file }));
  await host.init();
  const { needs } = unwrap<Outline>(host.backend().outline(definition), callSites);
  const about = { files: given, root, executable, needs: needs.map(({ path }) => path) };
  return watched(definition, options, callSites, (signal, report) =>
    host.resolveFiles(definition, about, signal, report),
  );
}

/** Milliseconds between two reports of progress. */
const INTERVAL = 50;

/** Runs work that the caller's signal stops, or what the caller's `onProgress` throws. */
async function watched(
  definition: string,
  { signal, onProgress }: Omit<ResolveOptions, "root">,
  callSites: CallSites,
  work: (signal: AbortSignal, report: Report | undefined) => Promise<Resolution>,
): Promise<ResolvedImage> {
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  const report = onProgress && throttled(onProgress, (error) => stop.abort(error));
  try {
    const resolution = await work(stop.signal, report);
    if (report) await new Promise((done) => setTimeout(done)); // the last report may still be on its way
    stop.signal.throwIfAborted();
    return new ResolvedImage(definition, resolution, callSites);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Tells of progress now and then, and of its end. */
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
