/** One call of an application: its deadline, its signal, and the retries of its requests. */
import { aSignal, type Fields, must, optional } from "../shared/check.ts";
import { PithyDaytonaError } from "../shared/errors.ts";
import { type Clock, systemClock } from "./clock.ts";
import { unreachable } from "./failure.ts";
import type { HttpRequest, HttpResponse, Send } from "./http.ts";

/** How long a call may take, and what aborts it: see {@link PithyDaytona.createSandbox}. */
export interface CallOptions {
  /**
   * Aborts the call; the error's code is `aborted`. A sandbox that it created is deleted; a snapshot whose build has begun
   * stays, since others may be waiting for it.
   */
  signal?: AbortSignal | undefined;
  /** Seconds that the whole call may take. */
  deadline?: number | undefined;
}

/** Checks of {@link CallOptions}. */
export const CALL_OPTIONS: Fields<CallOptions> = {
  signal: optional(aSignal),
  deadline: optional(must("a positive number of seconds", (value) => typeof value === "number" && value > 0)),
};

/** Milliseconds that one request may take: a server that waits until a sandbox runs needs most of them. */
const REQUEST_TIMEOUT = 60_000;

/** The share of a call that one of several attempts may take, so that there is time for another. */
const ATTEMPT_SHARE = 1 / 4;

/** The longest delay before the second attempt, in poll intervals; each further one may be twice as long. */
const FIRST_DELAY = 1 / 4;
const MAX_DELAY = 8;

/** Responses that another attempt may change. A 409 may be one too, but only the caller knows what it means. */
const isPassing = ({ status }: HttpResponse): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501);

/** How a call waits. */
interface Waiting {
  readonly pollInterval?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** A running call. `end` it. */
export class Call {
  /** Milliseconds between two polls of a state. */
  readonly pollInterval: number;
  readonly clock: Clock;
  readonly #attemptTimeout: number;
  readonly #stop = new AbortController();
  readonly #requests = new AbortController();
  readonly #cancelDeadline: () => void;
  readonly #caller: AbortSignal | undefined;
  readonly #abort = (): void => this.fail(aborted(this.#caller?.reason));
  readonly #stopped: Promise<never>;

  constructor({ signal, deadline }: CallOptions, seconds: number, waiting: Waiting = {}) {
    const allowed = deadline ?? seconds;
    const milliseconds = allowed * 1000;
    const { pollInterval = 1_000, clock = systemClock } = waiting;
    this.pollInterval = pollInterval;
    this.clock = clock;
    this.#attemptTimeout = Math.ceil(Math.min(REQUEST_TIMEOUT, milliseconds * ATTEMPT_SHARE));
    this.#cancelDeadline = clock.limit(milliseconds, () => this.fail(timedOut(allowed)));
    this.#caller = signal;
    this.#stopped = new Promise((_, reject) => {
      this.#stop.signal.addEventListener("abort", () => reject(this.#stop.signal.reason));
    });
    this.#stopped.catch(() => {}); // nobody may be waiting when it happens
    if (signal?.aborted) this.#abort();
    signal?.addEventListener("abort", this.#abort);
  }

  /** Aborted when the call has to stop, with the error that it ends with. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Ends the call with an error; the first one counts. */
  fail(error: unknown): void {
    this.#stop.abort(error);
  }

  /** Calls a listener of the application. An error that it throws, or rejects with later, ends the call. */
  notify<Value>(listener: ((value: Value) => unknown) | undefined, value: Value): void {
    try {
      Promise.resolve(listener?.(value)).catch((error) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Leaves nothing behind: no timer, no listener, no request. */
  end(): void {
    this.#cancelDeadline();
    this.#caller?.removeEventListener("abort", this.#abort);
    this.#requests.abort();
  }

  /** Waits for a promise, but not longer than the call lasts. */
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
   * Sends a request until its response is final. Every request may be sent twice: what is created has a name, and of two
   * requests with the same name the second is refused.
   *
   * @throws PithyDaytonaError with the code `network` when there is no response to the last attempt either.
   */
  async request(send: Send, request: HttpRequest, attempts: number): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt++) {
      this.signal.throwIfAborted();
      this.#requests.signal.throwIfAborted(); // the call has ended, but the SDK goes on
      // One that is sent once has all the time of the call.
      const timeout = attempts === 1 ? Number.POSITIVE_INFINITY : this.#attemptTimeout;
      const outcome = await this.race(this.#attempt(send, request, timeout));
      const isLast = attempt === attempts;
      const isAnswer = !(outcome instanceof Error);
      if (isAnswer && (isLast || !isPassing(outcome))) return outcome;
      if (!isAnswer && isLast) throw unreachable(request, outcome);
      await this.sleep(Math.max(retryAfter(outcome), this.#delayBefore(attempt + 1)));
    }
  }

  /** A response with any status, or the error that there was none. */
  async #attempt(send: Send, request: HttpRequest, timeout: number): Promise<HttpResponse | Error> {
    const late = new AbortController();
    const cancel = this.clock.limit(timeout, () => late.abort());
    const signals = [this.#requests.signal, late.signal, ...(request.signal ? [request.signal] : [])];
    const signal = AbortSignal.any(signals);
    try {
      return await send({ ...request, signal, validateStatus: () => true });
    } catch (error) {
      if (late.signal.aborted) return new Error(`no response within ${timeout} milliseconds`);
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      cancel();
    }
  }

  /** A random time, so that many clients do not retry at the same moment. */
  #delayBefore(attempt: number): number {
    const longest = this.pollInterval * Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt - 2));
    return longest * (0.5 + Math.random() / 2);
  }
}

/** Milliseconds that a server asks clients to wait: seconds or a date in `Retry-After` (RFC 9110, section 10.2.3). */
export function retryAfter(outcome: HttpResponse | Error): number {
  const value = outcome instanceof Error ? undefined : outcome.headers["retry-after"];
  if (typeof value !== "string" || value === "") return 0;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? 0 : Math.max(0, milliseconds);
}

const aborted = (cause: unknown): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "aborted",
    message: "Aborted by the caller's signal.",
    hint: "The call may be repeated.",
    retryable: true,
    cause,
  });

const timedOut = (seconds: number): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "timed_out",
    message: `Not finished within ${seconds} seconds.`,
    hint: "Allow more time with `deadline`, or see the log for what takes so long.",
    retryable: true,
  });
