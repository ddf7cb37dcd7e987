import { host } from "#host";
import {
  type Canceller,
  cancellable,
  type Memory,
  type Report,
  type Reports,
  type Resolution,
  toWire,
  unwrap,
  type WrittenContext,
} from "../core/backend.ts";
import type { LocalFile } from "../files/local-file.ts";
import { unlessAborted, whenAborted } from "../shared/abort.ts";
import { type CallSites, type Finding, located } from "../shared/errors.ts";
import type {
  LintOptions,
  PackedContext,
  Progress,
  ResolvedFields,
  ResolveFilesOptions,
  ResolveOptions,
  SnapshotNameOptions,
  WatchOptions,
} from "../shared/types.ts";
import type {
  Contents,
  ContextRecord,
  DaytonaHashes,
  Definition,
  FileRecord,
  IgnoredRecord,
  InstructionRecord,
  Outline,
  SourceRecord,
  StepRecord,
  Finding as WireFinding,
  ResolvedImage as WireResolvedImage,
} from "../shared/wire.generated.ts";
import { checkOptions } from "./arguments.ts";
import { contextTar } from "./context-tar.ts";
import { reported } from "./lint.ts";
import { withRootHints } from "./local-paths.ts";
import { type Baseline, type Plan, placedPlan } from "./plan.ts";
import { SNAPSHOT_NAME_OPTIONS, WATCH_OPTIONS } from "./resolve-options.ts";

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
export class ResolvedImage implements Readonly<ResolvedFields> {
  /** What it was resolved from. */
  readonly definition: Definition;
  /** Which rules made the Dockerfile. */
  readonly edition: WireResolvedImage["edition"];
  /** The Dockerfile, exactly as Daytona receives it. */
  readonly dockerfile: string;
  /** SHA-256 of the image, `sha256:…`: equal images have equal digests, on every machine. */
  readonly imageDigest: string;
  /** The files that are uploaded with the Dockerfile. */
  readonly contexts: ContextRecord[];
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
  #found: Finding[] | undefined;
  #findings: Finding[] | undefined;
  #contents: Contents | undefined;
  #hashes: DaytonaHashes | undefined;

  /** @internal */
  constructor(definition: string, resolution: Resolution, callSites: CallSites, root?: string) {
    const found = unwrap<WireResolvedImage>(resolution.answer, callSites, withRootHints(definition, root));
    this.definition = JSON.parse(definition);
    this.edition = found.edition;
    this.dockerfile = found.dockerfile;
    this.imageDigest = found.imageDigest;
    this.contexts = found.contexts;
    this.instructions = found.instructions;
    this.steps = found.steps;
    this.sources = found.sources;
    if (found.root !== undefined) this.root = found.root;
    this.#resolution = resolution;
    this.#callSites = callSites;
    const bytes = found.contexts.map(({ source, size }) => (source === undefined ? 0 : size));
    // Of little, all is known at once: an image stays the record that it is, whatever becomes of its files.
    if (bytes.some(Boolean) && bytes.reduce((sum, size) => sum + size, 0) <= LITTLE) this.#hashed();
  }

  /** What lint rules find, except for the pedantic ones: what is valid, but probably not what is meant. */
  get findings(): Finding[] {
    this.#findings ??= this.lint({});
    return this.#findings;
  }

  /** Every file that the contexts bring into the image or one of its stages. */
  get files(): FileRecord[] {
    return this.#contained().files;
  }

  /** What ignore rules exclude from local directories. */
  get ignored(): IgnoredRecord[] {
    return this.#contained().ignored;
  }

  /**
   * The key under which Daytona keeps the build. It depends on hashes of the packed contexts. Where those are more than 1 MiB, and
   * the option `snapshotRef` of {@link ImageBuilder.resolve} was not given, it is computed when it is first used, blocking: the
   * files are read again unless the cache knows the hashes.
   *
   * @throws PithyImageError if a file is no longer what was resolved.
   */
  get snapshotRef(): string {
    return this.#hashed().snapshotRef;
  }

  /** The hashes that the Daytona SDK sends for the contexts, in the same order; see {@link ResolvedImage.snapshotRef}. */
  get contextHashes(): string[] {
    return this.#hashed().contextHashes;
  }

  /** @internal What lint rules find, as a project wants it. */
  lint(options: Pick<LintOptions, "rules" | "pedantic">): Finding[] {
    this.#found ??= located(unwrap<WireFinding[]>(this.#resolution.findings()), this.#callSites);
    return reported(this.#found, options);
  }

  #contained(): Contents {
    this.#contents ??= unwrap<Contents>(this.#resolution.contents());
    return this.#contents;
  }

  #hashed(): DaytonaHashes {
    this.#hashes ??= unwrap<DaytonaHashes>(this.#resolution.hashesSync(memory()), this.#callSites);
    return this.#hashes;
  }

  /** @internal Computes {@link ResolvedImage.snapshotRef} off the event loop. */
  async hash(canceller: Canceller, report: Report | undefined, rereads?: boolean): Promise<void> {
    const hashes = await this.#resolution.hashes(memory(rereads), canceller, report);
    this.#hashes = unwrap<DaytonaHashes>(hashes, this.#callSites);
  }

  /**
   * All of it as plain data.
   *
   * @example
   * ```ts
   * const record = JSON.parse(JSON.stringify(resolved));
   * record.imageDigest === resolved.imageDigest;
   * // true
   * ```
   */
  toJSON(): ResolvedFields & { definition: Definition } {
    const { snapshotRef, contextHashes, findings, files, ignored } = this;
    return { ...this, snapshotRef, contextHashes, findings, files, ignored };
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
  async pack(options?: WatchOptions): Promise<PackedContext[]> {
    checkOptions(options, WATCH_OPTIONS);
    return this.#pack(options);
  }

  #pack(options: WatchOptions = {}): Promise<WrittenContext[]> {
    return watched(options, async (canceller, reports) =>
      unwrap(await this.#resolution.pack(memory(), canceller, reports("pack")), this.#callSites),
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
    return unwrap(this.#resolution.packSync(memory()), this.#callSites);
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
  contextTar(options?: WatchOptions): ReadableStream<Uint8Array> {
    checkOptions(options, WATCH_OPTIONS);
    const { dockerfile, contexts } = this;
    const pack = () => this.#pack(options);
    return contextTar({ dockerfile, contexts, pack, read: host.readPacked }, options?.signal);
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

/** Bytes of contexts that are read again at once. */
const LITTLE = 2 ** 20;

/** What the core may remember, where it keeps it. */
const memory = (rereads?: boolean): Memory => ({ cache: host.cacheDirectory(), rereads });

type HowToResolve = Pick<ResolveOptions, "reread" | "snapshotRef"> & { readonly root: string | undefined };

/** Resolves a definition off the event loop. */
export async function resolveDefinition(
  definition: string,
  { root, reread, snapshotRef, ...options }: WatchOptions & HowToResolve,
  callSites: CallSites,
): Promise<ResolvedImage> {
  await host.init();
  return watched(options, async (canceller, reports) => {
    const resolution = await host.backend().resolveAsync(definition, root, memory(reread), canceller, reports("read"));
    const resolved = new ResolvedImage(definition, resolution, callSites, root);
    if (snapshotRef) await resolved.hash(canceller, reports("hash"), reread);
    return resolved;
  });
}

/** Resolves a definition, blocking. */
export const resolveDefinitionSync = (
  definition: string,
  root: string | undefined,
  callSites: CallSites,
): ResolvedImage =>
  new ResolvedImage(definition, host.backend().resolveSync(definition, root, memory()), callSites, root);

/** Resolves a definition against files that are passed in, which and whose options nobody has checked yet. */
export async function resolveGivenFiles(
  definition: string,
  files: Iterable<LocalFile>,
  options: ResolveFilesOptions | undefined,
  callSites: CallSites,
): Promise<ResolvedImage> {
  const { LOCAL_FILES, RESOLVE_FILES_OPTIONS, withPaths } = await import("./given-files.ts");
  const list = Symbol.iterator in Object(files) && typeof files === "object" ? [...files] : files;
  checkOptions(options, RESOLVE_FILES_OPTIONS);
  checkOptions(list, LOCAL_FILES, "The first argument");
  await host.init();
  const { needs } = unwrap<Outline>(host.backend().outline(definition), callSites);
  const { root, executable, keepUntil, ...watch } = options ?? {};
  const kept = keepUntil && !keepUntil.aborted ? { list: files, until: keepUntil } : undefined;
  const about = { root, executable, needs: needs.map(({ path }) => path) };
  const resolution = await watchedBySignal(watch, async (signal, reports) => {
    const given = { about, kept, files: await withPaths(list as LocalFile[], signal) };
    return host.resolveFiles(definition, given, signal, reports);
  });
  return new ResolvedImage(definition, resolution, callSites);
}

/** Milliseconds between two reports of progress. */
const INTERVAL = 50;

/** Runs work that is aborted by the caller's signal, or when the caller's `onProgress` throws or rejects. */
function watched<Result>(
  options: WatchOptions,
  work: (canceller: Canceller, reports: Reports) => Promise<Result>,
): Promise<Result> {
  return watchedBySignal(options, (signal, reports) =>
    cancellable(signal, new (host.backend().Canceller)(), (canceller) => work(canceller, reports)),
  );
}

/** {@link watched} for work that a signal aborts. */
async function watchedBySignal<Result>(
  { signal, onProgress }: WatchOptions,
  work: (signal: AbortSignal, reports: Reports) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  const unlink = whenAborted(signal, () => stop.abort(signal?.reason));
  const reporter = onProgress && new Reporter(onProgress, (error) => stop.abort(error));
  try {
    const result = await work(stop.signal, (kind) => reporter && ((counts) => reporter.report(kind, counts)));
    if (reporter) {
      await new Promise((done) => setTimeout(done)); // the last report may still be on its way
      await unlessAborted(reporter.settled(), stop.signal);
    }
    stop.signal.throwIfAborted();
    return result;
  } finally {
    unlink();
  }
}

/** Reports progress at most every {@link INTERVAL}, and at each end, until that fails. */
class Reporter {
  readonly #onProgress: (progress: Progress) => unknown;
  readonly #onFailure: (error: unknown) => void;
  /** What `onProgress` returned and has not settled. */
  readonly #pending = new Set<Promise<void>>();
  #last = Number.NEGATIVE_INFINITY;
  #failed = false;

  constructor(onProgress: (progress: Progress) => unknown, onFailure: (error: unknown) => void) {
    this.#onProgress = onProgress;
    this.#onFailure = onFailure;
  }

  report(work: Progress["work"], [files = 0, totalFiles = 0, bytes = 0, totalBytes = 0]: number[]): void {
    const isEnd = files === totalFiles;
    if (this.#failed || (!isEnd && performance.now() - this.#last < INTERVAL)) return;
    this.#last = performance.now();
    const called = this.#call({ work, files, totalFiles, bytes, totalBytes });
    this.#pending.add(called);
    void called.finally(() => this.#pending.delete(called));
  }

  /** Never rejects: a failure has been passed on. */
  async #call(progress: Progress): Promise<void> {
    try {
      await this.#onProgress(progress);
    } catch (error) {
      this.#failed = true;
      this.#onFailure(error);
    }
  }

  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }
}
