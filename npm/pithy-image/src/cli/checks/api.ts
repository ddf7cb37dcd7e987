/** Whether Daytona can be reached, and accepts the key. */
import { ApiCall } from "../../daytona/api-call.ts";
import { type DaytonaSettings, daytonaConfig } from "../../daytona/config.ts";
import { FetchAccess } from "../../daytona/fetch-access.ts";
import { environment } from "../environment.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

/** Seconds until a response. */
const LIMIT = 5;

/** The credentials, and how Daytona responds to them. */
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
  return ok(
    useDeclarativeImage ? "created from the lock, or from the image" : `created from the snapshot ${snapshotName}`,
  );
}

/** Sends one request that changes nothing. */
async function reach({ client }: DaytonaSettings): Promise<Finding> {
  const { ok, warning, problem } = findings("api");
  const access = new FetchAccess(client);
  const url = access.apiUrl;
  const network = "Check `DAYTONA_API_URL`, the network and its proxy.";
  const call = new ApiCall(access, {}, LIMIT);
  try {
    const { status } = await call.ask("GET", ["snapshots"], { params: { limit: 1 } });
    if (status === 200) return ok(`${url} accepts the key`);
    if (status === 401 || status === 403) {
      return problem(
        `${url} refuses the key (${status}).`,
        "Create a new key in the dashboard, for this organization.",
      );
    }
    if (status >= 500 || status === 429) {
      return warning(`${url} is unavailable or overloaded (${status}).`, "Try again later.");
    }
    return problem(`${url} is not a Daytona API: its response was ${status}.`, network);
  } catch (error) {
    return problem(`${url} cannot be reached: ${reasonOf(error, LIMIT)}.`, network);
  } finally {
    call.end();
  }
}

/** Why there was no response within a number of seconds. */
export function reasonOf(error: unknown, limit: number): string {
  const { code, reason } = Object(error) as { readonly code?: unknown; readonly reason?: unknown };
  if (code === "timed_out") return `no response within ${limit} seconds`;
  return typeof reason === "string" ? reason : messageOf(error);
}
