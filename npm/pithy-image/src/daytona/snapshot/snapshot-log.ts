/** The build log of a snapshot, after the fact or while it is built. */
import { aBoolean, aName, type Check, fields, optional } from "../../shared/check.ts";
import { PithyDaytonaError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { BUILD_LISTENERS, type BuildListeners } from "../build-log.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { asFailure, checkGiven, misuse, notBuilt } from "../failure.ts";
import { isComing, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { SnapshotWatch } from "./watch.ts";

/** Seconds that reading may take, and a build. */
const DEADLINE = 60;
const BUILD = 3_600;

/** Options of {@link PithyDaytona.snapshotLog}. */
export interface SnapshotLogOptions extends CallOptions, Pick<BuildListeners, "onLog" | "onState"> {
  /** Waits for the end of a build that is under way; otherwise what is there is read. */
  follow?: boolean | undefined;
}

const OPTIONS: Check = fields<SnapshotLogOptions>({
  ...CALL_OPTIONS,
  onLog: BUILD_LISTENERS.onLog,
  onState: BUILD_LISTENERS.onState,
  follow: optional(aBoolean),
});

/** Reads the log of a snapshot's build. */
export async function snapshotLog(connection: Connection, name: string, given: SnapshotLogOptions): Promise<string> {
  checkGiven("snapshotLog", name, aName, "The first argument");
  checkGiven("snapshotLog", given, OPTIONS);
  const { follow = false, onLog, onState, ...options } = given;
  const call = new ApiCall(connection, options, follow ? BUILD : DEADLINE);
  const parts: string[] = [];
  const watch = new SnapshotWatch(call, {
    onState,
    onLog: (text) => {
      parts.push(text);
      return onLog?.(text);
    },
  });
  try {
    const found = await built(call, name);
    watch.note(found);
    const snapshot = follow ? await ended(found, watch) : found;
    // Without a runner there is none, and asking for it would take half a minute.
    if (snapshot.state === "pending" || !(await watch.readLog(snapshot.id))) throw noLog(snapshot);
    return parts.join("");
  } catch (error) {
    throw watch.withLastSeen(asFailure(error));
  } finally {
    watch.end();
    call.end();
  }
}

/** A snapshot that has a build. */
async function built(call: ApiCall, name: string): Promise<SnapshotRecord> {
  const snapshot = await readSnapshot(call, name);
  if (!snapshot) throw notBuilt({ name }, undefined);
  if (snapshot.buildInfo) return snapshot;
  const message = `Snapshot \`${name}\` was pulled from a registry, not built, so it has no build log.`;
  throw misuse(message, "Name a snapshot that was built from an image.", { id: snapshot.id });
}

/** A snapshot, once its build is over. */
async function ended(begun: SnapshotRecord, watch: SnapshotWatch): Promise<SnapshotRecord> {
  let snapshot = begun;
  while (isComing(snapshot)) {
    const next = await watch.next(snapshot.id);
    if (!next || next.state === "removing") throw deleted(snapshot);
    watch.note(next);
    snapshot = next;
  }
  return snapshot;
}

const deleted = ({ name, id }: SnapshotRecord): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "gone",
    message: `Snapshot \`${name}\` was deleted while its log was followed.`,
    hint: "What there was of the log was passed to `onLog`.",
    id,
    retryable: false,
  });

/** There is nothing to read. Daytona keeps a log where the image was built, and not for ever. */
function noLog(snapshot: SnapshotRecord): PithyDaytonaError {
  const { name, id, state } = snapshot;
  const isExpected = isComing(snapshot);
  return new PithyDaytonaError({
    code: "gone",
    message: isExpected
      ? `The build of snapshot \`${name}\` has no log yet: it is \`${state}\`.`
      : `The build log of snapshot \`${name}\` is gone, and the snapshot is \`${state}\`.`,
    hint: isExpected
      ? "Wait for it with `follow` (`--follow`)."
      : "Daytona does not keep logs for ever. To see it, build the image again with another `name` and another `refresh`.",
    id,
    state,
    retryable: isExpected,
  });
}
