/** How calls wait. */

/** In milliseconds. */
export const MINUTE = 60_000;

/**
 * How the calls of {@link pithyDaytona} wait. A test passes a clock that it moves itself, so that no result depends on how
 * busy the machine is.
 *
 * @example
 * ```ts
 * const impatient: Clock = {
 *   pause: (_, done) => {
 *     const turn = setImmediate(done);
 *     return () => clearImmediate(turn);
 *   },
 *   limit: () => () => {},
 *   now: Date.now,
 * };
 * const { createSandbox } = pithyDaytona({ daytona, Image: SdkImage, clock: impatient });
 * ```
 */
export interface Clock {
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Calls `done` when a pause between two requests is over. Returns a function that cancels this. */
  readonly pause: (milliseconds: number, done: () => void) => () => void;
  /** Calls `done` when something has taken as long as it may. Returns a function that cancels this. */
  readonly limit: (milliseconds: number, done: () => void) => () => void;
}

/** Timers take at most 31 bits of milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;

function after(milliseconds: number, done: () => void): () => void {
  const timer = setTimeout(done, Math.min(milliseconds, MAX_TIMER));
  return () => clearTimeout(timer);
}

/** The machine's clock. */
export const systemClock: Clock = { now: Date.now, pause: after, limit: after };
