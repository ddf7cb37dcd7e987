/** The lock in the current directory, and what the images make of it now. */
import { existsSync, readFileSync } from "node:fs";
import type { ResolvedImage } from "../image/resolved.ts";
import { type Lock, type LockEntry, lockEntry, parseLock, serializeLock } from "../lock/lock.ts";
import { PithyDaytonaError } from "../shared/errors.ts";
import type { ResolveOptions, SnapshotNameOptions } from "../shared/types.ts";
import { type ImageModule, load, type NamedImage, resolveImage, rootOf } from "./module.ts";
import { printDetail } from "./print.ts";
import { UsageError } from "./usage-error.ts";

export const LOCK_FILE = "pithy-image.lock.json";

/** The lock, if there is one. */
export const readLock = (file: string = LOCK_FILE): Lock | undefined =>
  existsSync(file) ? parseLock(readJson(file)) : undefined;

function readJson(file: string): unknown {
  try {
    printDetail(`Read ${file}\n`);
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new UsageError(`${file} cannot be read: ${reason}. Write it again: \`pithy-image lock\`.`);
  }
}

/** What a lock says of an image. */
export const entryOf = (lock: Lock | undefined, name: string): LockEntry | undefined =>
  lock && Object.hasOwn(lock.images, name) ? lock.images[name] : undefined;

/** The error for a lock that does not match an image. */
export const staleLock = (name: string): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "lock_stale",
    message: `${LOCK_FILE} does not match \`${name}\`.`,
    hint: "Update it, and commit it: `npx pithy-image lock`.",
    retryable: false,
  });

/** An image with its files read, every byte of them, and what a lock says of it. */
export interface LockedImage extends ImageModule {
  readonly resolved: ResolvedImage;
  readonly entry: LockEntry;
}

/** What a lock takes from the module and the name of an image. */
export const lockOptions = (
  { snapshot }: Pick<ImageModule, "snapshot">,
  { prefix }: NamedImage,
): SnapshotNameOptions => ({
  ...snapshot,
  ...(prefix && { prefix }),
});

/** Resolves an image of the application. */
export async function lockImage(
  named: NamedImage,
  root: string | undefined,
  { signal, reread = false }: Pick<ResolveOptions, "reread" | "signal"> = {},
): Promise<LockedImage> {
  const module = await load(named.path, signal);
  const resolved = await resolveImage(module.image, rootOf(named.path, root), { reread, signal });
  return { ...module, resolved, entry: lockEntry(resolved, lockOptions(module, named)) };
}

/** How an entry changed, as removed and added lines. */
export interface Change {
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/** How an image's entry changed; `undefined` if it did not. */
export function changeOf(before: LockEntry | undefined, after: LockEntry | undefined): Change | undefined {
  if (textOf(before) === textOf(after)) return undefined;
  const [old, now] = [lines(before), lines(after)];
  const removed = old.filter((line) => !now.includes(line));
  const added = now.filter((line) => !old.includes(line));
  const isOnlyOrder = removed.length === 0 && added.length === 0;
  return isOnlyOrder ? { removed: old, added: now } : { removed, added };
}

/** The order of keys in a file or module does not count. */
const textOf = (entry: LockEntry | undefined): string | undefined =>
  entry && serializeLock({ format: "pithy-image-lock/1", images: { entry } });

/** An entry as lines of text: what it is made of, then its names. */
function lines(entry: LockEntry | undefined): string[] {
  if (!entry) return [];
  const {
    steps,
    sources,
    edition,
    imageDigest,
    snapshotRef,
    snapshotName,
    resources = {},
    region,
    sandboxClass,
  } = entry;
  return [
    ...steps.map((step) => `step ${step}`),
    ...Object.entries(sources).map(([path, { digest, size }]) => `source ${path} ${digest} ${size}`),
    ...Object.entries(resources).map(([name, amount]) => `${name} ${amount}`),
    ...(region === undefined ? [] : [`region ${region}`]),
    ...(sandboxClass === undefined ? [] : [`sandbox class ${sandboxClass}`]),
    `edition ${edition}`,
    `image digest ${imageDigest}`,
    `snapshot ref ${snapshotRef}`,
    `snapshot name ${snapshotName}`,
  ];
}
