/** The locks whose snapshots stay when others are pruned. */
import type { Lock } from "../../lock/lock.ts";
import { LOCK_FILE, readLock } from "../lock-file.ts";
import { UsageError } from "../usage-error.ts";

/** The description of the option that names them. */
export const KEEP = "locks of other running versions of the application";

/** The application's lock, which says what production uses, and other ones. They are required. */
export const keptLocks = (others: readonly string[]): Lock[] =>
  [LOCK_FILE, ...others].map((file) => {
    const lock = readLock(file);
    if (lock) return lock;
    throw new UsageError(
      `${file} does not exist, so it is not known which snapshots must stay. Write it: \`pithy-image lock\`.`,
    );
  });
