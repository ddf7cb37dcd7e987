import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives the tests, and the processes they start, a context cache of their own. */
export default function setup(): () => void {
  const cache = mkdtempSync(join(tmpdir(), "pithy-image-cache-"));
  process.env.PITHY_IMAGE_CACHE = cache;
  delete process.env.PITHY_IMAGE_ROOT;
  return () => rmSync(cache, { recursive: true, force: true });
}
