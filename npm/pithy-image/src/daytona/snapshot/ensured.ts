/** What `ensureSnapshot` has to achieve, and what it returns. */
import type { ResolvedImage } from "../../image/resolved.ts";
import type { Rules } from "./prune.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/**
 * How a snapshot became ready: it already was (`reused`), this call woke it (`activated`), created it (`created`) or replaced
 * a failed one (`rebuilt`), or somebody else did one of these (`waited`): see
 * {@link PithyDaytona.ensureSnapshot}.
 */
export type EnsureOutcome = "reused" | "waited" | "activated" | "rebuilt" | "created";

/** A ready snapshot: see {@link PithyDaytona.ensureSnapshot}. */
export interface EnsuredSnapshot {
  /** How it became ready. */
  readonly outcome: EnsureOutcome;
  /** Its name. */
  readonly name: string;
  /** Its id in Daytona. */
  readonly id: string;
  /** Daytona's own record. */
  readonly snapshot: SnapshotRecord;
  /** The names of the snapshots that were deleted because the quota was reached. */
  readonly pruned: readonly string[];
}

/** The snapshot that has to exist. */
export interface Wanted {
  readonly name: string;
  /** The image; absent for a lock, which cannot be built. */
  readonly image?: ResolvedImage;
  /** What is built: the image, or the image under another key. */
  readonly build?: ResolvedImage;
  /** The name and region of the image in the lock, if there is one. */
  readonly imageName?: string;
  readonly region?: string | undefined;
  /** What may be pruned if the quota leaves no room. */
  readonly room: Rules | undefined;
}
