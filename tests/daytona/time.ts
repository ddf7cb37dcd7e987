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
  /** Says what has to be over before time may move by itself. */
  watch(isBusy: () => boolean): void;
  /** Lets time pass: what happens within it happens, in its order. */
  pass(milliseconds: number): void;
}

interface Timer {
  readonly at: number;
  readonly done: () => void;
  /** Whether somebody waits for it. */
  readonly isAwaited: boolean;
}

/** What is to happen, the earliest first, and of several the one that was added first. */
abstract class Timers implements Time {
  #timers: Timer[] = [];

  abstract now(): number;
  /** Says that it is a time. */
  protected abstract reach(time: number): void;
  /** Sees to it that a timer runs. */
  protected abstract start(timer: Timer): void;

  readonly after = (milliseconds: number, done: () => void): (() => void) => this.add(milliseconds, done, false);

  async wait(promise: Promise<unknown>, milliseconds: number): Promise<void> {
    let cancel = (): void => {};
    const late = new Promise<void>((done) => {
      cancel = this.add(milliseconds, done, true);
    });
    await Promise.race([promise, late]).finally(() => cancel());
  }

  watch(_isBusy: () => boolean): void {}

  pass(milliseconds: number): void {
    const end = this.now() + milliseconds;
    for (let next = this.next; next && next.at <= end; next = this.next) this.run(next);
    this.reach(end);
  }

  protected get next(): Timer | undefined {
    return this.#timers[0];
  }

  protected get isAwaited(): boolean {
    return this.#timers.some(({ isAwaited }) => isAwaited);
  }

  protected add(milliseconds: number, done: () => void, isAwaited: boolean): () => void {
    const timer = { at: this.now() + Math.max(0, milliseconds), done, isAwaited };
    const place = this.#timers.findIndex(({ at }) => at > timer.at);
    this.#timers.splice(place < 0 ? this.#timers.length : place, 0, timer);
    this.start(timer);
    return () => this.#remove(timer);
  }

  /** Runs a timer, unless it has run or was cancelled. */
  protected run(timer: Timer): void {
    if (!this.#timers.includes(timer)) return;
    this.#remove(timer);
    if (timer.at > this.now()) this.reach(timer.at);
    timer.done();
  }

  #remove(timer: Timer): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** The machine's time, unless it is let pass. What it is to do later keeps no process alive. */
export class RealTime extends Timers {
  #ahead = 0;

  now(): number {
    return Date.now() + this.#ahead;
  }

  protected reach(time: number): void {
    this.#ahead = time - Date.now();
  }

  protected start(timer: Timer): void {
    const milliseconds = timer.at - this.now();
    if (milliseconds < 2 ** 31) setTimeout(() => this.run(timer), milliseconds).unref();
  }
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
export class VirtualTime extends Timers implements Clock {
  readonly #beginning: number;
  #now: number;
  #isMoving = false;
  readonly #watched: (() => boolean)[] = [];

  /** @param beginning - In milliseconds since 1970. */
  constructor(beginning: number = BEGINNING) {
    super();
    this.#beginning = beginning;
    this.#now = beginning;
  }

  readonly now = (): number => this.#now;

  /** Milliseconds since its beginning. */
  get elapsed(): number {
    return this.#now - this.#beginning;
  }

  /** A pause of a call: time moves to its end. */
  readonly pause = (milliseconds: number, done: () => void): (() => void) => this.add(milliseconds, done, true);

  /** The end of what may take so long: it comes only if time comes so far. */
  readonly limit = (milliseconds: number, done: () => void): (() => void) => this.add(milliseconds, done, false);

  override watch(isBusy: () => boolean): void {
    this.#watched.push(isBusy);
  }

  /** Waits until nothing is being answered. */
  async quiet(): Promise<void> {
    const isBusy = () => this.#watched.some((isBusy) => isBusy());
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = isBusy() ? 0 : quiet + 1) await turn();
  }

  protected reach(time: number): void {
    this.#now = time;
  }

  protected start({ isAwaited }: Timer): void {
    if (isAwaited && !this.#isMoving) void this.#move();
  }

  async #move(): Promise<void> {
    this.#isMoving = true;
    for (;;) {
      await this.quiet();
      const next = this.next;
      if (!next || !this.isAwaited) break;
      this.run(next);
    }
    this.#isMoving = false;
  }
}
