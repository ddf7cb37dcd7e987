/**
 * Gives a name only to what deserves it. What has to pass a check, or takes the name of another snapshot, is made under a second
 * name first. Daytona renames no snapshot: the name is taken for the same content then, which takes seconds, since nothing is
 * built any more. A call that is repeated after it was stopped goes on where that was.
 */
import type { ApiCall } from "../api-call.ts";
import { isFine, refusal } from "../failure.ts";
import { checkSnapshot } from "./check-snapshot.ts";
import { differenceOf } from "./content.ts";
import type { EnsureSnapshotOptions } from "./ensure-options.ts";
import { EnsureRun } from "./ensure-run.ts";
import type { EnsuredSnapshot, Wanted } from "./ensured.ts";
import { isLost, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { listWarmPools, type WarmPool, warmUp } from "./warm-pool.ts";
import { SnapshotWatch } from "./watch.ts";

/** What one call of `ensureSnapshot` works with. */
interface Ensuring {
  readonly call: ApiCall;
  readonly watch: SnapshotWatch;
  readonly options: EnsureSnapshotOptions;
  readonly wanted: Wanted;
}

/** Makes sure that the wanted snapshot is ready, has passed its check, and replaces another where that is wished. */
export async function ensureWanted(ensuring: Ensuring): Promise<EnsuredSnapshot> {
  const { call, options, wanted } = ensuring;
  if (!options.replace && !options.check) return run(ensuring);
  const found = await readSnapshot(call, wanted.name);
  const old = found && isToBeReplaced(found, ensuring) ? found : undefined;
  const isNew = !found || isLost(found);
  return old || (isNew && options.check) ? prepareAndTake(ensuring, old) : run(ensuring);
}

const run = ({ call, watch, options, wanted }: Ensuring): Promise<EnsuredSnapshot> =>
  new EnsureRun(call, watch, options, wanted).run();

function isToBeReplaced(found: SnapshotRecord, { options, wanted: { source } }: Ensuring): boolean {
  if (!options.replace || options.name === undefined || !source || isLost(found)) return false;
  return differenceOf(found, source, options) !== undefined;
}

/** Makes the content ready under a second name, and then takes the name, from an old snapshot if there is one. */
async function prepareAndTake(ensuring: Ensuring, old: SnapshotRecord | undefined): Promise<EnsuredSnapshot> {
  const { call, options, wanted } = ensuring;
  const { name, derivedName } = wanted;
  const second = { ...wanted, name: name === derivedName ? `${name}-unchecked` : derivedName };
  const prepared = await run({ ...ensuring, wanted: second });
  const isOurs = prepared.outcome === "created" || prepared.outcome === "rebuilt";
  try {
    if (options.check) await checkSnapshot(call, prepared, options.check);
    const ensured = await take(ensuring, old);
    return { ...ensured, pruned: [...prepared.pruned, ...ensured.pruned] };
  } finally {
    // What another call made may be what it is for.
    if (isOurs && !call.signal.aborted) await remove(call, prepared.id);
  }
}

/** Takes the name. */
async function take(ensuring: Ensuring, old: SnapshotRecord | undefined): Promise<EnsuredSnapshot> {
  const { call, options } = ensuring;
  const watch = new SnapshotWatch(call, { onState: options.onState });
  if (!old) return run({ ...ensuring, watch });
  const pools = await poolsOf(call, old);
  const begin = call.clock.now();
  await remove(call, old.id);
  const ensured = await run({ ...ensuring, watch });
  const gap = call.clock.now() - begin;
  for (const { pool, target: region } of pools) await warmUp(call, { ...ensured, region }, pool);
  return { ...ensured, outcome: ensured.outcome === "created" ? "replaced" : ensured.outcome, gap };
}

/** The pools of a snapshot. */
async function poolsOf(call: ApiCall, { id, name }: SnapshotRecord): Promise<readonly WarmPool[]> {
  if (!call.connection.hasWarmPools) return [];
  return (await listWarmPools(call)).filter(({ snapshot }) => snapshot === name || snapshot === id);
}

async function remove(call: ApiCall, id: string): Promise<void> {
  const response = await call.ask("DELETE", ["snapshots", id]);
  if (!isFine(response) && response.status !== 404) throw refusal(response, "delete a snapshot");
}
