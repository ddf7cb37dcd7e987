import { PithyImageError } from "../shared/errors.ts";
import type { Code } from "../shared/wire.generated.ts";
import { CHUNK, type FileNode, type Files, type HashedFile, hashedFile, listing, type NodeKind } from "./listing.ts";
import { composed } from "./names.ts";

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

/** Files as a message can carry them to a worker, and what the caller said about them. */
export interface GivenFiles {
  /** With their paths: a message would lose what a browser knows about them besides their content. */
  readonly files: readonly { path: string; file: LocalFile }[];
  /** The path of the root among them, if the caller gave it. */
  readonly root: string | undefined;
  /** Paths of the executable ones, if the caller named them; `executable` of {@link FileBytes} counts first. */
  readonly executable: readonly string[] | undefined;
  /** What the definition needs; the root is found by it. */
  readonly needs: readonly string[];
}

type Leaf = FileBytes | Link | FileLike | FileHandle;
type Place = Directory | Leaf;

/** A directory; one with a handle is unknown until it is listed. */
class Directory {
  readonly node: NodeKind = { kind: "directory" };
  readonly places: Map<string, Place> = new Map();
  #handle: DirectoryHandle | undefined;

  constructor(handle?: DirectoryHandle) {
    this.#handle = handle;
  }

  async list(): Promise<Map<string, Place>> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle) {
      for await (const entry of handle.values()) this.places.set(composed(entry.name), placeOf(entry));
    }
    return this.places;
  }
}

/** The files that were passed in, as the core requests them. */
export class FileTree implements Files {
  readonly #top: Directory;
  readonly #executable: ReadonlySet<string> | undefined;
  /** The listed files, by their paths below the root. */
  readonly #files: Map<string, FileBytes | FileLike> = new Map();

  private constructor(top: Directory, executable: readonly string[] | undefined) {
    this.#top = top;
    this.#executable = executable && new Set(executable.map(pathOfFile));
  }

  static async of({ files, root, executable, needs }: GivenFiles): Promise<FileTree> {
    const all = new Directory();
    for (const { path, file } of files) insert(all, path, file);
    const isPicked = files.some(({ file }) => "name" in file);
    const top = root === undefined ? await findRoot(all, needs, isPicked) : await walk(all, root);
    if (!(top instanceof Directory)) refuse("invalid_root", `There is no directory \`${root}\` among the files.`);
    return new FileTree(top, executable);
  }

  async list(directory: string): Promise<string> {
    const found = await walk(this.#top, directory);
    if (!(found instanceof Directory)) throw new Error("not a directory");
    const nodes: FileNode[] = [];
    for (const [name, place] of await found.list()) {
      nodes.push({ name, ...(place instanceof Directory ? place.node : await this.#file(directory, name, place)) });
    }
    return listing(nodes);
  }

  async read(path: string, offset: number): Promise<Uint8Array> {
    const file = this.#files.get(path);
    if (!file) throw new Error("not listed before");
    if ("slice" in file) return new Uint8Array(await file.slice(offset, offset + CHUNK).arrayBuffer());
    return file.bytes.subarray(offset, offset + CHUNK);
  }

  async hash(paths: readonly string[], head: number): Promise<HashedFile[]> {
    return Promise.all(paths.map((path) => this.#hash(path, head)));
  }

  /** By the browser, which does so elsewhere than on this thread; it wants a whole content at a time. */
  async #hash(path: string, head: number): Promise<HashedFile> {
    const file = this.#files.get(path);
    const { subtle } = globalThis.crypto ?? {}; // not everywhere, and not on a page without TLS
    if (!file || !subtle || sizeOf(file) > CHUNK) return null;
    try {
      const bytes = "slice" in file ? new Uint8Array(await contentOf(file)) : file.bytes;
      const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
      return hashedFile(digest, bytes.length, bytes, head);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #file(directory: string, name: string, place: Leaf): Promise<NodeKind> {
    if ("target" in place) return { kind: "link", target: place.target };
    const path = directory === "." ? name : `${directory}/${name}`;
    const file = "getFile" in place ? await place.getFile() : place;
    this.#files.set(path, file);
    const executable = this.#executable?.has(path);
    if ("slice" in file) return { kind: "file", size: file.size, executable };
    return { kind: "file", size: file.bytes.length, executable: file.executable ?? executable ?? false };
  }
}

const contentOf = (file: FileLike): Promise<ArrayBuffer> =>
  file.arrayBuffer?.() ?? file.slice(0, CHUNK + 1).arrayBuffer();

const sizeOf = (file: FileBytes | FileLike): number => ("slice" in file ? file.size : file.bytes.length);

function insert(top: Directory, path: string, file: LocalFile): void {
  const names = path.split("/");
  const name = names.pop();
  if (!name || names.some((part) => part === "") || [...names, name].some((part) => part === "." || part === "..")) {
    refuse("invalid_path", `Not a path of a file below the root: \`${path}\`.`);
  }
  const directory = names.reduce((within, part) => directoryIn(within, part, path), top);
  const place = placeOf(file);
  const known = directory.places.get(name);
  if (place instanceof Directory && known instanceof Directory && !("values" in file)) return;
  if (known) refuse("duplicate_key", `\`${path}\` was passed twice.`);
  directory.places.set(name, place);
}

/** The directory with a name, created if it is missing. */
function directoryIn(within: Directory, name: string, path: string): Directory {
  const place = within.places.get(name) ?? new Directory();
  if (!(place instanceof Directory)) refuse("source_wrong_kind", `\`${name}\` in \`${path}\` is not a directory.`);
  within.places.set(name, place);
  return place;
}

const isDirectory = (file: LocalFile): file is DirectoryHandle | EmptyDirectory =>
  "kind" in file && file.kind === "directory";

function placeOf(file: LocalFile): Place {
  if (!isDirectory(file)) return file;
  return new Directory("values" in file ? file : undefined);
}

const namesIn = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".");

/** A path that was written by hand, in the form in which files are listed. */
function pathOfFile(written: string): string {
  const names = namesIn(composed(written));
  if (names.length === 0 || names.includes("..") || written.includes("\\")) {
    refuse("invalid_path", `\`executable\` contains \`${written}\`, which is not a path of a file below the root.`);
  }
  return names.join("/");
}

/** What is at a path, if anything. */
async function walk(top: Directory, path: string): Promise<Place | undefined> {
  let place: Place | undefined = top;
  for (const name of namesIn(path)) {
    place = place instanceof Directory ? (await place.list()).get(name) : undefined;
  }
  return place;
}

/**
 * A picked or dropped folder is the root, unless the directory above it has more of what is needed: browsers put the folder
 * into all paths, without saying what it is. In doubt, or when the image needs the whole root, the folder is the root:
 * otherwise its `.dockerignore` would not count, and what that excludes would be uploaded.
 */
async function findRoot(all: Directory, needs: readonly string[], isPicked: boolean): Promise<Directory> {
  const [only, ...others] = all.places.values();
  if (!(only instanceof Directory) || others.length) return all;
  if (isPicked && needs.includes(".")) return only;
  const has = async (top: Directory) => {
    const found = await Promise.all(needs.map((path) => walk(top, path)));
    return found.filter((place) => place !== undefined).length;
  };
  const more = (await has(only)) - (await has(all));
  return more > 0 || (more === 0 && isPicked) ? only : all;
}

function refuse(code: Code, message: string): never {
  const hint = "Pass each file once, with its path below the root, names separated by `/`.";
  throw new PithyImageError([{ code, path: "", message, hint }]);
}
