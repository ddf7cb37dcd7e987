/**
 * Snapshots that are there when they are needed, however many processes ask for them at once: the name says what is in a
 * snapshot, so that of two that make it one is refused, and waits for the other.
 */
import { ApiCall } from "../api-call.ts";
import type { Connection } from "../client.ts";
import { asFailure } from "../failure.ts";
import { lockedImage } from "../locked-image.ts";
import type { Resolvable } from "../sdk-image.ts";
import { isResolvable } from "../sdk-image.ts";
import { checkEnsureOptions, type EnsureSnapshotOptions, given } from "./ensure-options.ts";
import { ensureWanted } from "./ensure-wanted.ts";
import type { EnsuredSnapshot, Wanted } from "./ensured.ts";
import { prefixOf } from "./prefix.ts";
import { roomFor } from "./prune.ts";
import { warmUp } from "./warm-pool.ts";
import { SnapshotWatch } from "./watch.ts";

/** Seconds that a snapshot may take: Daytona allows a build an hour. */
const DEADLINE = 3_600;

/** Makes sure that a snapshot is ready. */
export async function ensureSnapshot(
  connection: Connection,
  of: Resolvable | object | string,
  options: EnsureSnapshotOptions,
): Promise<EnsuredSnapshot> {
  checkEnsureOptions(connection, of, options);
  const call = new ApiCall(connection, options, DEADLINE);
  const watch = new SnapshotWatch(call, options);
  try {
    const wanted = await wantedOf(call, of, options);
    const ensured = await ensureWanted({ call, watch, options, wanted });
    if (options.warmPool !== undefined) await warmUp(call, ensured, options.warmPool);
    return ensured;
  } catch (error) {
    throw watch.withLastSeen(asFailure(error));
  } finally {
    watch.end();
    call.end();
  }
}

async function wantedOf(
  call: ApiCall,
  of: Resolvable | object | string,
  options: EnsureSnapshotOptions,
): Promise<Wanted> {
  if (typeof of === "string") {
    const name = options.name ?? of;
    return {
      name,
      derivedName: of,
      source: { reference: of },
      region: options.region,
      room: roomFor(name, options.prefix, options),
    };
  }
  if (!isResolvable(of)) {
    const { snapshotName: name, imageName, region } = lockedImage(of, options.imageName);
    return { name, derivedName: name, imageName, region, room: roomFor(name, prefixOf(name), options) };
  }
  const { prefix, resources, region, sandboxClass, root, refresh } = options;
  const image = await call.resolve(of, root, true);
  const derivedName = image.snapshotName(given({ prefix, resources, region, sandboxClass }));
  const name = options.name ?? derivedName;
  const build = refresh === undefined ? image : await call.resolve(of.refresh(refresh), root, true);
  return { name, derivedName, source: { image, build }, region, room: roomFor(name, prefix, options) };
}
