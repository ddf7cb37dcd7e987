/**
 * Whether a snapshot holds a definition. Daytona keeps the Dockerfile of each snapshot, and the Dockerfile has the digests of
 * all files: it says exactly what was built.
 */

import type { SnapshotBuild } from "../../image/plan.ts";
import { aFunction, aName, anything, type Check, fields, optional } from "../../shared/check.ts";
import type { WatchOptions } from "../../shared/types.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { checkGiven, misuse, notBuilt } from "../failure.ts";
import { lockedImage } from "../locked-image.ts";
import { IMAGE_OR_LOCK, isResolvable, type Resolvable } from "../sdk-image.ts";
import { type Difference, differences } from "./difference.ts";
import { isComing, isLost, readSnapshot } from "./snapshot-record.ts";

/** Seconds that verifying may take. */
const DEADLINE = 120;

/** Options of `verifySnapshot`: see {@link pithyDaytona}. */
export interface VerifySnapshotOptions extends CallOptions, Pick<WatchOptions, "onProgress"> {
  /** The image of the lock, if it has several. */
  imageName?: string | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
}

/** What `verifySnapshot` returns: see {@link pithyDaytona}. */
export interface Verified {
  /** Whether the snapshot holds exactly the image. */
  readonly matches: boolean;
  /** Instruction by instruction; empty for a lock, which does not have the instructions. */
  readonly differences: readonly Difference[];
}

const OPTIONS: Check = fields<VerifySnapshotOptions>({
  ...CALL_OPTIONS,
  imageName: optional(aName),
  root: anything,
  onProgress: optional(aFunction),
});

/** Compares a snapshot with an image or a lock. */
export async function verifySnapshot(
  connection: Connection,
  name: string,
  of: Resolvable | object,
  given: VerifySnapshotOptions,
): Promise<Verified> {
  checkGiven("verifySnapshot", name, aName, "The first argument");
  checkGiven("verifySnapshot", of, IMAGE_OR_LOCK, "The second argument");
  checkGiven("verifySnapshot", given, OPTIONS);
  const { imageName, root, ...options } = given;
  const call = new ApiCall(connection, options, DEADLINE);
  try {
    const resolved = isResolvable(of) ? await call.resolve(of, root, true) : undefined;
    const { snapshotRef } = resolved ?? lockedImage(of, imageName);
    const build = await readBuild(call, name);
    if (build.snapshotRef.endsWith(snapshotRef)) return { matches: true, differences: [] };
    return { matches: false, differences: resolved ? differences(build, resolved) : [] };
  } finally {
    call.end();
  }
}

/** What Daytona knows about a snapshot's build. */
export async function readBuild(call: ApiCall, name: string): Promise<SnapshotBuild> {
  const snapshot = await readSnapshot(call, name);
  if (!snapshot) throw notBuilt({ name }, undefined);
  if (isComing(snapshot) || isLost(snapshot)) throw notBuilt({ name }, snapshot.state, snapshot.errorReason);
  const { id, ref = "", buildInfo } = snapshot;
  const { dockerfileContent: dockerfile, snapshotRef = ref } = buildInfo ?? {};
  if (dockerfile !== undefined) return { dockerfile, snapshotRef };
  const hint = "Create it from an image: `ensureSnapshot`, or `npx pithy-image snapshot ensure`.";
  const message = `Snapshot \`${name}\` was not built from a Dockerfile, so its content is unknown.`;
  throw misuse(message, hint, { id });
}
