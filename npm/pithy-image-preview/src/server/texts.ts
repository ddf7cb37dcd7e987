import type { ResolvedImage } from "pithy-image";
import { shortDigest } from "../spec.ts";
import type { Mask } from "./secrets.ts";

type FileRecord = ResolvedImage["files"][number];

/** Bytes of one text, and of all. */
const ONE = 64 * 1024;
const ALL = 256 * 1024;
/** Files of which none is read: nobody opens them one by one. */
const MANY = 500;

/** Texts that are sent from the disk, without secrets, by the digests of their files; the smallest first, until they are too much. */
export async function textsOf({ root, files }: ResolvedImage, mask: Mask): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  const tools = await import("./read.ts").catch(() => undefined); // an edge runtime has no files
  const small = smallFiles(files);
  if (!tools || root === undefined || small.length > MANY) return texts;
  let left = ALL;
  for (const { path, digest, size } of small) {
    if (digest === undefined || shortDigest(digest) in texts) continue;
    if (size > left) break;
    const text = await tools.readText(root, path, digest);
    if (text === undefined) continue;
    left -= size;
    texts[shortDigest(digest)] = mask(text);
  }
  return texts;
}

const smallFiles = (files: readonly FileRecord[]): FileRecord[] =>
  files
    .filter(({ kind, inline, size }) => kind === "file" && !inline && size <= ONE)
    .sort((one, other) => one.size - other.size);
