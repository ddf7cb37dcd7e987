/** The types that several rooms of the package share. */
import type { SnapshotSpec } from "./wire.generated.ts";

/** Options of which an undefined one is one that was not given, also where `exactOptionalPropertyTypes` tells them apart. */
export type OrUndefined<Options> = { [Name in keyof Options]: Options[Name] | undefined };

/** Which core is at work, as {@link backend} says: the addon for Node, or WebAssembly. */
export type BackendName = "native" | "wasm";

/**
 * What {@link init} loads: the address of the module, its bytes, a response that brings them, or a compiled
 * `WebAssembly.Module`.
 */
export type WasmSource = string | object;

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
  root?: string | URL | undefined;
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
  signal?: AbortSignal | undefined;
  /** Called about twenty times a second while sources are hashed, and once at the end. If it throws, the work stops. */
  onProgress?: ((progress: Progress) => void) | undefined;
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
export interface ResolveFilesOptions extends Omit<ResolveOptions, "root"> {
  /**
   * Where the root is among the files, such as `my-app` or `.`. When not given, the one folder that holds everything, if
   * what the image needs is found there, or else `.`. A folder that was picked is the root in doubt, and always when the
   * image needs all of it.
   */
  root?: string | undefined;
  /**
   * Paths, below the root, of the files that their owner may run; all others may not be. Browsers cannot see it: when
   * not given, files are taken for not executable, and a finding says so where it counts.
   */
  executable?: readonly string[] | undefined;
}

/** What makes one snapshot of an image differ from another: see {@link ResolvedImage.snapshotName}. */
export type SnapshotNameOptions = OrUndefined<Omit<SnapshotSpec, "imageDigest">>;
