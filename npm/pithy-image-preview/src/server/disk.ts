/** What is read from a disk. An edge runtime has none: this module is loaded when it is used. */
import { createHash } from "node:crypto";
import { type Dirent, lstatSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The text of a file; nothing if it is none, or has changed since its digest was made. */
export async function readText(root: string, path: string, digest: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(join(root, path));
    if (bytes.includes(0) || `sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest) return undefined;
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** What a path takes on the disk. */
export interface Size {
  /** Bytes of its files. */
  size: number;
  files: number;
  /** Present if there is more than that: it was too much to look at, or could not be read. */
  isPart?: true;
}

/** Looks at files, without following links: at as many entries as `left` says, which decreases. Nothing is known where none is left. */
export async function sizeOf(path: string, look: { left: number }, signal?: AbortSignal): Promise<Size | undefined> {
  if (look.left <= 0) return undefined;
  const found: Size = { size: 0, files: 0 };
  if (!path.endsWith("/")) {
    look.left -= 1;
    if (look.left % TURN === 0) await new Promise(setImmediate);
    return add(found, path);
  }
  const pending = [path.replace(/\/$/, "")];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    signal?.throwIfAborted();
    for (const entry of await entriesOf(next, found)) {
      if (look.left <= 0) return { ...found, isPart: true };
      look.left -= 1;
      if (entry.isDirectory()) pending.push(join(next, entry.name));
      else if (entry.isFile()) add(found, join(next, entry.name));
    }
  }
  return found;
}

/** Files after which others have their turn. */
const TURN = 100;

async function entriesOf(directory: string, found: Size): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch {
    found.isPart = true;
    return [];
  }
}

function add(found: Size, path: string): Size {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status?.isFile()) {
    found.size += status.size;
    found.files += 1;
  }
  return found;
}
