/** Refusals near a quota, which pass by themselves. */
import type { Call } from "./call.ts";

/**
 * Milliseconds to wait before each further attempt, at most. Requests that are being decided count against the quota, also those
 * that are refused: of callers that race for the last place, all may be refused at first.
 */
const PAUSES = [500, 1_000, 2_000, 4_000];

/** Waits until what others ask for at the same time is decided. */
export class QuotaRace {
  readonly #call: Call;
  readonly #onWait: ((reason: string) => void) | undefined;
  #refusals = 0;

  constructor(call: Call, onWait: ((reason: string) => void) | undefined) {
    this.#call = call;
    this.#onWait = onWait;
  }

  /** Waits after a refusal with a reason; returns whether it may have passed, and another attempt is due. */
  async outlasts(reason: string): Promise<boolean> {
    const longest = PAUSES[this.#refusals++];
    if (longest === undefined) return false;
    this.#call.notify(this.#onWait, reason);
    await this.#call.sleep(longest * (0.5 + Math.random() / 2));
    return true;
  }
}
