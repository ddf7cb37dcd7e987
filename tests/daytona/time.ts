/** The stand-in's time: the machine's, or one that moves when nobody has anything else to do. */
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "pithy-image/daytona";

/** What the server needs of time. */
export interface Time {
  /** The present, in milliseconds since 1970. */
  now(): number;
  /** Calls `done` later, if time comes so far. Returns a function that cancels this. */
  after(milliseconds: number, done: () => void): () => void;
  /** Waits for a promise, but no longer than this. */
  wait(promise: Promise<unknown>, milliseconds: number): Promise<void>;
  /** Says what has to be over before time may move. */
  watch(isBusy: () => boolean): void;
}

/** The machine's time. What it is to do later keeps no process alive. */
export class RealTime implements Time {
  readonly now = Date.now;

  readonly after = (milliseconds: number, done: () => void): (() => void) => {
    const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1)).unref();
    return () => clearTimeout(timer);
  };

  async wait(promise: Promise<unknown>, milliseconds: number): Promise<void> {
    let cancel = (): void => {};
    const late = new Promise<void>((done) => {
      cancel = this.after(milliseconds, done);
    });
    await Promise.race([promise, late]).finally(() => cancel());
  }

  watch(): void {}
}

interface Timer {
  readonly at: number;
  readonly done: () => void;
  /** Whether somebody waits for it: only then does time move by itself. */
  readonly isAwaited: boolean;
}

/** Turns of the event loop in which what was sent in this process has arrived: a connection is accepted, then read. */
const QUIET_TURNS = 6;

/** Where virtual time begins. */
const BEGINNING = Date.UTC(2026, 11, 1);

/**
 * Time that no busy machine makes shorter or longer. It stands still while anything is being answered, and jumps to the next
 * thing that is to happen when everybody waits. The server and the calls of a test share one.
 *
 * ```ts
 * const time = new VirtualTime();
 * const { api } = await startDaytona({ time });
 * const { createSandbox } = pithyDaytona({ daytona, Image, clock: time });
 * time.pass(60_000);
 * ```
 */
export class VirtualTime implements Time, Clock {
  readonly #beginning: number;
  #now: number;
  #timers: Timer[] = [];
  #isMoving = false;
  readonly #watched: (() => boolean)[] = [];

  /** @param beginning - In milliseconds since 1970. */
  constructor(beginning: number = BEGINNING) {
    this.#beginning = beginning;
    this.#now = beginning;
  }

  readonly now = (): number => this.#now;

  /** Milliseconds since its beginning. */
  get elapsed(): number {
    return this.#now - this.#beginning;
  }

  /** A pause of a call: time moves to its end. */
  readonly pause = (milliseconds: number, done: () => void): (() => void) => this.#add(milliseconds, done, true);

  /** The end of what may take so long: it comes only if time comes so far. */
  readonly limit = (milliseconds: number, done: () => void): (() => void) => this.#add(milliseconds, done, false);

  readonly after = this.limit;

  async wait(promise: Promise<unknown>, milliseconds: number): Promise<void> {
    let cancel = (): void => {};
    const late = new Promise<void>((done) => {
      cancel = this.pause(milliseconds, done);
    });
    await Promise.race([promise, late]).finally(() => cancel());
  }

  watch(isBusy: () => boolean): void {
    this.#watched.push(isBusy);
  }

  /** Lets time pass: what happens within it happens, in its order. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let next = this.#next(); next && next.at <= end; next = this.#next()) this.#reach(next);
    this.#now = end;
  }

  /** Waits until nothing is being answered. */
  async quiet(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.#watched.some((isBusy) => isBusy()) ? 0 : quiet + 1)
      await turn();
  }

  #add(milliseconds: number, done: () => void, isAwaited: boolean): () => void {
    const timer = { at: this.#now + Math.max(0, milliseconds), done, isAwaited };
    this.#timers.push(timer);
    if (isAwaited && !this.#isMoving) void this.#move();
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async #move(): Promise<void> {
    this.#isMoving = true;
    for (;;) {
      await this.quiet();
      const next = this.#next();
      if (!next || !this.#timers.some(({ isAwaited }) => isAwaited)) break;
      this.#reach(next);
    }
    this.#isMoving = false;
  }

  /** The earliest, and of several the first. */
  #next(): Timer | undefined {
    return this.#timers.reduce<Timer | undefined>(
      (first, each) => (first && first.at <= each.at ? first : each),
      undefined,
    );
  }

  #reach(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.done();
  }
}
