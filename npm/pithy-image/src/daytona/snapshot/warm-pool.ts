/** Sandboxes that Daytona keeps running for a snapshot, ready for use. */
import type { ApiCall } from "../api-call.ts";
import type { Connection } from "../client.ts";
import { contentOf, isFine, messageIn, misuse, refusal } from "../failure.ts";
import type { HttpResponse } from "../http.ts";
import type { SnapshotRecord } from "./snapshot-record.ts";

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

/** The pools of the organization: none where the server has no such thing, or the organization may have none. */
export async function listWarmPools(call: ApiCall): Promise<readonly WarmPool[]> {
  const response = await call.ask("GET", ["warm-pools"]);
  const { status, data } = response;
  if (status === 404 || (status === 403 && /not enabled/i.test(messageIn(data)))) return [];
  return contentOf(response, "list the warm pools", Array.isArray);
}

/** Sets how many sandboxes are kept running. There is one pool per snapshot and region: an existing one is resized. */
export async function warmUp(
  call: ApiCall,
  { id, name, region: target }: Pick<SnapshotRecord, "id" | "name"> & { readonly region?: string | undefined },
  pool: number,
): Promise<void> {
  // A new pool has at least one.
  if (pool === 0) return void (await Promise.all((await listWarmPools(call)).filter(isIt).map(resize)));
  const made = await ask("POST", [], { snapshot: name, pool, ...(target && { target }) });
  if (isFine(made)) return;
  if (made.status !== 409) throw refusal(made, "keep sandboxes warm");
  const [other, another] = (await listWarmPools(call)).filter(isIt);
  // Without a region, several pools are ambiguous.
  if (!other || another) throw refusal(made, "keep sandboxes warm");
  await resize(other);

  async function resize({ id, pool: before }: WarmPool): Promise<void> {
    if (before === pool) return;
    const resized = await ask("PATCH", [id], { pool });
    if (!isFine(resized)) throw refusal(resized, "resize the warm pool");
  }

  function ask(method: string, path: string[], data?: object): Promise<HttpResponse> {
    return call.ask(method, ["warm-pools", ...path], { data });
  }

  function isIt(candidate: WarmPool): boolean {
    const isOfSnapshot = candidate.snapshot === name || candidate.snapshot === id;
    return isOfSnapshot && (!target || !candidate.target || candidate.target === target);
  }
}
