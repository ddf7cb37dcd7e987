/** What a plan begins with: the lock, a commit, or a file. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { Image } from "../../image.ts";
import { type Lock, type LockEntry, parseLock } from "../../lock.ts";
import type { Baseline } from "../../plan.ts";
import type { Definition } from "../../wire.generated.ts";
import { LOCK_FILE, lockImage, readLock } from "../lock-file.ts";
import type { NamedImage } from "../module.ts";
import { UsageError } from "../usage-error.ts";
import { atCommit, isCommit } from "./git-tree.ts";

/** An image of the application, and where its local paths start. */
export interface Compared extends NamedImage {
  /** Absolute. */
  readonly root: string;
}

/** What an image was. */
export interface Before {
  readonly baseline: Baseline;
  /** Not known of a definition alone: it does not say for what machine it was. */
  readonly snapshotName?: string;
}

/** Finds what an image is compared with; nothing if it is new. */
export async function baselineOf(image: Compared, against: string): Promise<Before | undefined> {
  if (against === "lock") return ofLock(image);
  if (statSync(against, { throwIfNoEntry: false })?.isFile()) return ofFile(image, resolve(against));
  if (isCommit(against)) return ofCommit(image, against);
  const hint = "Name `lock`, a commit, or a file: a module, a definition as JSON, a lock.";
  throw new UsageError(`There is nothing called ${against} to compare with. ${hint}`);
}

function ofLock({ name }: Compared): Before | undefined {
  const lock = readLock();
  if (!lock) throw new UsageError(`There is no ${LOCK_FILE} to compare with. Write it: \`pithy-image lock\`.`);
  return locked(entryOf(lock, name));
}

const entryOf = ({ images }: Lock, name: string): LockEntry | undefined =>
  Object.hasOwn(images, name) ? images[name] : undefined;

const locked = (entry: LockEntry | undefined): Before | undefined =>
  entry && { baseline: entry, snapshotName: entry.snapshotName };

function ofCommit(image: Compared, ref: string): Promise<Before | undefined> {
  return atCommit(ref, async (tree) => {
    const path = tree.at(image.path);
    return existsSync(path) ? ofModule({ ...image, path, root: tree.at(image.root) }) : undefined;
  });
}

async function ofModule(image: Compared): Promise<Before> {
  const { resolved, entry } = await lockImage(image, image.root);
  return { baseline: resolved, snapshotName: entry.snapshotName };
}

async function ofFile(image: Compared, path: string): Promise<Before | undefined> {
  if (extname(path) !== ".json") return ofModule({ ...image, path });
  const json = readJson(path);
  if ("images" in json) return locked(entryOf(parseLock(json), image.name));
  if ("imageDigest" in json) return { baseline: json as unknown as Baseline };
  return { baseline: await Image.fromJSON(json as unknown as Definition).resolve({ root: image.root }) };
}

function readJson(path: string): object {
  try {
    return Object(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}
