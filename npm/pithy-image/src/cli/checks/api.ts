/** Whether Daytona can be reached, accepts the key, and allows it what is needed. */
import { ApiCall } from "../../daytona/api-call.ts";
import { type DaytonaSettings, daytonaConfig } from "../../daytona/config.ts";
import { hintFor, messageIn } from "../../daytona/failure.ts";
import { FetchAccess } from "../../daytona/fetch-access.ts";
import type { HttpResponse } from "../../daytona/http.ts";
import { environment } from "../environment.ts";
import { type Finding, findings, messageOf } from "./finding.ts";
import { checkPermissions } from "./permissions.ts";

/** Seconds until a response. */
const LIMIT = 5;

const NETWORK = "Check `DAYTONA_API_URL`, the network and its proxy.";

const api = findings("api");

/** The credentials, and how Daytona responds to them. */
export async function checkApi(): Promise<Finding[]> {
  const { ok, problem } = findings("credentials");
  try {
    const settings = daytonaConfig(environment());
    return [ok("`DAYTONA_API_KEY` is set"), checkSource(settings), ...(await checkAccess(settings))];
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

/** Sends two requests that change nothing: listing snapshots needs no permission. */
async function checkAccess({ client }: DaytonaSettings): Promise<Finding[]> {
  const access = new FetchAccess(client);
  const url = access.apiUrl;
  const call = new ApiCall(access, {}, LIMIT);
  try {
    const response = await call.ask("GET", ["snapshots"], { params: { limit: 1 } });
    const reached = judge(url, response);
    return reached.level === "ok" ? [reached, ...(await checkPermissions(call))] : [reached];
  } catch (error) {
    return [api.problem(`${url} cannot be reached: ${reasonOf(error, LIMIT)}.`, NETWORK)];
  } finally {
    call.end();
  }
}

function judge(url: string, response: HttpResponse): Finding {
  const { status, data } = response;
  if (status === 200) return api.ok(`${url} accepts the key`);
  if (status === 401) {
    const hint = "Create a new key in the dashboard, for this organization.";
    return api.problem(`${url} refuses the key (401).`, hint);
  }
  if (status === 403) return api.problem(`${url} refuses the key: ${messageIn(data)} (403).`, hintFor(response));
  if (status >= 500 || status === 429) {
    return api.warning(`${url} is unavailable or overloaded (${status}).`, "Try again later.");
  }
  return api.problem(`${url} is not a Daytona API: its response was ${status}.`, NETWORK);
}

/** Why there was no response within a number of seconds. */
export function reasonOf(error: unknown, limit: number): string {
  const { code, reason } = Object(error) as { readonly code?: unknown; readonly reason?: unknown };
  if (code === "timed_out") return `no response within ${limit} seconds`;
  return typeof reason === "string" ? reason : messageOf(error);
}
