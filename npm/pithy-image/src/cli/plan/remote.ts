/** What Daytona has of a snapshot. It is asked if the environment says how. */
import { DEFAULT_API_URL, daytonaConfig } from "../../daytona/config.ts";
import { environment } from "../environment.ts";

/** A snapshot there. */
export interface RemoteSnapshot {
  readonly state: string;
  /** Whole days since it was built. */
  readonly days: number | undefined;
}

/** How long an answer may take, in milliseconds: a plan does not depend on it. */
const PATIENCE = 5_000;

/** The snapshot of a name: `none` if Daytona has no such, nothing if it could not be asked. */
export async function remoteSnapshot(name: string): Promise<RemoteSnapshot | "none" | undefined> {
  try {
    const { apiKey, apiUrl = DEFAULT_API_URL } = daytonaConfig(environment()).client;
    const headers = { authorization: `Bearer ${apiKey}` };
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(`${apiUrl.replace(/\/+$/, "")}/snapshots/${encodeURIComponent(name)}`, {
      headers,
      signal,
    });
    if (response.status === 404) return "none";
    if (!response.ok) return undefined;
    const { state, createdAt } = (await response.json()) as { state?: unknown; createdAt?: unknown };
    return { state: String(state), days: daysSince(createdAt) };
  } catch {
    return undefined;
  }
}

function daysSince(date: unknown): number | undefined {
  const then = typeof date === "string" ? Date.parse(date) : Number.NaN;
  return Number.isNaN(then) ? undefined : Math.max(0, Math.floor((Date.now() - then) / 86_400_000));
}
