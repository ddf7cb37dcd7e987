/** The staging cache: where it is, whether it can be written to, how large it is. */
import { lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { backend } from "../../core/load.ts";
import { Image } from "../../image/image.ts";
import { bytes } from "../text.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

/** Stages a small file, which is what will be done with the application's. */
export function checkCache(): Finding {
  const { ok, warning, problem } = findings("cache");
  try {
    const directory = stagedIn();
    if (backend() === "wasm") return ok(`${directory}, for the time of a process: only the native addon keeps a cache`);
    const isKept = process.env.PITHY_IMAGE_CACHE || !directory.startsWith(tmpdir() + sep);
    const text = `${directory}, ${bytes(sizeOf(directory))}`;
    return isKept
      ? ok(text)
      : warning(`${text}: the home directory cannot be written to.`, "Name one in `PITHY_IMAGE_CACHE`.");
  } catch (error) {
    return problem(messageOf(error), "Name a directory of yours in `PITHY_IMAGE_CACHE`.");
  }
}

function stagedIn(): string {
  const [staged] = Image.base("scratch").addFile("/doctor", "doctor\n").resolveSync().stageSync();
  if (!staged) throw new Error("Nothing was staged.");
  return staged.sourcePath.slice(0, -staged.archivePath.length - 1);
}

const sizeOf = (directory: string): number =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).reduce((sum, name) => sum + size(directory, name), 0);

/** Others may be writing and removing files. */
function size(directory: string, name: string): number {
  const stat = lstatSync(join(directory, name), { throwIfNoEntry: false });
  return stat?.isFile() ? stat.size : 0;
}
