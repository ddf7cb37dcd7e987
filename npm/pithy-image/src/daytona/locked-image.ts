/** Selects an image of a lock. */
import { type LockEntry, parseLock } from "../lock/lock.ts";
import { misuse } from "./failure.ts";

/** An image of a lock, with its name. */
export interface LockedImage extends LockEntry {
  readonly imageName: string;
}

/** The named image of a lock, or the only one. */
export function lockedImage(lock: unknown, imageName: string | undefined): LockedImage {
  const { images } = parseLock(lock);
  const names = Object.keys(images);
  const name = imageName ?? (names.length === 1 ? names[0] : undefined);
  const entry = name !== undefined && Object.hasOwn(images, name) ? images[name] : undefined;
  if (name !== undefined && entry) return { ...entry, imageName: name };
  const message =
    imageName === undefined ? "The lock does not have exactly one image." : `The lock has no image \`${imageName}\`.`;
  const hint =
    names.length > 0
      ? `Pass \`imageName\`: ${names.map((each) => `\`${each}\``).join(", ")}.`
      : "Write the lock: `npx pithy-image lock`.";
  throw misuse(message, hint);
}
