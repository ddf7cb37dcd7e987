/**
 * Gives a name that was chosen by hand to another snapshot. Daytona renames none: the content is built under the name that is
 * derived from it, the old snapshot is deleted, and the name is taken again, which takes seconds, since nothing is built any
 * more. A call that is repeated after it was stopped goes on where that was.
 */
import type { ApiCall } from "../api-call.ts";
import { isFine, refusal } from "../failure.ts";
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

/** Makes sure that the wanted snapshot is ready, in the place of another where that is wished. */
export async function ensureWanted(ensuring: Ensuring): Promise<EnsuredSnapshot> {
  const old = await replaced(ensuring);
  return old ? replace(ensuring, old) : run(ensuring);
}

const run = ({ call, watch, options, wanted }: Ensuring): Promise<EnsuredSnapshot> =>
  new EnsureRun(call, watch, options, wanted).run();

/** The snapshot that has to give up its name, if there is one. */
async function replaced({ call, options, wanted }: Ensuring): Promise<SnapshotRecord | undefined> {
  const { name, derivedName, source } = wanted;
  if (!options.replace || !source || name === derivedName) return undefined;
  const found = await readSnapshot(call, name);
  if (!found || isLost(found) || differenceOf(found, source, options) === undefined) return undefined;
  return found;
}

async function replace(ensuring: Ensuring, old: SnapshotRecord): Promise<EnsuredSnapshot> {
  const { call, options, wanted } = ensuring;
  const derived = { ...wanted, name: wanted.derivedName };
  const built = await run({ ...ensuring, wanted: derived });
  const pools = await poolsOf(call, old);
  const begin = call.clock.now();
  await remove(call, old.id);
  const watch = new SnapshotWatch(call, { onState: options.onState });
  const ensured = await run({ ...ensuring, watch });
  const gap = call.clock.now() - begin;
  for (const { pool, target: region } of pools) await warmUp(call, { ...ensured, region }, pool);
  if (built.outcome === "created" || built.outcome === "rebuilt") await remove(call, built.id);
  const outcome = ensured.outcome === "created" ? "replaced" : ensured.outcome;
  return { ...ensured, outcome, gap, pruned: [...built.pruned, ...ensured.pruned] };
}

async function remove(call: ApiCall, id: string): Promise<void> {
  const response = await call.ask("DELETE", ["snapshots", id]);
  if (!isFine(response) && response.status !== 404) throw refusal(response, "delete the replaced snapshot");
}

/** The pools of a snapshot. */
async function poolsOf(call: ApiCall, { id, name }: SnapshotRecord): Promise<readonly WarmPool[]> {
  if (!call.connection.hasWarmPools) return [];
  return (await listWarmPools(call)).filter(({ snapshot }) => snapshot === name || snapshot === id);
}
