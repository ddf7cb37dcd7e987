/** Snapshots as Daytona's API describes them. */
import type { ApiCall } from "../api-call.ts";
import { contentOf, has } from "../failure.ts";

/** A snapshot as Daytona's API describes it, as far as it is used here: see {@link PithyDaytona.ensureSnapshot}. */
export interface SnapshotRecord {
  /** Its id. */
  readonly id: string;
  /** Its name, unique within the organization. */
  readonly name: string;
  /** Where it is in its life: `active` when it is ready. */
  readonly state: string;
  /** Why its build failed. */
  readonly errorReason?: string | null;
  /** The build's key, behind the address of a registry. */
  readonly ref?: string;
  /** What it was built from; absent of one that was pulled by name. */
  readonly buildInfo?: { readonly dockerfileContent?: string; readonly snapshotRef?: string };
  /** CPU cores of its sandboxes. */
  readonly cpu?: number;
  /** Their memory, in GiB. */
  readonly mem?: number;
  /** Their disk, in GiB. */
  readonly disk?: number;
  /** Their GPUs. */
  readonly gpu?: number;
  /** The regions it is in. */
  readonly regionIds?: readonly string[];
  /** The class of its sandboxes. */
  readonly sandboxClass?: string;
  /** When it was made, as ISO 8601 has it. */
  readonly createdAt?: string;
  /** When a sandbox was last made of it. */
  readonly lastUsedAt?: string | null;
}

/** Whether Daytona's response is a snapshot. */
export const isSnapshot: (data: unknown) => boolean = has("id", "name", "state");

/** Reads a snapshot; none if there is no such. */
export async function readSnapshot(call: ApiCall, name: string): Promise<SnapshotRecord | undefined> {
  const response = await call.ask("GET", ["snapshots", name]);
  if (response.status === 404) return undefined;
  return contentOf(response, `say what snapshot \`${name}\` is`, isSnapshot);
}

/** Whether it failed, when it was built or later. */
export const hasFailed = ({ state }: SnapshotRecord): boolean => state === "error" || state === "build_failed";

/** Whether nothing will come of it. */
export const isLost = (snapshot: SnapshotRecord): boolean => hasFailed(snapshot) || snapshot.state === "removing";

/** Whether it becomes ready by itself. */
export const isComing = (snapshot: SnapshotRecord): boolean =>
  !isLost(snapshot) && snapshot.state !== "active" && snapshot.state !== "inactive";
