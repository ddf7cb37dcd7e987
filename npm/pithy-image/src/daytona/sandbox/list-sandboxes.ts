/** The list of sandboxes. It may be behind, and contain more than was asked for: callers check every record. */
import type { ApiCall } from "../api-call.ts";
import { contentOf, has } from "../failure.ts";
import { serverTime } from "../server-time.ts";
import type { SandboxRecord } from "./sandbox-record.ts";

/** Sandboxes per page: the most that every version of the server allows. */
const PAGE = 100;

/** Which sandboxes to list: names and values of parameters, which may be repeated. */
type Conditions = readonly (readonly [name: string, value: string])[];

interface SandboxList {
  readonly items: readonly SandboxRecord[];
  readonly nextCursor?: string | null;
  readonly totalPages?: number;
}

/** Sandboxes, and the server's time when it began to list them. */
export interface ListedSandboxes {
  readonly sandboxes: readonly SandboxRecord[];
  readonly now: number;
}

/** Lists all pages, which old servers number and new ones chain by a cursor. */
export async function listSandboxes(call: ApiCall, conditions: Conditions): Promise<ListedSandboxes> {
  const { listsByPages, headers } = call.connection;
  const url = call.connection.url(...(listsByPages ? ["sandbox", "paginated"] : ["sandbox"]));
  const query = new URLSearchParams([...conditions, ["limit", String(PAGE)]] as string[][]);
  const found = new Map<string, SandboxRecord>();
  let now: number | undefined;
  for (let page = 1; ; page++) {
    if (listsByPages) query.set("page", String(page));
    const response = await call.send({ method: "GET", url: `${url}?${query}`, headers });
    const list = contentOf<SandboxList>(response, "list the sandboxes", has("items"));
    now ??= serverTime(response);
    for (const record of list.items) found.set(record.id, record);
    if (list.nextCursor) query.set("cursor", list.nextCursor);
    const isLast = listsByPages ? page >= (list.totalPages ?? 0) : !list.nextCursor;
    if (isLast) return { sandboxes: [...found.values()], now };
  }
}
