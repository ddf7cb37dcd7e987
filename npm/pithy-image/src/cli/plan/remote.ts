/** What Daytona has of a snapshot. It is asked if the environment has its credentials. */
import { ApiCall } from "../../daytona/api-call.ts";
import { daytonaConfig } from "../../daytona/config.ts";
import { FetchAccess } from "../../daytona/fetch-access.ts";
import { readSnapshot } from "../../daytona/snapshot/snapshot-record.ts";
import { reasonOf } from "../checks/api.ts";
import { environment } from "../environment.ts";

/** A snapshot in Daytona. */
export interface RemoteSnapshot {
  readonly state: string;
  /** Whole days since it was built. */
  readonly days: number | undefined;
}

/** A snapshot in Daytona; `none` if it does not exist; why it is not known; `undefined` without credentials. */
export type Remote = RemoteSnapshot | "none" | { readonly unknown: string } | undefined;

/** How many seconds a response may take: a plan does not depend on it. */
const PATIENCE = 5;

/** Looks for a snapshot in Daytona. */
export async function remoteSnapshot(name: string, signal: AbortSignal): Promise<Remote> {
  const variables = environment();
  if (!variables.DAYTONA_API_KEY?.trim()) return undefined;
  try {
    return await read(name, new FetchAccess(daytonaConfig(variables).client), signal);
  } catch (error) {
    signal.throwIfAborted();
    return { unknown: reasonOf(error, PATIENCE).replace(/\s*\n\s*/g, " ") };
  }
}

async function read(name: string, access: FetchAccess, signal: AbortSignal): Promise<Remote> {
  const call = new ApiCall(access, { signal }, PATIENCE);
  try {
    const snapshot = await readSnapshot(call, name);
    return snapshot ? { state: snapshot.state, days: daysSince(snapshot.createdAt) } : "none";
  } finally {
    call.end();
  }
}

function daysSince(date: string | undefined): number | undefined {
  const then = Date.parse(date ?? "");
  return Number.isNaN(then) ? undefined : Math.max(0, Math.floor((Date.now() - then) / 86_400_000));
}
