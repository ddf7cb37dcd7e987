/** Time for calls of `pithyDaytona`, which no busy machine makes shorter. */
import type { Clock } from "pithy-image/daytona";

interface Limit {
  readonly at: number;
  readonly done: () => void;
}

/**
 * A clock that stands still while requests are under way: it moves with the pauses between them, which are over in the next
 * turn of the event loop, and when a test says so.
 *
 * ```ts
 * const clock = new TestClock();
 * const { createSandbox } = pithyDaytona({ daytona, Image, clock });
 * api.fail({ answer: { method: "POST", status: "lost", until: async () => clock.pass(60_000) } });
 * ```
 */
export class TestClock implements Clock {
  /** Milliseconds since it was made. */
  #now = 0;
  readonly #limits = new Set<Limit>();

  readonly now = (): number => this.#now;

  readonly pause = (milliseconds: number, done: () => void): (() => void) => {
    const end = this.#now + milliseconds;
    const turn = setImmediate(() => {
      this.#moveTo(end);
      done();
    });
    return () => clearImmediate(turn);
  };

  readonly limit = (milliseconds: number, done: () => void): (() => void) => {
    const limit = { at: this.#now + milliseconds, done };
    this.#limits.add(limit);
    return () => this.#limits.delete(limit);
  };

  /** Lets time pass: what has a limit within it is notified, the earliest first. */
  pass(milliseconds: number): void {
    this.#moveTo(this.#now + milliseconds);
  }

  #moveTo(time: number): void {
    for (;;) {
      const [next] = [...this.#limits].filter(({ at }) => at <= time).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#limits.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.done();
    }
    this.#now = Math.max(this.#now, time);
  }
}
