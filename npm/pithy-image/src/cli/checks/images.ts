/** The images: their modules, their local files, and the lock. */
import { relative } from "node:path";
import { bytes } from "../../../../pithy-image-preview/src/text/quantity.ts";
import type { LockEntry } from "../../lock/lock.ts";
import { changeOf, entryOf, LOCK_FILE, lockImage, readLock } from "../lock-file.ts";
import { images, type NamedImage } from "../module.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

/** Checks modules, root and local files; then whether the lock matches. */
export async function checkImages(root: string | undefined): Promise<Finding[]> {
  const { problem } = findings("image");
  try {
    const checked = await Promise.all(images().map((image) => checkImage(image, root)));
    return [...checked.flatMap(({ found }) => found), ...checkLock(checked)];
  } catch (error) {
    return [problem(messageOf(error), "`pithy-image show` reports the same for one image.")];
  }
}

interface Checked {
  readonly name: string;
  /** Absent if the image could not be resolved. */
  readonly entry?: LockEntry;
  readonly found: Finding[];
}

async function checkImage(image: NamedImage, root: string | undefined): Promise<Checked> {
  const { name, path } = image;
  const { ok, warning, problem } = findings("image");
  try {
    const { resolved, entry } = await lockImage(image, root);
    const size = resolved.files.reduce((sum, file) => sum + file.size, 0);
    const below = resolved.root === undefined ? "" : `, below ${resolved.root}`;
    const found = ok(`${name}: ${relative("", path)}, files: ${resolved.files.length}, of ${bytes(size)}${below}`);
    const count = resolved.findings.length;
    const more = warning(`${name}: findings in the image: ${count}.`, `\`pithy-image show ${name}\` shows them.`);
    return { name, entry, found: [found, ...(count > 0 ? [more] : [])] };
  } catch (error) {
    return { name, found: [problem(`${name}: ${messageOf(error)}`, `Correct ${relative("", path)}.`)] };
  }
}

/** Compares the lock with the images. */
function checkLock(checked: readonly Checked[]): Finding[] {
  const { ok, warning, problem } = findings("lock");
  const write = "Write it: `pithy-image lock`.";
  try {
    const lock = readLock();
    if (!lock) return [warning(`${LOCK_FILE} does not exist: production would build images.`, write)];
    return checked.flatMap(({ name, entry }) => {
      if (!entry) return [];
      const isStale = changeOf(entryOf(lock, name), entry) !== undefined;
      return [isStale ? problem(`${LOCK_FILE} does not match ${name}.`, write) : ok(`${LOCK_FILE} matches ${name}`)];
    });
  } catch (error) {
    return [problem(messageOf(error), write)];
  }
}
