import { whenAborted } from "../shared/abort.ts";
import { PithyImageError } from "../shared/errors.ts";
import { once } from "../shared/once.ts";
import type { Code } from "../shared/wire.generated.ts";
import { Contents } from "./contents.ts";
import { CHUNK, type FileNode, type Files, type HashedFile, hashedFile, listing, type NodeKind } from "./listing.ts";
import type { DirectoryHandle, EmptyDirectory, FileBytes, FileLike, Leaf, LocalFile } from "./local-file.ts";
import { composed } from "./names.ts";

/** Files as a message can carry them to a worker, with their paths: it would lose what a browser knows besides their content. */
export type ListedFiles = readonly { path: string; file: LocalFile }[];

/** What the caller said about files. */
export interface AboutFiles {
  /** The path of the root among them, if the caller gave it. */
  readonly root: string | undefined;
  /** Paths of the executable ones, if the caller named them; `executable` of {@link FileBytes} counts first. */
  readonly executable: readonly string[] | undefined;
  /** What the definition needs; the root is found by it. */
  readonly needs: readonly string[];
}

/** Files that were passed in. */
export interface GivenFiles {
  readonly files: ListedFiles;
  readonly about: AboutFiles;
  /** The list that they came in, if it is kept, and until when. */
  readonly kept: { readonly list: object; readonly until: AbortSignal } | undefined;
}

type Place = Directory | Leaf;

/** A directory; one with a handle is unknown until it is listed. */
class Directory {
  readonly node: NodeKind = { kind: "directory" };
  readonly places: Map<string, Place> = new Map();
  /** What is in it, listed once: several calls may ask at a time. */
  readonly list: () => Promise<ReadonlyMap<string, Place>>;

  constructor(handle?: DirectoryHandle, contents?: Contents) {
    this.list = once(async () => {
      const places = new Map(this.places);
      if (!handle) return places;
      for await (const entry of handle.values()) places.set(composed(entry.name), placeOf(entry, contents));
      return places;
    });
  }
}

/** Files in the directories that their paths name. */
export interface PlacedFiles {
  readonly all: Directory;
  readonly isPicked: boolean;
}

/** Places files; what is read of them is kept in `contents`. */
export function placed(files: ListedFiles, contents?: Contents): PlacedFiles {
  const all = new Directory();
  for (const { path, file } of files) insert(all, path, file, contents);
  return { all, isPicked: files.some(({ file }) => "name" in file) };
}

const lists = new WeakMap<object, PlacedFiles>();

/** Files in their directories; those of a list that is kept as they were at the first call with it. */
export function placedOnce({ files, kept }: GivenFiles): PlacedFiles {
  if (!kept) return placed(files);
  const there = lists.get(kept.list);
  if (there) return there;
  const now = placed(files, new Contents());
  lists.set(kept.list, now);
  whenAborted(kept.until, () => lists.delete(kept.list));
  return now;
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

  /** The tree below the root, which is found by what a definition needs. */
  static async of({ all, isPicked }: PlacedFiles, { root, executable, needs }: AboutFiles): Promise<FileTree> {
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

function insert(top: Directory, path: string, file: LocalFile, contents: Contents | undefined): void {
  const names = path.split("/");
  const name = names.pop();
  if (!name || names.some((part) => part === "") || [...names, name].some((part) => part === "." || part === "..")) {
    refuse("invalid_path", `Not a path of a file below the root: \`${path}\`.`);
  }
  const directory = names.reduce((within, part) => directoryIn(within, part, path), top);
  const place = placeOf(file, contents);
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

function placeOf(file: LocalFile, contents: Contents | undefined): Place {
  if (isDirectory(file)) return new Directory("values" in file ? file : undefined, contents);
  return contents ? contents.keep(file) : file;
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
