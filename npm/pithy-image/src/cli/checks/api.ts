/** Whether Daytona can be reached, and lets us in. */
import { type DaytonaSettings, DEFAULT_API_URL, daytonaConfig } from "../../daytona/config.ts";
import { environment } from "../environment.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

/** Milliseconds until an answer. */
const LIMIT = 5_000;

/** The credentials, and what Daytona says to them. */
export async function checkApi(): Promise<Finding[]> {
  const { ok, problem } = findings("credentials");
  try {
    const settings = daytonaConfig(environment());
    return [ok("`DAYTONA_API_KEY` is set"), checkSource(settings), await reach(settings)];
  } catch (error) {
    const [message = "", ...rest] = messageOf(error).split("\n");
    const hint = rest.pop() ?? "";
    return [problem([message, ...rest].join("\n"), hint)];
  }
}

function checkSource({ useDeclarativeImage, snapshotName }: DaytonaSettings): Finding {
  const { ok } = findings("sandboxes");
  return ok(useDeclarativeImage ? "made of the lock, or of the image" : `made of the snapshot ${snapshotName}`);
}

/** One request that changes nothing. */
async function reach({ client }: DaytonaSettings): Promise<Finding> {
  const { ok, warning, problem } = findings("api");
  const url = client.apiUrl ?? DEFAULT_API_URL;
  const network = "Check `DAYTONA_API_URL`, the network and its proxy.";
  try {
    const status = await statusOf(`${url.replace(/\/+$/, "")}/snapshots?limit=1`, client.apiKey);
    if (status === 200) return ok(`${url} lets the key in`);
    if (status === 401 || status === 403) {
      return problem(`${url} refuses the key (${status}).`, "Make a new key in the dashboard, for this organization.");
    }
    if (status >= 500 || status === 429) return warning(`${url} is in trouble (${status}).`, "Try again later.");
    return problem(`${url} is no Daytona API: it answered ${status}.`, network);
  } catch (error) {
    return problem(`${url} cannot be reached: ${reasonOf(error, LIMIT)}.`, network);
  }
}

async function statusOf(url: string, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, accept: "application/json" };
  const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(LIMIT) });
  await response.body?.cancel();
  return response.status;
}

/** Why nothing was heard within so many milliseconds; `fetch` wraps what happened. */
export function reasonOf(error: unknown, limit: number): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer within ${limit / 1000} seconds`;
  return messageOf(error instanceof Error && error.cause ? error.cause : error) || "the connection failed";
}
