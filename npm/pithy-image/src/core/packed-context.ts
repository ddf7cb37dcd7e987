/** Reads what was packed. It is a module of its own since few programs need it. */
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { PithyImageError, reason } from "../shared/errors.ts";
import type { PackedContext } from "../shared/types.ts";

/**
 * The bytes of a packed context.
 *
 * @throws PithyImageError if it is gone, or is not whole.
 */
export async function readPacked({ sourcePath, archivePath }: PackedContext, size: number): Promise<ReadableStream> {
  const found = await open(sourcePath).catch((error: unknown) => gone(archivePath, reason(error)));
  const stat = await found.stat();
  if (stat.size === size) return Readable.toWeb(found.createReadStream()) as ReadableStream;
  await found.close();
  return gone(archivePath, `it has ${stat.size} bytes instead of ${size}`);
}

function gone(archivePath: string, why: string): never {
  const message = `The packed context \`${archivePath}\` cannot be read: ${why}.`;
  const hint = "Something else changes the context cache. Remove it, and try again.";
  throw new PithyImageError([{ code: "cache_unusable", path: "", message, hint }]);
}
