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
import { EnsureRun } from "./ensure-run.ts";
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
  of: Resolvable | object,
  options: EnsureSnapshotOptions,
): Promise<EnsuredSnapshot> {
  checkEnsureOptions(connection, of, options);
  const call = new ApiCall(connection, options, DEADLINE);
  const watch = new SnapshotWatch(call, options);
  try {
    const wanted = await wantedOf(call, of, options);
    const ensured = await new EnsureRun(call, watch, options, wanted).run();
    const target = options.region ?? wanted.region ?? connection.target;
    if (options.warmPool !== undefined) await warmUp(call, ensured, options.warmPool, target);
    return ensured;
  } catch (error) {
    throw watch.withLastSeen(asFailure(error));
  } finally {
    watch.end();
    call.end();
  }
}

async function wantedOf(call: ApiCall, of: Resolvable | object, options: EnsureSnapshotOptions): Promise<Wanted> {
  if (!isResolvable(of)) {
    const { snapshotName: name, imageName, region } = lockedImage(of, options.imageName);
    return { name, imageName, region, room: roomFor(name, prefixOf(name), options) };
  }
  const { prefix, resources, region, sandboxClass, root, refresh } = options;
  const image = await call.resolve(of, root);
  const made = image.snapshotName(given({ prefix, resources, region, sandboxClass }));
  const name = options.name ?? made;
  const room = roomFor(name, prefix, options);
  if (refresh === undefined) return { name, image, build: image, room };
  return { name, image, build: await call.resolve(of.refresh(refresh), root), room };
}
