/** The list of the snapshots with a prefix. */
import type { ApiCall } from "../api-call.ts";
import { contentOf, has } from "../failure.ts";
import { serverTime } from "../server-time.ts";
import { prefixOf } from "./prefix.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

/** Snapshots per page: the most that every version of the server allows. */
const PAGE = 100;

interface SnapshotList {
  readonly items: readonly SnapshotRecord[];
  readonly totalPages: number;
}

/** Snapshots, and the server's time when it began to list them. */
export interface ListedSnapshots {
  readonly snapshots: readonly SnapshotRecord[];
  readonly now: number;
}

/**
 * Lists the snapshots that were built here with a prefix. The server looks for it anywhere in a name, without regard to case and
 * with `_` for any character, so each name is checked again.
 */
export async function listSnapshots(call: ApiCall, prefix: string): Promise<ListedSnapshots> {
  const found = new Map<string, SnapshotRecord>();
  let now: number | undefined;
  for (let page = 1; ; page++) {
    const response = await call.ask("GET", ["snapshots"], { params: { name: prefix, page, limit: PAGE } });
    const list = contentOf<SnapshotList>(response, "list the snapshots", has("items", "totalPages"));
    now ??= serverTime(response);
    for (const snapshot of list.items) if (isOf(prefix, snapshot)) found.set(snapshot.id, snapshot);
    if (page >= list.totalPages) return { snapshots: [...found.values()], now };
  }
}

/** Whether a snapshot was built here with a prefix: one that was pulled, or that is Daytona's own, only has such a name. */
export const isOf = (prefix: string, { name, buildInfo, general }: SnapshotRecord): boolean =>
  prefixOf(name) === prefix && buildInfo != null && general !== true;
