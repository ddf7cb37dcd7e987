/** What pruning goes by. */
import type { Lock } from "../../lock/lock.ts";

/** Which snapshots may be pruned: see {@link pithyDaytona}. */
export interface PruneRules {
  /**
   * What precedes the digits of a name, exactly: the prefix `acme/agent` does not include the snapshots of `acme/agent-web`. It
   * must be the application's own: `pithy-image`, which names have without a prefix, is refused.
   */
  prefix: string;
  /** The locks of all versions of the application that run or may run again: their snapshots stay. */
  keep: readonly Lock[];
  /** How many of the newest snapshots stay; 3 when not given. */
  keepNewest?: number | undefined;
  /** Hours for which a snapshot stays after it was built or used, by Daytona's clock; 48 when not given. */
  usedWithinHours?: number | undefined;
}

/** What to prune, with the names that stay in any case. */
export interface Rules extends Omit<PruneRules, "keep"> {
  readonly locked: ReadonlySet<string>;
}
