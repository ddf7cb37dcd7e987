/** What `ensureSnapshot` is to bring about, and what it returns. */
import type { ResolvedImage } from "../../image/resolved.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/**
 * How a snapshot came to be ready: it was (`reused`), or this call woke it (`activated`), made it (`created`), or made it in
 * place of one that had failed (`rebuilt`), or somebody else did one of these (`waited`): see
 * {@link PithyDaytona.ensureSnapshot}.
 */
export type EnsureOutcome = "reused" | "waited" | "activated" | "rebuilt" | "created";

/** A snapshot that is ready: see {@link PithyDaytona.ensureSnapshot}. */
export interface EnsuredSnapshot {
  /** How it came to be ready. */
  readonly outcome: EnsureOutcome;
  /** Its name. */
  readonly name: string;
  /** Daytona's id of it. */
  readonly id: string;
  /** Daytona's own record. */
  readonly snapshot: SnapshotRecord;
}

/** What is to be there. */
export interface Wanted {
  readonly name: string;
  /** The image. Absent for a lock: it has nothing to build from. */
  readonly image?: ResolvedImage;
  /** What is built: the image, or the image under another key. */
  readonly build?: ResolvedImage;
  /** Its name in the lock, if it is of one, and the region there. */
  readonly imageName?: string;
  readonly region?: string | undefined;
}
