/** One call of an application: its deadline, its signal, and how often what it asks for is tried. */
import { type FailureDetails, PithyImageError } from "../error.ts";
import type { Answer, Request, Send } from "./client.ts";
import { unreachable } from "./refusal.ts";

/** How long a call may take, and what stops it: see {@link PithyDaytona.createSandbox}. */
export interface CallOptions {
  /** Stops the call; what it made is deleted, and the error's code is `aborted`. */
  signal?: AbortSignal | undefined;
  /** Seconds that the call may take, all in all. */
  deadline?: number | undefined;
}

/** Milliseconds that one request may take: a server that waits until a sandbox runs needs most of them. */
const REQUEST_TIMEOUT = 60_000;

/** How often a request is sent, the first time included. */
const ATTEMPTS = 8;

/** Milliseconds before a second attempt, at most; each further one waits up to twice as long. */
const FIRST_DELAY = 250;
const MAX_DELAY = 8_000;

/** Answers that another attempt may change. A 409 is one, too, but only who asked knows what it means. */
const isPassing = ({ status }: Answer): boolean =>
  status === 408 || status === 429 || (status >= 500 && status !== 501);

/** A call on its way. `end` it. */
export class Call {
  readonly #stop = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #caller: AbortSignal | undefined;
  readonly #abort = (): void => this.fail(stopped("aborted", this.#caller?.reason));
  readonly #stopped: Promise<never>;

  constructor({ signal, deadline }: CallOptions, seconds: number) {
    const allowed = deadline ?? seconds;
    if (!(allowed > 0)) throw invalidDeadline(allowed);
    // Timers take no more than 31 bits.
    this.#timer = setTimeout(
      () => this.fail(stopped("timed_out", undefined, allowed)),
      Math.min(allowed * 1000, 2 ** 31 - 1),
    );
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

  /** Nothing of the call stays behind, no timer and no listener. */
  end(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener("abort", this.#abort);
  }

  /** Waits for a promise, but no longer than the call lasts. */
  async race<Value>(promise: Promise<Value>): Promise<Value> {
    promise.catch(() => {});
    this.signal.throwIfAborted();
    return Promise.race([promise, this.#stopped]);
  }

  /** Waits for a time. */
  async sleep(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await this.race(
        new Promise<void>((done) => {
          timer = setTimeout(done, milliseconds);
        }),
      );
    } finally {
      clearTimeout(timer);
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
      const outcome = await this.race(attemptTo(send, request));
      const isLast = attempt === ATTEMPTS;
      const isAnswer = !(outcome instanceof Error);
      if (isAnswer && (isLast || !isPassing(outcome))) return outcome;
      if (!isAnswer && isLast) throw unreachable(request, outcome);
      await this.sleep(delayBefore(attempt + 1, outcome));
    }
  }
}

/** Every status is an answer; only what is none is an error. */
async function attemptTo(send: Send, request: Request): Promise<Answer | Error> {
  try {
    return await send({ ...request, timeout: REQUEST_TIMEOUT, validateStatus: () => true });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What the server asks for, or else a random time, so that many clients do not come again at once. */
function delayBefore(attempt: number, outcome: Answer | Error): number {
  const longest = Math.min(MAX_DELAY, FIRST_DELAY * 2 ** (attempt - 2));
  return Math.max(outcome instanceof Error ? 0 : retryAfter(outcome), longest * (0.5 + Math.random() / 2));
}

/** Milliseconds that a server asks to wait: seconds or a date in `Retry-After` (RFC 9110, section 10.2.3). */
export function retryAfter({ headers }: Answer): number {
  const value = headers["retry-after"];
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

function invalidDeadline(deadline: number): PithyImageError {
  const message = `\`deadline\` is ${deadline}.`;
  return PithyImageError.failure("configuration", message, "Give it in seconds, more than 0.", { retryable: false });
}
