/** One call of an application: its deadline, its signal, and how often what it asks for is tried. */
import { type FailureDetails, PithyImageError } from "../error.ts";
import type { Answer, Request, Send } from "./client.ts";
import { type Clock, systemClock } from "./clock.ts";
import { misuse, unreachable } from "./failure.ts";

/** How long a call may take, and what stops it: see {@link PithyDaytona.createSandbox}. */
export interface CallOptions {
  /**
   * Stops the call; the error's code is `aborted`. A sandbox that it made is deleted; a snapshot whose build has begun stays,
   * since others may wait for it.
   */
  signal?: AbortSignal | undefined;
  /** Seconds that the call may take, all in all. */
  deadline?: number | undefined;
}

/** Milliseconds that one request may take: a server that waits until a sandbox runs needs most of them. */
const REQUEST_TIMEOUT = 60_000;

/** The part of a call that one request may take, so that there is time to ask again when its answer is lost. */
const REQUEST_SHARE = 1 / 4;

/** How often a request is sent, the first time included. */
const ATTEMPTS = 8;

/** Before a second attempt, in poll intervals, at most; each further one waits up to twice as long. */
const FIRST_DELAY = 1 / 4;
const MAX_DELAY = 8;

/** Answers that another attempt may change. A 409 is one, too, but only who asked knows what it means. */
const isPassing = ({ status }: Answer): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501);

/** How a call waits. */
interface Waiting {
  readonly pollInterval?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** A call on its way. `end` it. */
export class Call {
  /** Milliseconds between two looks at a state. */
  readonly pollInterval: number;
  readonly clock: Clock;
  readonly #requestTimeout: number;
  readonly #stop = new AbortController();
  readonly #requests = new AbortController();
  readonly #cancelDeadline: () => void;
  readonly #caller: AbortSignal | undefined;
  readonly #abort = (): void => this.fail(stopped("aborted", this.#caller?.reason));
  readonly #stopped: Promise<never>;

  constructor({ signal, deadline }: CallOptions, seconds: number, waiting: Waiting = {}) {
    const allowed = deadline ?? seconds;
    if (!(typeof allowed === "number" && allowed > 0))
      throw misuse("`deadline` is not one.", "Give it in seconds, more than 0.");
    if (signal !== undefined && typeof signal?.addEventListener !== "function")
      throw misuse("`signal` is not one.", "Give that of an `AbortController`.");
    const milliseconds = allowed * 1000;
    const { pollInterval = 1_000, clock = systemClock } = waiting;
    this.pollInterval = pollInterval;
    this.clock = clock;
    this.#requestTimeout = Math.ceil(Math.min(REQUEST_TIMEOUT, milliseconds * REQUEST_SHARE));
    this.#cancelDeadline = clock.limit(milliseconds, () => this.fail(stopped("timed_out", undefined, allowed)));
    this.#caller = signal;
    this.#stopped = new Promise((_, reject) => {
      this.#stop.signal.addEventListener("abort", () => reject(this.#stop.signal.reason));
    });
    this.#stopped.catch(() => {}); // nobody may be waiting when it happens
    if (signal?.aborted) this.#abort();
    signal?.addEventListener("abort", this.#abort);
  }

  /** Aborted when the call is to stop, with the error that it ends with. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Ends the call with an error; the first one counts. */
  fail(error: unknown): void {
    this.#stop.abort(error);
  }

  /** Tells a listener of the application. Its error ends the call, also one that comes later. */
  tell<Value>(listener: ((value: Value) => unknown) | undefined, value: Value): void {
    try {
      Promise.resolve(listener?.(value)).catch((error) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Nothing of the call stays behind: no timer, no listener, no request. */
  end(): void {
    this.#cancelDeadline();
    this.#caller?.removeEventListener("abort", this.#abort);
    this.#requests.abort();
  }

  /** Waits for a promise, but no longer than the call lasts. */
  async race<Value>(promise: Promise<Value>): Promise<Value> {
    promise.catch(() => {});
    this.signal.throwIfAborted();
    return Promise.race([promise, this.#stopped]);
  }

  /** Waits for a time. */
  async sleep(milliseconds: number): Promise<void> {
    let cancel = (): void => {};
    try {
      await this.race(
        new Promise<void>((done) => {
          cancel = this.clock.pause(milliseconds, done);
        }),
      );
    } finally {
      cancel();
    }
  }

  /**
   * Sends a request until there is an answer that stays. All that is sent from here may be sent twice: what is made has a
   * name, and of two requests with one name the second is refused.
   *
   * @throws PithyImageError with the code `network` when there is no answer to the last attempt either.
   */
  async request(send: Send, request: Request): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      this.signal.throwIfAborted();
      this.#requests.signal.throwIfAborted(); // the call has ended, and the SDK goes on
      const outcome = await this.race(this.#attempt(send, request));
      const isLast = attempt === ATTEMPTS;
      const isAnswer = !(outcome instanceof Error);
      if (isAnswer && (isLast || !isPassing(outcome))) return outcome;
      if (!isAnswer && isLast) throw unreachable(request, outcome);
      await this.sleep(Math.max(retryAfter(outcome), this.#delayBefore(attempt + 1)));
    }
  }

  /** Every status is an answer; only what is none is an error. */
  async #attempt(send: Send, request: Request): Promise<Answer | Error> {
    const late = new AbortController();
    const noAnswer = new Error(`no answer within ${this.#requestTimeout} milliseconds`);
    const cancel = this.clock.limit(this.#requestTimeout, () => late.abort());
    const signal = AbortSignal.any([this.#requests.signal, late.signal]);
    try {
      return await send({ ...request, signal, validateStatus: () => true });
    } catch (error) {
      if (late.signal.aborted) return noAnswer;
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      cancel();
    }
  }

  /** A random time, so that many clients do not come again at once. */
  #delayBefore(attempt: number): number {
    const longest = this.pollInterval * Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt - 2));
    return longest * (0.5 + Math.random() / 2);
  }
}

/** Milliseconds that a server asks to wait: seconds or a date in `Retry-After` (RFC 9110, section 10.2.3). */
export function retryAfter(outcome: Answer | Error): number {
  const value = outcome instanceof Error ? undefined : outcome.headers["retry-after"];
  if (typeof value !== "string" || value === "") return 0;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? 0 : Math.max(0, milliseconds);
}

function stopped(code: "aborted" | "timed_out", cause?: unknown, seconds?: number): PithyImageError {
  const details: FailureDetails = { retryable: true, cause };
  if (code === "aborted")
    return PithyImageError.failure(code, "It was stopped.", "The caller's signal said so.", details);
  const hint = "Allow more with `deadline`, or look at the log for what takes so long.";
  return PithyImageError.failure(code, `It was not done within ${seconds} seconds.`, hint, details);
}
