/**
 * Snapshots that are no longer needed. Each version of an image has its own, so their number grows; those that a running
 * version of the application may still use stay.
 */
import { type Lock, parseLock } from "../../lock/lock.ts";
import { aBoolean, anArray, atLeast, type Check, describeMistakes, fields, optional } from "../../shared/check.ts";
import type { PithyImageError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { type Attempt, type Deletions, deleteEach } from "../deletion.ts";
import { checkGiven, isFine, misuse, refusal } from "../failure.ts";
import { isOf, type ListedSnapshots, listSnapshots } from "./list-snapshots.ts";
import { anOwnPrefix, isPending } from "./prefix.ts";
import type { PruneRules, Rules } from "./prune-rules.ts";
import { hasFailed, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { type User, usersOf } from "./uses.ts";

/** Seconds that pruning may take. */
const DEADLINE = 300;

const HOUR = 3_600_000;

/** What was used so lately stays in any case: the list of sandboxes may not have them yet. */
const LAG = HOUR / 12;

/** Milliseconds before it is looked again whether a snapshot is gone. */
const PAUSE = 1_000;

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
  readonly kept: readonly { readonly name: string; readonly reason: KeepSnapshotReason }[];
  /** The names of the snapshots that could not be deleted, with the error. */
  readonly failed: readonly { readonly name: string; readonly error: PithyImageError }[];
}

/**
 * Why a snapshot stays: see {@link pithyDaytona}. It is `not ours` if it was listed with the prefix, but is another one now.
 */
export type KeepSnapshotReason = "in a lock" | "in progress" | "used lately" | "newest" | "not ours" | User;

const OPTIONS: Check = fields<PruneSnapshotsOptions>({
  ...CALL_OPTIONS,
  prefix: anOwnPrefix,
  keep: anArray,
  keepNewest: optional(atLeast(0, "a number")),
  usedWithinHours: optional(atLeast(0, "a number of hours")),
  dryRun: optional(aBoolean),
});

/** Deletes the snapshots that are not needed. */
export async function pruneSnapshots(connection: Connection, given: PruneSnapshotsOptions): Promise<Pruned> {
  checkGiven("pruneSnapshots", given, OPTIONS);
  const { keep, prefix, keepNewest, usedWithinHours, dryRun = true, ...options } = given;
  const rules = { prefix, locked: lockedNames(keep), keepNewest, usedWithinHours };
  const call = new ApiCall(connection, options, DEADLINE);
  try {
    return await new Pruning(call, rules).run(dryRun);
  } finally {
    call.end();
  }
}

/** What may be pruned to make room for a snapshot, if the application wants that: what has the same prefix, its own. */
export function roomFor(
  name: string,
  prefix: string | undefined,
  { keep = [], prune }: { readonly keep?: readonly Lock[] | undefined; readonly prune?: boolean | undefined },
): Rules | undefined {
  const locked = lockedNames(keep);
  if (!(prune ?? locked.size > 0)) return undefined;
  const mistakes = anOwnPrefix(prefix, "prefix");
  if (prefix !== undefined && mistakes.length === 0) return { prefix, locked: locked.add(name) };
  throw misuse(
    describeMistakes(mistakes, ""),
    "Only snapshots with the application's own prefix can be pruned. Choose one, or leave out `keep` and `prune`.",
  );
}

/** Makes room by pruning, and waits until what was deleted is gone. What is busy is left alone. */
export async function makeRoom(call: ApiCall, rules: Rules): Promise<Pruned> {
  const pruned = await new Pruning(call, rules, false).run(false);
  for (const name of pruned.deleted) {
    while ((await readSnapshot(call, name))?.state === "removing") await call.sleep(PAUSE);
  }
  return pruned;
}

const lockedNames = (locks: readonly Lock[]): Set<string> =>
  new Set(locks.flatMap((lock) => Object.values(parseLock(lock).images).map(({ snapshotName }) => snapshotName)));

/** Why a snapshot stays, as far as its record says. */
type Judge = (snapshot: SnapshotRecord) => KeepSnapshotReason | undefined;

/** One run over the snapshots with a prefix. */
class Pruning {
  readonly #call: ApiCall;
  readonly #rules: Rules;
  /** Whether what is busy is tried again until the deadline. */
  readonly #isPatient: boolean;

  constructor(call: ApiCall, rules: Rules, isPatient = true) {
    this.#call = call;
    this.#rules = rules;
    this.#isPatient = isPatient;
  }

  async run(dryRun: boolean): Promise<Pruned> {
    const { snapshots, now } = await listSnapshots(this.#call, this.#rules.prefix);
    const judge = judgeOf(this.#rules, snapshots, now);
    const userOf = await usersOf(
      this.#call,
      snapshots.filter((snapshot) => judge(snapshot) === undefined),
    );
    const judged = snapshots.map((item) => ({ item, reason: judge(item) ?? userOf(item) }));
    const kept = judged.flatMap(({ item, reason }) => (reason === undefined ? [] : [{ item, reason }]));
    const unused = judged.filter(({ reason }) => reason === undefined).map(({ item }) => item);
    if (dryRun) return byName({ deleted: unused, kept, failed: [] });
    // One after the other: each is looked at again just before.
    const done = await deleteEach(this.#call, unused, 1, (snapshot) => this.#delete(snapshot, judge));
    return byName({ ...done, kept: [...kept, ...done.kept] });
  }

  /**
   * Deletes a snapshot unless it came into use. Its record is read last: it says at once that a sandbox was created, which the list
   * of sandboxes says later. Another process may have been faster.
   */
  async #delete(listed: SnapshotRecord, judge: Judge): Promise<Attempt<KeepSnapshotReason>> {
    const call = this.#call;
    const { id, name } = listed;
    const user = (await usersOf(call, [listed]))(listed);
    const snapshot = await readSnapshot(call, id);
    if (!snapshot || snapshot.state === "removing") return "deleted";
    if (snapshot.id !== id || !isOf(this.#rules.prefix, snapshot)) return { kept: "not ours" };
    const reason = judge(snapshot) ?? user;
    if (reason !== undefined) return { kept: reason };
    const response = await call.ask("DELETE", ["snapshots", id]);
    const { status } = response;
    if (isFine(response) || status === 404) return "deleted";
    if (this.#isPatient && (status === 409 || status === 429)) return "busy";
    throw refusal(response, `delete snapshot \`${name}\``);
  }
}

/** The rules as they apply at a time of the server. */
function judgeOf(
  { locked, keepNewest = 3, usedWithinHours = 48 }: Rules,
  all: ListedSnapshots["snapshots"],
  now: number,
): Judge {
  const newest = newestOf(all, keepNewest);
  const since = now - Math.max(usedWithinHours * HOUR, LAG);
  return (snapshot) => {
    if (locked.has(snapshot.name)) return "in a lock";
    if (!isResting(snapshot)) return "in progress";
    if (newest.has(snapshot.name)) return "newest";
    return wasUsedSince(since, snapshot) ? "used lately" : undefined;
  };
}

/** Whether nothing is happening to a snapshot. */
const isResting = (snapshot: SnapshotRecord): boolean =>
  snapshot.state === "active" || snapshot.state === "inactive" || hasFailed(snapshot);

/** The names of the newest usable snapshots: those that failed, or wait for their name, do not count. */
function newestOf(snapshots: readonly SnapshotRecord[], count: number): Set<string> {
  const usable = snapshots.filter((snapshot) => !hasFailed(snapshot) && !isPending(snapshot.name));
  const sorted = usable.toSorted((a, b) => time(b.createdAt) - time(a.createdAt));
  return new Set(sorted.slice(0, count).map(({ name }) => name));
}

const wasUsedSince = (since: number, { createdAt, lastUsedAt }: SnapshotRecord): boolean =>
  time(createdAt) >= since || (lastUsedAt != null && time(lastUsedAt) >= since);

/** An unknown time counts as now, so that nothing is deleted because of it. */
const time = (date: string | undefined): number => Date.parse(date ?? "") || Number.MAX_VALUE;

const byName = ({ deleted, kept, failed }: Deletions<SnapshotRecord, KeepSnapshotReason>): Pruned => ({
  deleted: deleted.map(({ name }) => name),
  kept: kept.map(({ item: { name }, reason }) => ({ name, reason })),
  failed: failed.map(({ item: { name }, error }) => ({ name, error })),
});
