import type { ResolvedImage } from "pithy-image";
import type { Mask } from "../data/secrets.ts";
import { LONGEST_TEXT, type ResolvedRecord, shortDigest } from "../spec.ts";

type FileRecord = ResolvedRecord["files"][number];

/** Bytes of all texts on a page, and of all that are kept. */
const ALL = 256 * 1024;
const KEPT = 32 * 1024 * 1024;
/** Files of which only those that changed are on a page: nobody opens the others one by one. */
const MANY = 500;

/** Reads the text of a file that is sent from the disk; nothing if it is none. */
export type ReadText = (file: FileRecord) => Promise<string | undefined>;

/** Reads texts from the disk as long as they are what was resolved. */
export const fromDisk =
  ({ root }: Pick<ResolvedImage, "root">): ReadText =>
  async ({ path, digest }) => {
    const disk = await import("./disk.ts").catch(() => undefined); // an edge runtime has no files
    return root === undefined || digest === undefined ? undefined : disk?.readText(root, path, digest);
  };

/** Reads the texts of an image whose files may be gone when somebody asks for them. */
export async function kept(resolved: ResolvedImage): Promise<ReadText> {
  const read = fromDisk(resolved);
  const texts = new Map<string, string>();
  let left = KEPT;
  for (const file of smallFiles(resolved.files)) {
    const key = shortDigest(file.digest ?? "");
    if (texts.has(key)) continue;
    left -= file.size;
    if (left < 0) break;
    const text = await read(file);
    if (text !== undefined) texts.set(key, text);
  }
  return async ({ digest = "" }) => texts.get(shortDigest(digest));
}

/**
 * The texts that a page has, without secrets, by the short digests of their files: of what differs from another image, then of
 * the rest unless that is too much; the smallest first.
 */
export async function textsOf(
  files: readonly FileRecord[],
  read: ReadText,
  mask: Mask,
  others?: readonly FileRecord[],
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  let left = ALL;
  for (const file of wanted(smallFiles(files), others)) {
    const key = shortDigest(file.digest ?? "");
    if (key in texts) continue;
    if (file.size > left) break;
    const text = await read(file);
    if (text === undefined) continue;
    left -= file.size;
    texts[key] = mask(text);
  }
  return texts;
}

function wanted(small: readonly FileRecord[], others: readonly FileRecord[] = small): readonly FileRecord[] {
  const known = new Set(others.map(({ digest = "" }) => shortDigest(digest)));
  const differing = small.filter(({ digest = "" }) => !known.has(shortDigest(digest)));
  return small.length > MANY ? differing : [...new Set([...differing, ...small])];
}

const smallFiles = (files: readonly FileRecord[]): FileRecord[] =>
  files
    .filter(({ kind, inline, size }) => kind === "file" && !inline && size <= LONGEST_TEXT)
    .sort((one, other) => one.size - other.size);
