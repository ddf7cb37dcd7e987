/** Sandboxes that Daytona keeps running for a snapshot, ready to be taken. */
import { PithyImageError } from "../error.ts";
import type { Call } from "./call.ts";
import type { Answer, Connection } from "./client.ts";
import { isFine, refusal } from "./refusal.ts";
import type { EnsuredSnapshot } from "./snapshot.ts";

/** A pool as Daytona's API describes it. */
interface WarmPool {
  readonly id: string;
  readonly snapshot: string;
  readonly target?: string;
  readonly pool: number;
}

/** Throws unless the SDK, and so its server, knows warm pools. */
export function checkWarmPools({ hasWarmPools }: Connection): void {
  if (hasWarmPools) return;
  const hint = "Update the Daytona SDK, or leave `warmPool` out.";
  throw PithyImageError.failure("configuration", "This Daytona SDK knows no warm pools.", hint, { retryable: false });
}

/** Has so many sandboxes kept running. There is one pool for a snapshot and a region: one that is there is resized. */
export async function warmUp(
  connection: Connection,
  call: Call,
  snapshot: Pick<EnsuredSnapshot, "id" | "name">,
  pool: number,
  target: string | undefined,
): Promise<void> {
  const made = await ask("POST", [], { snapshot: snapshot.name, pool, ...(target && { target }) });
  if (isFine(made)) return;
  if (made.status !== 409) throw refusal(made, "keep sandboxes warm");
  const found = await ask("GET", []);
  if (!isFine(found)) throw refusal(found, "list the warm pools");
  const other = (found.data as WarmPool[]).find(isIt);
  if (!other) throw refusal(made, "keep sandboxes warm");
  const resized = other.pool === pool ? found : await ask("PATCH", [other.id], { pool });
  if (!isFine(resized)) throw refusal(resized, "resize the warm pool");

  function ask(method: string, path: string[], data?: object): Promise<Answer> {
    const { headers } = connection;
    const url = connection.url("warm-pools", ...path);
    return call.request(connection.send, { method, url, ...(data && { data }), ...(headers && { headers }) });
  }

  function isIt(candidate: WarmPool): boolean {
    const isOfSnapshot = candidate.snapshot === snapshot.name || candidate.snapshot === snapshot.id;
    return isOfSnapshot && (!target || !candidate.target || candidate.target === target);
  }
}
