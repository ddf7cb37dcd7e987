/** One call of an application: its deadline, its signal, and the retries of its requests. */
import { linkedTo, whenAborted } from "../shared/abort.ts";
import { aSignal, type Fields, must, optional } from "../shared/check.ts";
import { isImageError, PithyDaytonaError } from "../shared/errors.ts";
import { type Clock, systemClock } from "./clock.ts";
import { unreachable } from "./failure.ts";
import type { HttpRequest, HttpResponse, Send } from "./http.ts";
import { retryAfter } from "./retry-after.ts";

/** How long a call may take, and what aborts it: see {@link PithyDaytona.createSandbox}. */
export interface CallOptions {
  /**
   * Aborts the call; the error's code is `aborted`. A sandbox that it created is deleted afterwards; a snapshot whose build has
   * begun stays, since others may be waiting for it. One signal may be passed to any number of calls.
   */
  signal?: AbortSignal | undefined;
  /** Seconds that the whole call may take. Then its promise is rejected, whatever it is waiting for. */
  deadline?: number | undefined;
}

/** Checks of {@link CallOptions}. */
export const CALL_OPTIONS: Fields<CallOptions> = {
  signal: optional(aSignal),
  deadline: optional(must("a positive number of seconds", (value) => typeof value === "number" && value > 0)),
};

/** Milliseconds that one of several attempts may take. */
const REQUEST_TIMEOUT = 60_000;

/** The share of a call that one of several attempts may take, so that there is time for another. */
const ATTEMPT_SHARE = 1 / 4;

/** The longest delay before the second attempt, in milliseconds; each further one may be twice as long. */
const FIRST_DELAY = 250;
const MAX_DELAY = 8_000;

/** Responses that another attempt may change. A 409 may be one too, but only the caller knows what it means. */
const isPassing = ({ status }: HttpResponse): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501);

/** How a call waits. */
interface Waiting {
  readonly clock?: Clock | undefined;
}

/** A running call. `end` it. */
export class Call {
  readonly clock: Clock;
  /** When it has to stop, by its clock. */
  readonly #deadline: number;
  readonly #attemptTimeout: number;
  readonly #stop = new AbortController();
  readonly #requests = new AbortController();
  readonly #cancelDeadline: () => void;
  readonly #unlink: () => void;

  constructor({ signal, deadline }: CallOptions, seconds: number, { clock = systemClock }: Waiting = {}) {
    const allowed = deadline ?? seconds;
    const milliseconds = allowed * 1000;
    this.clock = clock;
    this.#deadline = clock.now() + milliseconds;
    this.#attemptTimeout = Math.ceil(Math.min(REQUEST_TIMEOUT, milliseconds * ATTEMPT_SHARE));
    this.#cancelDeadline = this.#limit(milliseconds, () => this.#stop.abort(timedOut(allowed)));
    this.#unlink = whenAborted(signal, () => this.#stop.abort(reasonOf(signal?.reason)));
  }

  /** Aborted when the call has to stop, with the error that it ends with. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Stops the call with an error; the first one counts. What is under way may still come to its end. */
  fail(error: unknown): void {
    this.#cancelDeadline();
    this.#unlink();
    this.#stop.abort(error);
  }

  /** Calls a listener of the application, unless the call was stopped. An error that it throws, or rejects with later, ends it. */
  notify<Value>(listener: ((value: Value) => unknown) | undefined, value: Value): void {
    if (this.signal.aborted) return;
    try {
      Promise.resolve(listener?.(value)).catch((error) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Leaves nothing behind: no timer, no listener, no request. */
  end(): void {
    this.#cancelDeadline();
    this.#unlink();
    this.#requests.abort();
  }

  /** Waits for a promise, but not longer than the call lasts. */
  async race<Value>(promise: Promise<Value>): Promise<Value> {
    promise.catch(() => {});
    this.signal.throwIfAborted();
    let unlink = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      unlink = whenAborted(this.signal, () => reject(this.signal.reason));
    });
    return Promise.race([promise, stopped]).finally(unlink);
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
      const outcome = await this.race(this.#attempt(send, request, this.#timeoutOf(request, attempts)));
      const isAnswer = !(outcome instanceof Error);
      const asked = isAnswer ? retryAfter(outcome, this.clock.now()) : 0;
      // A refusal says more than a deadline that passes while nothing is done.
      const isLast = attempt === attempts || (asked > 0 && this.clock.now() + asked >= this.#deadline);
      if (isAnswer && (isLast || !isPassing(outcome))) return outcome;
      if (!isAnswer && isLast) throw unreachable(request, outcome);
      await this.sleep(Math.max(asked, delayBefore(attempt + 1)));
    }
  }

  /** A response with any status, or the error that there was none. */
  async #attempt(send: Send, request: HttpRequest, timeout: number): Promise<HttpResponse | Error> {
    let isLate = false;
    const { signal, abort, unlink } = linkedTo(this.#requests.signal, request.signal);
    const cancel = this.#limit(timeout, () => {
      isLate = true;
      abort();
    });
    try {
      return await send({ ...request, signal, validateStatus: () => true });
    } catch (error) {
      if (isLate) return new Error(`no response within ${timeout} milliseconds`);
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      cancel();
      unlink();
    }
  }

  /** Calls `done` when something has taken as long as it may, which may be for ever. Returns a function that cancels this. */
  #limit(milliseconds: number, done: () => void): () => void {
    return milliseconds === Number.POSITIVE_INFINITY ? () => {} : this.clock.limit(milliseconds, done);
  }

  /** Milliseconds for an attempt. The server may hold a POST for half a minute: one that is given up before is sent in vain. */
  #timeoutOf({ method }: HttpRequest, attempts: number): number {
    if (attempts === 1) return Number.POSITIVE_INFINITY; // it has all the time of the call
    return method.toUpperCase() === "POST" ? REQUEST_TIMEOUT : this.#attemptTimeout;
  }
}

/** Milliseconds before an attempt: a random time, so that many clients do not retry at the same moment. */
function delayBefore(attempt: number): number {
  const longest = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt - 2));
  return longest * (0.5 + Math.random() / 2);
}

/** Why a signal ends a call: the signal may be that of another call of ours, with its error. */
const reasonOf = (reason: unknown): unknown => (isImageError(reason) ? reason : aborted(reason));

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
