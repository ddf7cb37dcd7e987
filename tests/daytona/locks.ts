/** Locks as tests need them. */
import { type Image, type Lock, lockEntry, type SnapshotNameOptions } from "pithy-image";

/** A lock with one image, `agent`. */
export async function lockOf(
  image: Pick<Image, "resolve">,
  options: SnapshotNameOptions = {},
): Promise<{ lock: Lock }> {
  const agent = lockEntry(await image.resolve(), options);
  return { lock: { format: "pithy-image-lock/1", images: { agent } } };
}
