/** Deletes many things: one that fails does not stop the others, and one that is busy is tried again. */
import { PithyDaytonaError } from "../shared/errors.ts";
import type { ApiCall } from "./api-call.ts";
import { Backoff } from "./polling.ts";

/** What happened to each. */
export interface Deletions<Item, Reason> {
  readonly deleted: Item[];
  readonly kept: { readonly item: Item; readonly reason: Reason }[];
  readonly failed: { readonly item: Item; readonly error: PithyDaytonaError }[];
}

/** What an attempt comes to: it is gone or going, something else is happening to it, or it stays. */
export type Attempt<Reason> = "deleted" | "busy" | { readonly kept: Reason };

/** Milliseconds before the busy ones are tried again, at first and at most: a build takes minutes. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 16_000;

/**
 * Deletes each of some things, and tries those that are busy again until the call's deadline. What is left then has failed with
 * `timed_out`.
 */
export async function deleteEach<Item extends { readonly id: string }, Reason>(
  call: ApiCall,
  items: readonly Item[],
  atOnce: number,
  attempt: (item: Item) => Promise<Attempt<Reason>>,
): Promise<Deletions<Item, Reason>> {
  const done: Deletions<Item, Reason> = { deleted: [], kept: [], failed: [] };
  const backoff = new Backoff(call, FIRST_PAUSE, LONGEST_PAUSE);
  let left = items;
  for (;;) {
    const busy: Item[] = [];
    for (let at = 0; at < left.length; at += atOnce) {
      await Promise.all(left.slice(at, at + atOnce).map(settle));
    }
    if (busy.length === 0) return done;
    left = busy;
    await backoff.pause().catch(() => {}); // each one reports the deadline

    async function settle(item: Item): Promise<void> {
      try {
        const outcome = await attempt(item);
        if (outcome === "busy") busy.push(item);
        else if (outcome === "deleted") done.deleted.push(item);
        else done.kept.push({ item, reason: outcome.kept });
      } catch (error) {
        if (!(error instanceof PithyDaytonaError) || error.code === "aborted") throw error;
        done.failed.push({ item, error: error.with({ id: item.id }) });
      }
    }
  }
}
