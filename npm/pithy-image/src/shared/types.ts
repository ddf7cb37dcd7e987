/** The types that several rooms of the package share. */
import type { Finding } from "./errors.ts";
import type { Contents, DaytonaHashes, Definition, LintRules, ResolvedImage, SnapshotSpec } from "./wire.generated.ts";

/** All that is known of an image whose files were read. */
export interface ResolvedFields extends ResolvedImage, Contents, DaytonaHashes {
  /** What lint rules find, except for the pedantic ones. */
  findings: Finding[];
}

/** Options that may also be undefined, which counts as not given, under `exactOptionalPropertyTypes` too. */
export type OrUndefined<Options> = { [Name in keyof Options]: Options[Name] | undefined };

/**
 * An image of any class, of this package or another copy of it; not one of the Daytona SDK's own class, which has no definition.
 *
 * @example
 * ```ts
 * const images: AnyImage[] = [image, bindImage(SdkImage).base("debian:12-slim")];
 * Image.from(images[0] as AnyImage).toDockerfile() === image.toDockerfile();
 * // true
 * ```
 */
export interface AnyImage {
  /**
   * The definition as plain data.
   *
   * @example
   * ```ts
   * const stepsOf = (any: AnyImage) => any.toJSON().steps.length;
   * stepsOf(image.env({ A: "1" }));
   * // 2
   * ```
   */
  toJSON(): Definition;
}

/** The core that is used, as {@link backend} returns it: the addon for Node, or WebAssembly. */
export type BackendName = "native" | "wasm";

/**
 * What {@link init} loads: the URL of the module, its bytes, a response with them, or a compiled `WebAssembly.Module`.
 */
export type WasmSource = string | object;

/** A file for the Daytona SDK to upload: its `contextList` holds such entries. See {@link ResolvedImage.pack}. */
export interface PackedContext {
  /** Absolute path of the file, which ends with the archive path. */
  sourcePath: string;
  /** Path in the build context. */
  archivePath: string;
}

/**
 * The progress of work on local files.
 *
 * @example
 * ```ts
 * const onProgress = ({ work, bytes, totalBytes }: Progress) => console.log(`${work}: ${bytes} of ${totalBytes} bytes`);
 * await image.addLocalDir("src", "/app").resolve({ onProgress });
 * ```
 */
export interface Progress {
  /** `read` for the digest of the image, `hash` for `snapshotRef`, or `pack` into the cache: each counts from 0. */
  work: "read" | "hash" | "pack";
  /** Files that are done. */
  files: number;
  /** All files. */
  totalFiles: number;
  /** Bytes that are done. */
  bytes: number;
  /** All bytes. */
  totalBytes: number;
}

/**
 * What follows and aborts long work on files.
 *
 * @example
 * ```ts
 * const options: WatchOptions = { signal: AbortSignal.timeout(60_000), onProgress: ({ files }) => console.log(files) };
 * const resolved = await image.addLocalDir("src", "/app").resolve(options);
 * await resolved.pack(options);
 * ```
 */
export interface WatchOptions {
  /** Aborts the work; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * Called about twenty times a second while files are read, and once at the end. If it throws, or a promise that it returns
   * rejects, the work is aborted and rejects with that error. Such promises have settled when the work resolves.
   */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * The root of the local paths of a definition.
 *
 * @example
 * ```ts
 * const root = new URL("file:///srv/app/");
 * image.toDockerfile({ root });
 * ```
 */
export interface RootOptions {
  /** A directory; when not given, the environment variable `PITHY_IMAGE_ROOT`, or else the current directory. */
  root?: string | URL | undefined;
}

/**
 * Options of {@link bindImage}.
 *
 * @example
 * ```ts
 * const Image = bindImage(SdkImage, { root: "/srv/app", strict: true });
 * ```
 */
export interface BindOptions extends RootOptions {
  /**
   * Throws if the result of a call on an image was dropped, which is otherwise a warning. When not given, the environment
   * variable `PITHY_IMAGE_STRICT` says: `1` for true.
   */
  strict?: boolean | undefined;
}

/**
 * Options of calls that read files without blocking.
 *
 * @example
 * ```ts
 * const options: ResolveOptions = { signal: AbortSignal.timeout(10_000), onProgress: ({ files }) => console.log(files) };
 * await image.addLocalDir("src", "/app").resolve(options);
 * ```
 */
export interface ResolveOptions extends RootOptions, WatchOptions {
  /**
   * Reads every file. When not given, files whose paths, sizes, modes, inodes and times are what they were have the content that
   * they had; the context cache remembers it for large sources.
   */
  reread?: boolean | undefined;
  /**
   * Computes `snapshotRef` and `contextHashes` during the call. When not given, those of more than 1 MiB of files are computed
   * when they are first used, blocking: the files have to be read once more for them.
   */
  snapshotRef?: boolean | undefined;
  /**
   * Throws if the result of a call on the image was dropped, which is otherwise a warning. When not given, the environment
   * variable `PITHY_IMAGE_STRICT` says: `1` for true.
   */
  strict?: boolean | undefined;
}

/**
 * Options of {@link ImageBuilder.lint}.
 *
 * @example
 * ```ts
 * const options: LintOptions = { pedantic: true, rules: { unpinned_base: "error" } };
 * const findings = await image.lint(options);
 * ```
 */
export interface LintOptions extends ResolveOptions {
  /** What the project decides about rules. */
  rules?: LintRules | undefined;
  /** Whether the pedantic rules are on as well. */
  pedantic?: boolean | undefined;
}

/**
 * Options of {@link ImageBuilder.resolveFiles}.
 *
 * @example
 * ```ts
 * const options: ResolveFilesOptions = { root: "my-app", executable: ["run.sh"] };
 * const file = { path: "my-app/run.sh", bytes: new TextEncoder().encode("#!/bin/sh\n") };
 * await image.addLocalFile("run.sh", "/run.sh").resolveFiles([file], options);
 * ```
 */
export interface ResolveFilesOptions extends WatchOptions {
  /**
   * The path of the root among the files, such as `my-app` or `.`. When not given, it is the one folder that contains
   * everything, if what the image needs is found there, and otherwise `.`. In doubt, a picked folder is the root, and always
   * when the image needs all of it.
   */
  root?: string | undefined;
  /**
   * Paths, below the root, of the executable files; all others are not. Browsers cannot see this: when not given, files are
   * treated as not executable, and a finding says so where it matters.
   */
  executable?: readonly string[] | undefined;
  /**
   * Keeps the files as they are now, with up to 256 MiB of what is read of them, until the signal is aborted: another call with
   * the same list reads nothing of it again. Without it, each call reads everything.
   */
  keepUntil?: AbortSignal | undefined;
}

/** What distinguishes one snapshot of an image from another: see {@link ResolvedImage.snapshotName}. */
export interface SnapshotNameOptions extends OrUndefined<Omit<SnapshotSpec, "imageDigest">>, Record<never, never> {}
