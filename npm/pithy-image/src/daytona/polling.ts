/** The pauses between looks at something that takes its time. */
import type { Call } from "./call.ts";

/** The share of the time waited so far that a pause may add to it. */
const SHARE = 1 / 20;

/** The shortest and the longest pause, in milliseconds. */
const SHORTEST = 50;
const LONGEST = 1_000;

/** Milliseconds to pause after having waited for some: what is quick is seen at once, and what is slow is asked about rarely. */
export const pauseAfter = (waited: number): number => Math.min(LONGEST, Math.max(SHORTEST, SHARE * waited));

/** Looks at something again and again. */
export class Polling {
  readonly #call: Call;
  readonly #since: number;

  constructor(call: Call) {
    this.#call = call;
    this.#since = call.clock.now();
  }

  /** Waits until it is time for the next look. */
  pause(): Promise<void> {
    return this.#call.sleep(pauseAfter(this.#call.clock.now() - this.#since));
  }
}
