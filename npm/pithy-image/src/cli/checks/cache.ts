/** The cache of packed contexts: where it is, whether it is writable, how large it is. */
import { lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { bytes } from "../../../../pithy-image-preview/src/text/quantity.ts";
import { backend } from "../../core/load.ts";
import { Image } from "../../image/image.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

/** Packs a small file, as is done with the files of the application. */
export function checkCache(): Finding {
  const { ok, warning, problem } = findings("cache");
  try {
    const directory = cacheDirectory();
    if (backend() === "wasm") return ok(`${directory}, until the process ends: only the native addon keeps a cache`);
    const isKept = process.env.PITHY_IMAGE_CACHE || !directory.startsWith(tmpdir() + sep);
    const text = `${directory}, ${bytes(sizeOf(directory))}`;
    return isKept
      ? ok(text)
      : warning(`${text}: the home directory is not writable.`, "Set `PITHY_IMAGE_CACHE` to a directory.");
  } catch (error) {
    return problem(messageOf(error), "Set `PITHY_IMAGE_CACHE` to a directory that you own.");
  }
}

function cacheDirectory(): string {
  const [packed] = Image.base("scratch").addFile("/doctor", "doctor\n").resolveSync().packSync();
  if (!packed) throw new Error("Nothing was packed.");
  return packed.sourcePath.slice(0, -packed.archivePath.length - 1);
}

const sizeOf = (directory: string): number =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).reduce((sum, name) => sum + size(directory, name), 0);

/** Other processes may be writing and removing files. */
function size(directory: string, name: string): number {
  const stat = lstatSync(join(directory, name), { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : 0;
}
