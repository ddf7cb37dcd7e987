import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
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
