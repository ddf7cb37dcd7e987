/** What `ensureSnapshot` has to achieve, and what it returns. */
import type { ResolvedImage } from "../../image/resolved.ts";
import type { Rules } from "./prune-rules.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/**
 * How a snapshot became ready: it already was (`reused`), this call woke it (`activated`), created it (`created`), replaced a
 * failed one (`rebuilt`) or one with another content (`replaced`), or somebody else did one of these (`waited`). With
 * `wait: false` it is on its way, and `pending` says that somebody else is making it: see {@link PithyDaytona.ensureSnapshot}.
 */
export type EnsureOutcome = "reused" | "waited" | "activated" | "rebuilt" | "created" | "replaced" | "pending";

/** A ready snapshot, or with `wait: false` one on its way: see {@link PithyDaytona.ensureSnapshot}. */
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
  /** Milliseconds for which there was no snapshot of the name, if it was replaced. */
  readonly gap?: number;
  /** The names of the snapshots that were deleted because the quota was reached. */
  readonly pruned: readonly string[];
}

/** What a snapshot is made of. */
export type Source =
  /** An image, and what is built: the image, or the image under another key. */
  | { readonly image: ResolvedImage; readonly build: ResolvedImage }
  /** An image of a registry, such as `debian:12`. */
  | { readonly reference: string };

/** The snapshot that has to exist. */
export interface Wanted {
  readonly name: string;
  /** The name that is derived from what it is made of. */
  readonly derivedName: string;
  /** What it is made of; absent for a lock, which cannot be built. */
  readonly source?: Source;
  /** The name of the image in the lock, if there is one. */
  readonly imageName?: string;
  /** Its region; that of the client when not given. */
  readonly region?: string | undefined;
  /** What may be pruned if the quota leaves no room. */
  readonly room: Rules | undefined;
}
