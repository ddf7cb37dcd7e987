/** The pauses between looks at something that takes its time, and between attempts that fail. */
import type { Call } from "./call.ts";

/** The share of the time waited so far that a pause may add to it. */
const SHARE = 1 / 20;

/** The shortest and the longest pause, in milliseconds. */
const SHORTEST = 50;
const LONGEST = 1_000;

/** Looks at something again and again: what is quick is seen at once, and what is slow is asked about rarely. */
export class Polling {
  readonly #call: Call;
  readonly #since: number;

  constructor(call: Call) {
    this.#call = call;
    this.#since = call.clock.now();
  }

  /** Milliseconds since the first look. */
  get waited(): number {
    return this.#call.clock.now() - this.#since;
  }

  /** Waits until it is time for the next look. */
  pause(): Promise<void> {
    return this.#call.sleep(Math.min(LONGEST, Math.max(SHORTEST, SHARE * this.waited)));
  }
}

/** Tries something again and again that fails: each pause is twice as long as the last, up to the longest. */
export class Backoff {
  readonly #call: Call;
  readonly #longest: number;
  #next: number;
  /** How often it has paused. */
  count = 0;

  /** @param first - Milliseconds, as is `longest`. */
  constructor(call: Call, first: number, longest: number) {
    this.#call = call;
    this.#next = first;
    this.#longest = longest;
  }

  /** Waits until it is time for another attempt. */
  pause(): Promise<void> {
    const pause = this.#next;
    this.#next = Math.min(2 * pause, this.#longest);
    this.count += 1;
    return this.#call.sleep(pause);
  }
}
