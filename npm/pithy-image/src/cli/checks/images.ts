/** The images: their modules, their local files, and the lock. */
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import type { ResolvedImage } from "../../resolved.ts";
import { images, load, type NamedImage } from "../module.ts";
import { bytes } from "../text.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

const LOCK = "pithy-image.lock.json";

/** What is read of the lock: see `lock.ts` for all of it. */
interface Lock {
  readonly images?: Readonly<Record<string, { readonly imageDigest?: string } | undefined>>;
}

/** Modules, root and local files; then whether the lock has what they make. */
export async function checkImages(root: string | undefined): Promise<Finding[]> {
  const { problem } = findings("image");
  try {
    const checked = await Promise.all(images().map((image) => checkImage(image, root)));
    const digests = new Map(checked.flatMap(({ name, resolved }) => (resolved ? [[name, resolved.imageDigest]] : [])));
    return [...checked.flatMap(({ found }) => found), ...checkLock(digests)];
  } catch (error) {
    return [problem(messageOf(error), "`pithy-image show` says the same of one image.")];
  }
}

interface Checked {
  readonly name: string;
  readonly resolved?: ResolvedImage;
  readonly found: Finding[];
}

async function checkImage({ name, path }: NamedImage, root: string | undefined): Promise<Checked> {
  const { ok, warning, problem } = findings("image");
  try {
    const resolved = await (await load(path)).image.resolve({ root });
    const size = resolved.files.reduce((sum, file) => sum + file.size, 0);
    const below = resolved.root === undefined ? "" : `, below ${resolved.root}`;
    const found = ok(`${name}: ${relative("", path)}, files: ${resolved.files.length}, of ${bytes(size)}${below}`);
    const count = resolved.findings.length;
    const more = warning(`${name}: findings in the image: ${count}.`, `\`pithy-image show ${name}\` has them.`);
    return { name, resolved, found: [found, ...(count > 0 ? [more] : [])] };
  } catch (error) {
    return { name, found: [problem(`${name}: ${messageOf(error)}`, `Correct ${relative("", path)}.`)] };
  }
}

/** Against the digests of the images that could be resolved. */
function checkLock(digests: ReadonlyMap<string, string>): Finding[] {
  const { ok, warning, problem } = findings("lock");
  const write = "Write it: `pithy-image lock`.";
  if (!existsSync(LOCK)) return [warning(`There is no ${LOCK}: production would build images.`, write)];
  const locked = readLock();
  if (typeof locked === "string") return [problem(locked, write)];
  return [...digests].map(([name, digest]) => {
    const entry = locked.images?.[name];
    if (!entry) return problem(`${name} is not in ${LOCK}.`, write);
    if (entry.imageDigest !== digest) return problem(`${name} is not what ${LOCK} says.`, write);
    return ok(`${name} is what ${LOCK} says`);
  });
}

/** Or why it cannot be read. */
function readLock(): Lock | string {
  try {
    const json: unknown = JSON.parse(readFileSync(LOCK, "utf8"));
    return typeof json === "object" && json !== null ? json : `${LOCK} is no lock.`;
  } catch (error) {
    return `${LOCK} cannot be read: ${messageOf(error)}.`;
  }
}
