/** Snapshots as Daytona's API describes them. */
import type { ApiCall } from "../api-call.ts";
import { contentOf, has } from "../failure.ts";
import type { Access } from "../http.ts";

/** A snapshot as Daytona's API describes it, with the fields that are used here: see {@link PithyDaytona.ensureSnapshot}. */
export interface SnapshotRecord {
  /** Its id. */
  readonly id: string;
  /** Its name, unique within the organization. */
  readonly name: string;
  /** Whether it is Daytona's own, for all organizations. */
  readonly general?: boolean;
  /** Its state: `active` when it is ready. */
  readonly state: string;
  /** Why its build failed. */
  readonly errorReason?: string | null;
  /** The build's key, after the address of a registry. */
  readonly ref?: string;
  /** The image of a registry that it was pulled from; absent if it was built. */
  readonly imageName?: string;
  /** What it was built from; absent if it was pulled by name. */
  readonly buildInfo?: { readonly dockerfileContent?: string; readonly snapshotRef?: string };
  /** CPU cores of its sandboxes. */
  readonly cpu?: number;
  /** Their memory, in GiB. */
  readonly mem?: number;
  /** Their disk, in GiB. */
  readonly disk?: number;
  /** Their GPUs. */
  readonly gpu?: number;
  /** The regions where it is available. */
  readonly regionIds?: readonly string[];
  /** The class of its sandboxes. */
  readonly sandboxClass?: string;
  /** When it was created, in ISO 8601. */
  readonly createdAt?: string;
  /** When a sandbox was last created from it. */
  readonly lastUsedAt?: string | null;
}

/** Whether a response of Daytona is a snapshot. */
export const isSnapshot: (data: unknown) => boolean = has("id", "name", "state");

/** Reads a snapshot; `undefined` if it does not exist. */
export async function readSnapshot(call: ApiCall<Access>, name: string): Promise<SnapshotRecord | undefined> {
  const response = await call.ask("GET", ["snapshots", name]);
  if (response.status === 404) return undefined;
  return contentOf(response, `describe snapshot \`${name}\``, isSnapshot);
}

/** Whether a snapshot failed, when it was built or later. */
export const hasFailed = ({ state }: SnapshotRecord): boolean => state === "error" || state === "build_failed";

/** Whether it will never be ready. */
export const isLost = (snapshot: SnapshotRecord): boolean => hasFailed(snapshot) || snapshot.state === "removing";

/** Whether it will be ready without further action. */
export const isComing = (snapshot: SnapshotRecord): boolean =>
  !isLost(snapshot) && snapshot.state !== "active" && snapshot.state !== "inactive";
