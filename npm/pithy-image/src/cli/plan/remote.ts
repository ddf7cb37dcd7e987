/** What Daytona has of a snapshot. It is asked if the environment says how. */
import { DEFAULT_API_URL, daytonaConfig } from "../../daytona/config.ts";
import { reasonOf } from "../checks/api.ts";
import { environment } from "../environment.ts";

/** A snapshot there. */
export interface RemoteSnapshot {
  readonly state: string;
  /** Whole days since it was built. */
  readonly days: number | undefined;
}

/** What is known of a snapshot there: `none` if Daytona has no such; why it is not known; nothing without credentials. */
export type Remote = RemoteSnapshot | "none" | { readonly unknown: string } | undefined;

/** How long an answer may take, in milliseconds: a plan does not depend on it. */
const PATIENCE = 5_000;

/** Asks Daytona for a snapshot. */
export async function remoteSnapshot(name: string): Promise<Remote> {
  const variables = environment();
  if (!variables.DAYTONA_API_KEY?.trim()) return undefined;
  try {
    const { apiKey, apiUrl = DEFAULT_API_URL } = daytonaConfig(variables).client;
    const headers = { authorization: `Bearer ${apiKey}` };
    const url = `${apiUrl.replace(/\/+$/, "")}/snapshots/${encodeURIComponent(name)}`;
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE) });
    if (response.status === 404) return "none";
    if (!response.ok) return { unknown: `it answered ${response.status} ${response.statusText}`.trim() };
    const { state, createdAt } = (await response.json()) as { state?: unknown; createdAt?: unknown };
    return { state: String(state), days: daysSince(createdAt) };
  } catch (error) {
    return { unknown: reasonOf(error, PATIENCE).replace(/\s*\n\s*/g, " ") };
  }
}

function daysSince(date: unknown): number | undefined {
  const then = typeof date === "string" ? Date.parse(date) : Number.NaN;
  return Number.isNaN(then) ? undefined : Math.max(0, Math.floor((Date.now() - then) / 86_400_000));
}
