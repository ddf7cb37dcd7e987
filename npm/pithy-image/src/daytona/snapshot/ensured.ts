/** What `ensureSnapshot` has to achieve, and what it returns. */
import type { ResolvedImage } from "../../image/resolved.ts";
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
  /** The region in which sandboxes can be created from it, for `createSandbox`; absent if it is not known. */
  readonly region?: string | undefined;
  /** Daytona's own record. */
  readonly snapshot: SnapshotRecord;
}

/** The snapshot that has to exist. */
export interface Wanted {
  readonly name: string;
  /** The image; absent for a lock, which cannot be built. */
  readonly image?: ResolvedImage;
  /** What is built: the image, or the image under another key. */
  readonly build?: ResolvedImage;
  /** The name of the image in the lock, if there is one. */
  readonly imageName?: string;
  /** Its region; that of the client when not given. */
  readonly region?: string | undefined;
}
