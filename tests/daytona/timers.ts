/** Lets code that waits by itself, such as an SDK, wait in the stand-in's time. */
import type { VirtualTime } from "./time.ts";

/** What `setTimeout` returns in virtual time. */
class Waiting {
  readonly cancel: () => void;

  constructor(cancel: () => void) {
    this.cancel = cancel;
  }

  readonly ref = (): this => this;
  readonly unref = (): this => this;
  readonly hasRef = (): boolean => true;
}

/** Nobody pauses for so long: it is how long a request may take. */
const LIMIT = 60_000;

/**
 * Runs something whose `setTimeout` and `Date` are in virtual time. They are those of the whole process meanwhile: nothing else
 * may run.
 */
export async function inVirtualTime<Value>(time: VirtualTime, run: () => Promise<Value>): Promise<Value> {
  const { setTimeout: later, clearTimeout: cancel } = globalThis;
  const now = Date.now;
  const wait = (done: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]) =>
    new Waiting((milliseconds > LIMIT ? time.limit : time.pause)(milliseconds, () => done(...args)));
  const stop = (timer: unknown) => (timer instanceof Waiting ? timer.cancel() : cancel(timer as NodeJS.Timeout));
  Object.assign(globalThis, { setTimeout: wait, clearTimeout: stop });
  Date.now = time.now;
  try {
    return await run();
  } finally {
    Object.assign(globalThis, { setTimeout: later, clearTimeout: cancel });
    Date.now = now;
  }
}
