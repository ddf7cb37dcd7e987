/**
 * Snapshots that are no longer needed. Each version of an image has its own, so their number grows; those that a running
 * version of the application may still use stay.
 */
import { type Lock, parseLock } from "../../lock/lock.ts";
import { aBoolean, aName, anArray, atLeast, type Check, fields, optional } from "../../shared/check.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { checkGiven, contentOf, has, isFine, refusal } from "../failure.ts";
import { Polling } from "../polling.ts";
import { hasFailed, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";

/** Seconds that pruning may take. */
const DEADLINE = 300;

/** Snapshots per page. */
const PAGE = 100;

const HOUR = 3_600_000;

/** Every snapshot of ours ends with these digits. */
const NAME = /^(.+)-[0-9a-f]{20}$/;

/** Which snapshots may be pruned: see {@link pithyDaytona}. */
export interface PruneRules {
  /** What precedes the digits of a name. The prefix `acme/agent` does not include the snapshots of `acme/agent-web`. */
  prefix: string;
  /** The locks of all versions of the application that run or may run again: their snapshots stay. */
  keep: readonly Lock[];
  /** How many of the newest snapshots stay; 3 when not given. */
  keepNewest?: number | undefined;
  /** Hours for which a snapshot stays after it was built or used; 48 when not given. */
  usedWithinHours?: number | undefined;
}

/** Options of `pruneSnapshots`: see {@link pithyDaytona}. */
export interface PruneSnapshotsOptions extends PruneRules, CallOptions {
  /** Nothing is deleted unless it is `false`: the result says what would be deleted. */
  dryRun?: boolean | undefined;
}

/** What `pruneSnapshots` did: see {@link pithyDaytona}. */
export interface Pruned {
  /** The names of the snapshots that are deleted, or would be. */
  readonly deleted: readonly string[];
  /** The names of the snapshots with the prefix that stay, with the reason. */
  readonly kept: readonly { readonly name: string; readonly reason: KeptSnapshot }[];
}

/** Why a snapshot stays: see {@link pithyDaytona}. */
export type KeptSnapshot = "in a lock" | "in progress" | "used lately" | "newest";

const OPTIONS: Check = fields<PruneSnapshotsOptions>({
  ...CALL_OPTIONS,
  prefix: aName,
  keep: anArray,
  keepNewest: optional(atLeast(0, "a number")),
  usedWithinHours: optional(atLeast(0, "a number of hours")),
  dryRun: optional(aBoolean),
});

/** Deletes the snapshots that are not needed. */
export async function pruneSnapshots(connection: Connection, given: PruneSnapshotsOptions): Promise<Pruned> {
  checkGiven("pruneSnapshots", given, OPTIONS);
  const { prefix, keep, keepNewest, usedWithinHours, dryRun = true, ...options } = given;
  const rules = { prefix, keep, keepNewest, usedWithinHours };
  const names = lockedNames(keep);
  const call = new ApiCall(connection, options, DEADLINE);
  try {
    return await prune(call, rules, names, dryRun);
  } finally {
    call.end();
  }
}

/**
 * Makes room for a snapshot by pruning others with its prefix, and waits until they are gone.
 *
 * @returns Whether there is more room now.
 */
export async function makeRoom(call: ApiCall, name: string, keep: readonly Lock[] = []): Promise<boolean> {
  const prefix = NAME.exec(name)?.[1];
  if (prefix === undefined) return false;
  const names = lockedNames(keep).add(name);
  const { deleted } = await prune(call, { prefix, keep }, names, false);
  for (const each of deleted) {
    const polling = new Polling(call);
    while ((await readSnapshot(call, each))?.state === "removing") await polling.pause();
  }
  return deleted.length > 0;
}

const lockedNames = (locks: readonly Lock[]): Set<string> =>
  new Set(locks.flatMap((lock) => Object.values(parseLock(lock).images).map(({ snapshotName }) => snapshotName)));

async function prune(call: ApiCall, rules: PruneRules, locked: ReadonlySet<string>, dryRun: boolean): Promise<Pruned> {
  const { keepNewest = 3, usedWithinHours = 48 } = rules;
  const found = await listSnapshots(call, rules.prefix);
  const newest = newestOf(found, keepNewest);
  const since = Date.now() - usedWithinHours * HOUR;
  const reasonToKeep = (snapshot: SnapshotRecord): KeptSnapshot | undefined => {
    if (locked.has(snapshot.name)) return "in a lock";
    if (!isResting(snapshot)) return "in progress";
    if (newest.has(snapshot.name)) return "newest";
    return wasUsedSince(since, snapshot) ? "used lately" : undefined;
  };
  const deleted: string[] = [];
  const kept: { name: string; reason: KeptSnapshot }[] = [];
  for (const listed of found) {
    const { name } = listed;
    // Read again just before: another version of the application may have started to use it.
    const now = dryRun || reasonToKeep(listed) ? listed : await readSnapshot(call, name);
    const reason = now && reasonToKeep(now);
    if (reason) kept.push({ name, reason });
    else deleted.push(name);
    if (now && !reason && !dryRun) await deleteSnapshot(call, now);
  }
  return { deleted, kept };
}

/** Whether nothing is happening to a snapshot. */
const isResting = (snapshot: SnapshotRecord): boolean =>
  snapshot.state === "active" || snapshot.state === "inactive" || hasFailed(snapshot);

/** The names of the newest usable snapshots: those that failed do not count. */
function newestOf(snapshots: readonly SnapshotRecord[], count: number): Set<string> {
  const usable = snapshots.filter((snapshot) => !hasFailed(snapshot));
  const sorted = usable.toSorted((a, b) => time(b.createdAt) - time(a.createdAt));
  return new Set(sorted.slice(0, count).map(({ name }) => name));
}

const wasUsedSince = (since: number, { createdAt, lastUsedAt }: SnapshotRecord): boolean =>
  time(createdAt) >= since || (lastUsedAt != null && time(lastUsedAt) >= since);

/** An unknown time counts as now, so that nothing is deleted because of it. */
const time = (date: string | undefined): number => Date.parse(date ?? "") || Number.MAX_VALUE;

/** Deletes a snapshot. It is not a failure if another process was faster, or is doing it now. */
async function deleteSnapshot(call: ApiCall, { id, name }: SnapshotRecord): Promise<void> {
  const response = await call.ask("DELETE", ["snapshots", id]);
  if (isFine(response) || response.status === 404 || response.status === 409) return;
  throw refusal(response, `delete snapshot \`${name}\``, { id });
}

interface SnapshotList {
  readonly items: readonly SnapshotRecord[];
  readonly totalPages: number;
}

/** All snapshots whose names are the prefix and digits. */
export async function listSnapshots(call: ApiCall, prefix: string): Promise<SnapshotRecord[]> {
  const found = new Map<string, SnapshotRecord>();
  for (let page = 1, pages = 1; page <= pages; page++) {
    const params = { name: prefix, page, limit: PAGE };
    const response = await call.ask("GET", ["snapshots"], { params });
    const list = contentOf<SnapshotList>(response, "list the snapshots", has("items", "totalPages"));
    for (const snapshot of list.items) found.set(snapshot.id, snapshot);
    pages = list.totalPages;
  }
  return [...found.values()].filter(({ name }) => NAME.exec(name)?.[1] === prefix);
}
