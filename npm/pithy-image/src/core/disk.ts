/**
 * A disk for the WebAssembly module, where Node has no addon: slower, with identical results.
 */
import { isUtf8 } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, sep } from "node:path";
import {
  CHUNK,
  type FileNode,
  type Files,
  type HashedFile,
  hashedFile,
  listing,
  type NodeKind,
} from "../files/listing.ts";
import { composed } from "../files/names.ts";
import { type Problem, reason } from "../shared/errors.ts";
import type { WrittenContext } from "./backend.ts";
import type { ContextSink } from "./wasm-backend.ts";

/** Throws a problem. This module is apart from the one with the class of errors, of which an application may have only one. */
export type Refuse = (problem: Problem) => never;

/** The files below a directory, read synchronously. */
export class Disk implements Files {
  readonly root: string;

  constructor(root: string, refuse: Refuse) {
    this.root = realRoot(root, refuse);
  }

  list(directory: string): string | Promise<string> {
    const path = join(this.root, directory);
    try {
      const names = readdirSync(path, { encoding: "buffer" });
      return listing(names.map((name) => node(path, name)).filter((found) => found !== undefined));
    } catch (error) {
      throw new Error(reason(error));
    }
  }

  read(file: string, offset: number): Uint8Array | Promise<Uint8Array> {
    return attempt(() =>
      withFile(join(this.root, file), (opened) => {
        const bytes = new Uint8Array(CHUNK);
        return bytes.subarray(0, readSync(opened, bytes, 0, CHUNK, offset));
      }),
    );
  }

  hash(paths: readonly string[], head: number): HashedFile[] | Promise<HashedFile[]> {
    const limit = head > CHUNK ? CHUNK : Number.POSITIVE_INFINITY; // no more is in memory
    return paths.map((path) => hashWhole(join(this.root, path), head, limit));
  }
}

/** Milliseconds for which the event loop may wait. */
const SLICE = 10;

/** The same, without blocking the event loop for long. */
export class AsyncDisk extends Disk {
  #turnBegan = performance.now();

  /** Lets the event loop run on, if it has waited for a while. */
  async #turn(): Promise<void> {
    if (performance.now() - this.#turnBegan < SLICE) return;
    await new Promise(setImmediate);
    this.#turnBegan = performance.now();
  }

  override async list(directory: string): Promise<string> {
    await this.#turn();
    return super.list(directory);
  }

  override async read(file: string, offset: number): Promise<Uint8Array> {
    let opened: FileHandle | undefined;
    try {
      opened = await open(join(this.root, file), READ);
      checkRegular(await opened.stat());
      const { bytesRead, buffer } = await opened.read(new Uint8Array(CHUNK), 0, CHUNK, offset);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      throw new Error(reason(error));
    } finally {
      await opened?.close();
    }
  }

  override async hash(paths: readonly string[], head: number): Promise<HashedFile[]> {
    const hashed: HashedFile[] = [];
    for (const path of paths) {
      hashed.push(hashWhole(join(this.root, path), head, CHUNK));
      await this.#turn();
    }
    return hashed;
  }
}

/** Opened without following a link at its end, and without waiting for a pipe. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Works with an open file, which is a regular one. */
function withFile<Result>(path: string, work: (opened: number, size: number) => Result): Result {
  const opened = openSync(path, READ);
  try {
    const stat = fstatSync(opened);
    checkRegular(stat);
    return work(opened, stat.size);
  } finally {
    closeSync(opened);
  }
}

/** Something else may have taken the place of a file since it was listed. */
function checkRegular(stat: Stats): void {
  if (!stat.isFile()) throw new Error("it is not a regular file any more");
}

/** What a file holds, unless it is larger than a limit. */
function hashWhole(path: string, head: number, limit: number): HashedFile {
  try {
    return withFile(path, (opened, size) => (size > limit ? null : hashOpen(opened, size, head)));
  } catch (error) {
    return reason(error);
  }
}

/** What is read at a time; one call after another uses it. */
const buffer = new Uint8Array(CHUNK);

/** Of a file that grows, no more is read than shows it. */
function hashOpen(opened: number, size: number, head: number): Uint8Array {
  const hash = createHash("sha256");
  const first: Uint8Array[] = [];
  for (let total = 0; ; ) {
    const read = readSync(opened, buffer, 0, CHUNK, total);
    const bytes = buffer.subarray(0, read);
    if (total < head) first.push(bytes.slice(0, head - total));
    hash.update(bytes);
    total += read;
    if (read === 0 || total > size || (total === size && read < CHUNK))
      return hashedFile(hash.digest(), total, Buffer.concat(first), head);
  }
}

/** Says why something cannot be read. */
function attempt<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new Error(reason(error));
  }
}

function realRoot(root: string, refuse: Refuse): string {
  try {
    const real = realpathSync(root);
    readdirSync(real);
    return real;
  } catch (error) {
    const message = `The root cannot be used: \`${root}\`: ${reason(error)}.`;
    const hint = "Set `root` or `PITHY_IMAGE_ROOT` to the directory that local paths are relative to.";
    return refuse({ code: "invalid_root", path: "", message, hint });
  }
}

/** The entry with a name in a directory; `undefined` if it was removed since the directory was read. */
function node(directory: string, bytes: Buffer): FileNode | undefined {
  const name = bytes.toString();
  const path = Buffer.concat([Buffer.from(join(directory, sep)), bytes]);
  try {
    const found = kind(path);
    if (isUtf8(bytes)) return { name: composed(name), ...found };
    return { name, kind: "notText", isDirectory: found.kind === "directory" };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (!isUtf8(bytes)) return { name, kind: "notText", isDirectory: false };
    return { name: composed(name), kind: "unreadable", why: reason(error) };
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

function kind(path: Buffer): NodeKind {
  const stat = lstatSync(path);
  if (stat.isDirectory()) return { kind: "directory" };
  if (stat.isSymbolicLink()) return link(readlinkSync(path, "buffer"));
  // Only the owner's bit counts: the others depend on the umask. On Windows the definition's `mode` says it.
  if (stat.isFile()) return { kind: "file", size: stat.size, executable: !isWindows && (stat.mode & 0o100) !== 0 };
  return { kind: "special" };
}

const link = (target: Buffer): NodeKind =>
  isUtf8(target) ? { kind: "link", target: slashedTarget(target.toString()) } : { kind: "notText", isDirectory: false };

const isWindows = process.platform === "win32";

/** An absolute target begins with `/`. */
function slashedTarget(written: string): string {
  return isWindows ? slashed(written).replace(/^[A-Za-z]:/, "/$&") : written;
}

const slashed = (path: string): string => path.replaceAll(sep, "/");

/** Directories for packed contexts, by the cache that was requested; they are removed when the process ends. */
const directories = new Map<string, string>();

/** What this process wrote, and the stamp that it has had since. */
const written = new Map<string, string | undefined>();

/** What tells whether a file is still the one that was written. */
function stampOf(path: string): string | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join();
}

function directoryIn(cache: string): string {
  const known = directories.get(cache);
  if (known && existsSync(known)) return known;
  makeDirectory(cache);
  const made = mkdtempSync(join(cache, "pithy-image-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  directories.set(cache, made);
  return made;
}

/** The path of a directory with all links resolved, as far as it exists. */
function realDirectory(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path);
  return join(realDirectory(dirname(path)), basename(path));
}

/** Creates a directory and its parents. Node's own recursion never ends where nothing can be created, as in `/proc`. */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error; // another process was faster
  }
}

interface Writing {
  readonly file: number;
  readonly from: string;
  readonly to: string;
}

/** Writes contexts into a private directory that is removed when the process ends: only the addon keeps a cache. */
export class DiskSink implements ContextSink {
  readonly #cache: string;
  readonly #refuse: Refuse;
  readonly #packed: WrittenContext[] = [];
  #writing: Writing | undefined;

  constructor(cache: string | undefined, refuse: Refuse) {
    this.#cache = cache ?? tmpdir();
    this.#refuse = refuse;
  }

  below(root: string): string | undefined {
    const directory = this.#attempt(() => realDirectory(this.#cache));
    return directory.startsWith(join(root, sep)) ? slashed(relative(root, directory)) : undefined;
  }

  begin(archivePath: string, mode: number): boolean {
    return this.#attempt(() => {
      this.#finish();
      const sourcePath = join(directoryIn(this.#cache), archivePath);
      this.#packed.push({ sourcePath, archivePath, mode });
      const stamp = stampOf(sourcePath);
      if (stamp !== undefined && stamp === written.get(sourcePath)) return false;
      makeDirectory(dirname(sourcePath));
      // A unique name: another call may be packing the same file.
      const from = `${sourcePath}.${randomUUID()}.part`;
      this.#writing = { file: openSync(from, "wx"), from, to: sourcePath };
      fchmodSync(this.#writing.file, mode);
      return true;
    });
  }

  write(bytes: Uint8Array): void {
    const { file } = this.#writing ?? {};
    if (file === undefined) return;
    this.#attempt(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    });
  }

  end(): WrittenContext[] {
    this.#attempt(() => this.#finish());
    return this.#packed;
  }

  abandon(): void {
    if (!this.#writing) return;
    closeSync(this.#writing.file);
    rmSync(this.#writing.from);
    this.#writing = undefined;
  }

  #finish(): void {
    if (!this.#writing) return;
    const { file, from, to } = this.#writing;
    this.#writing = undefined;
    futimesSync(file, 0, 0); // a change in the same tick of the clock has another time
    closeSync(file);
    renameSync(from, to);
    written.set(to, stampOf(to));
  }

  /** Reports what the system refuses, as the addon does. */
  #attempt<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      const message = `The context cache cannot be used: \`${this.#cache}\`: ${reason(error)}.`;
      const hint = "Set `PITHY_IMAGE_CACHE` to a directory that you own and can write to.";
      return this.#refuse({ code: "cache_unusable", path: "", message, hint });
    }
  }
}
