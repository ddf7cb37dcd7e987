/** Sandboxes that Daytona keeps running for a snapshot, ready for use. */
import type { ApiCall } from "../api-call.ts";
import type { Connection } from "../client.ts";
import { contentOf, isFine, misuse, refusal } from "../failure.ts";
import type { HttpResponse } from "../http.ts";
import type { EnsuredSnapshot } from "./ensured.ts";

/** A pool as Daytona's API describes it. */
export interface WarmPool {
  readonly id: string;
  readonly snapshot: string;
  readonly target?: string;
  readonly pool: number;
}

/** Throws unless the SDK, and thus its server, supports warm pools. */
export function checkWarmPools({ hasWarmPools }: Connection): void {
  if (hasWarmPools) return;
  throw misuse(
    "This version of the Daytona SDK does not support warm pools.",
    "Update the Daytona SDK, or leave `warmPool` out.",
  );
}

/** The pools of a snapshot; none where the server or the organization has none. */
export async function poolsOf(call: ApiCall, { id, name }: Pick<EnsuredSnapshot, "id" | "name">): Promise<WarmPool[]> {
  if (!call.connection.hasWarmPools) return [];
  const response = await call.ask("GET", ["warm-pools"]);
  if (response.status === 403 || response.status === 404) return [];
  const pools = contentOf<readonly WarmPool[]>(response, "list the warm pools", Array.isArray);
  return pools.filter(({ snapshot }) => snapshot === name || snapshot === id);
}

/** Sets how many sandboxes are kept running. There is one pool per snapshot and region: an existing one is resized. */
export async function warmUp(
  call: ApiCall,
  { id, name, region: target }: Pick<EnsuredSnapshot, "id" | "name" | "region">,
  pool: number,
): Promise<void> {
  // A new pool has at least one sandbox; one that exists may be emptied.
  const made = pool === 0 ? undefined : await ask("POST", [], { snapshot: name, pool, ...(target && { target }) });
  if (made && isFine(made)) return;
  if (made && made.status !== 409) throw refusal(made, "keep sandboxes warm");
  const found = await ask("GET", []);
  const pools = contentOf<readonly WarmPool[]>(found, "list the warm pools", Array.isArray);
  const [other, another] = pools.filter(isIt);
  if (!made && !other) return;
  if (another) throw misuse("The snapshot has warm pools in several regions.", "Say which with `region`.");
  if (!other) throw refusal(made as HttpResponse, "keep sandboxes warm");
  const resized = other.pool === pool ? found : await ask("PATCH", [other.id], { pool });
  if (!isFine(resized)) throw refusal(resized, "resize the warm pool");

  function ask(method: string, path: string[], data?: object): Promise<HttpResponse> {
    return call.ask(method, ["warm-pools", ...path], { data });
  }

  function isIt(candidate: WarmPool): boolean {
    const isOfSnapshot = candidate.snapshot === name || candidate.snapshot === id;
    return isOfSnapshot && (!target || !candidate.target || candidate.target === target);
  }
}
