/**
 * Gives a name only to what deserves it. What has to pass a check, or takes the name of another snapshot, is made under a name of
 * its own first. Daytona renames no snapshot: the name is taken for the same content then, which takes seconds, since nothing is
 * built any more. A call that is repeated after it was stopped continues where that one stopped.
 */
import { PithyDaytonaError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { isFine, refusal } from "../failure.ts";
import { checkSnapshot } from "./check-snapshot.ts";
import { differenceOf } from "./content.ts";
import type { EnsureSnapshotOptions } from "./ensure-options.ts";
import { EnsureRun } from "./ensure-run.ts";
import type { EnsuredSnapshot, Wanted } from "./ensured.ts";
import { pendingName } from "./prefix.ts";
import { isLost, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { listWarmPools, type WarmPool, warmUp } from "./warm-pool.ts";
import { SnapshotWatch } from "./watch.ts";

/** How often the content is prepared again because another call was done with it, and has deleted it. */
const ATTEMPTS = 3;

/** What one call of `ensureSnapshot` works with. */
interface Ensuring {
  readonly call: ApiCall;
  readonly watch: SnapshotWatch;
  readonly options: EnsureSnapshotOptions;
  readonly wanted: Wanted;
}

/** Makes sure that the wanted snapshot is ready, has passed its check, and replaces another if `replace` says so. */
export async function ensureWanted(ensuring: Ensuring): Promise<EnsuredSnapshot> {
  const { call, options, wanted } = ensuring;
  if (!options.replace && !options.check) return run(ensuring);
  for (let attempt = 1; ; attempt++) {
    const found = await readSnapshot(call, wanted.name);
    const old = found && isToBeReplaced(found, ensuring) ? found : undefined;
    const isNew = !found || isLost(found);
    if (!old && !(isNew && options.check)) return run(ensuring);
    try {
      return await prepareAndTake(ensuring, old);
    } catch (error) {
      const wasDeleted = error instanceof PithyDaytonaError && error.code === "snapshot_not_built";
      if (!wasDeleted || attempt === ATTEMPTS) throw error;
    }
  }
}

const run = ({ call, watch, options, wanted }: Ensuring): Promise<EnsuredSnapshot> =>
  new EnsureRun(call, watch, options, wanted).run();

function isToBeReplaced(found: SnapshotRecord, { options, wanted: { source } }: Ensuring): boolean {
  if (!options.replace || options.name === undefined || !source || isLost(found)) return false;
  return differenceOf(found, source, options) !== undefined;
}

/** Makes the content ready under a name of its own, and then takes the name, from an old snapshot if there is one. */
async function prepareAndTake(ensuring: Ensuring, old: SnapshotRecord | undefined): Promise<EnsuredSnapshot> {
  const { call, options, wanted } = ensuring;
  const pending = { ...wanted, name: pendingName(wanted.derivedName) };
  const prepared = await run({ ...ensuring, wanted: pending });
  if (options.check) {
    await checkSnapshot(call, prepared, options.check).catch(async (error) => {
      if (error instanceof PithyDaytonaError && error.code === "check_failed") await dismiss(call, prepared.id);
      throw error;
    });
  }
  const ensured = await take(ensuring, old);
  await dismiss(call, prepared.id);
  return { ...ensured, pruned: [...prepared.pruned, ...ensured.pruned] };
}

/** Takes the name. */
async function take(ensuring: Ensuring, old: SnapshotRecord | undefined): Promise<EnsuredSnapshot> {
  const { call, options } = ensuring;
  const watch = new SnapshotWatch(call, { onState: options.onState, onWait: options.onWait });
  if (!old) return run({ ...ensuring, watch });
  const pools = await poolsOf(call, old);
  const begin = call.clock.now();
  const response = await call.ask("DELETE", ["snapshots", old.id]);
  if (!isFine(response) && response.status !== 404) throw refusal(response, `delete snapshot \`${old.name}\``);
  try {
    const ensured = await run({ ...ensuring, watch });
    const gap = call.clock.now() - begin;
    for (const { pool, target: region } of pools) await warmUp(call, { ...ensured, region }, pool);
    return { ...ensured, outcome: ensured.outcome === "created" ? "replaced" : ensured.outcome, gap };
  } catch (error) {
    if (!(error instanceof PithyDaytonaError)) throw error;
    throw error.with({
      hint: `The old snapshot \`${old.name}\` was deleted. Repeat the call: what is built already takes its name.`,
    });
  }
}

/** The pools of a snapshot. */
const poolsOf = async (call: ApiCall, { id, name }: SnapshotRecord): Promise<readonly WarmPool[]> =>
  (await listWarmPools(call)).filter(({ snapshot }) => snapshot === name || snapshot === id);

/** Deletes what was prepared. If that fails, it is pruned later. */
const dismiss = (call: ApiCall, id: string): Promise<unknown> => call.ask("DELETE", ["snapshots", id]).catch(() => {});
