/** What uses snapshots now. A claim of a warm sandbox does not count as use in Daytona's records, so these are not enough. */
import type { ApiCall } from "../api-call.ts";
import { listSandboxes } from "../sandbox/list-sandboxes.ts";
import { isEnding } from "../sandbox/sandbox-record.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";
import { listWarmPools } from "./warm-pool.ts";

/** Snapshots in one request for their sandboxes: URLs have limits. */
const AT_ONCE = 20;

/** Who uses a snapshot. */
export type User = "used by a sandbox" | "in a warm pool";

/**
 * Finds the users of snapshots, and returns who uses one of them. A sandbox counts in any state: while it is created its
 * snapshot is read again, and one that is stopped or archived may be started again.
 */
export async function usersOf(
  call: ApiCall,
  snapshots: readonly SnapshotRecord[],
): Promise<(snapshot: SnapshotRecord) => User | undefined> {
  if (snapshots.length === 0) return () => undefined;
  const pooled = new Set((await listWarmPools(call)).map(({ snapshot }) => snapshot));
  const used = new Set<string | undefined>();
  for (let at = 0; at < snapshots.length; at += AT_ONCE) {
    const names = snapshots.slice(at, at + AT_ONCE).map(({ name }) => ["snapshots", name] as const);
    const { sandboxes } = await listSandboxes(call, names);
    for (const sandbox of sandboxes) if (!isEnding(sandbox)) used.add(sandbox.snapshot);
  }
  return ({ id, name }) => {
    if (used.has(name)) return "used by a sandbox";
    return pooled.has(name) || pooled.has(id) ? "in a warm pool" : undefined;
  };
}
