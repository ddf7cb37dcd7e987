/** Files as callers pass them in. */

/**
 * A file for {@link ImageBuilder.resolveFiles}: a `File` of a browser or of Node, a handle of the browser's file system, or
 * the content of a path.
 *
 * @example
 * ```ts
 * const file: LocalFile = { path: "daytona/run.sh", bytes: new TextEncoder().encode("#!/bin/sh\n"), executable: true };
 * await image.addLocalFile("daytona/run.sh", "/run.sh").resolveFiles([file]);
 * ```
 */
export type LocalFile = FileBytes | Link | EmptyDirectory | FileLike | FileHandle | DirectoryHandle;

/** A file by its path and bytes. */
export interface FileBytes {
  /** Path below the root, with `/`. */
  readonly path: string;
  /** The content. */
  readonly bytes: Uint8Array;
  /** Whether it is executable; `false` when not given. */
  readonly executable?: boolean | undefined;
}

/** A symbolic link. */
export interface Link {
  /** Path below the root, with `/`. */
  readonly path: string;
  /** The target as written in the link. */
  readonly target: string;
}

/** A directory that may be empty. */
export interface EmptyDirectory {
  /** Path below the root, with `/`. */
  readonly path: string;
  /** Distinguishes it from a file. */
  readonly kind: "directory";
}

/** A `File`. Its path is `webkitRelativePath` (that of a folder picked in a browser), or else its name. */
export interface FileLike {
  /** Name, or path with `/`. */
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Path that begins with the picked folder. */
  readonly webkitRelativePath?: string;
  /** A part of the file. */
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
  /** All of the file. Some browsers take three times as long for a part. */
  arrayBuffer?(): Promise<ArrayBuffer>;
}

/** A `FileSystemFileHandle`. */
export interface FileHandle {
  /** Distinguishes it from a directory. */
  readonly kind: "file";
  /** Its name. */
  readonly name: string;
  /** Returns the file. */
  getFile(): Promise<FileLike>;
}

/** A `FileSystemDirectoryHandle`. Only what the image needs is read. */
export interface DirectoryHandle {
  /** Distinguishes it from a file. */
  readonly kind: "directory";
  /** Its name. */
  readonly name: string;
  /** Its entries. */
  values(): AsyncIterable<FileHandle | DirectoryHandle>;
}

/** A file or a link. */
export type Leaf = FileBytes | Link | FileLike | FileHandle;
