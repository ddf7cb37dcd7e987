/** The log of a build as it grows: each part once, from the beginning until the build is over. */
import { linkedTo, whenAborted } from "../shared/abort.ts";
import { aFunction, type Fields, optional } from "../shared/check.ts";
import { isImageError, PithyDaytonaError, type PithyImageError } from "../shared/errors.ts";
import type { WatchOptions } from "../shared/types.ts";
import type { ApiCall } from "./api-call.ts";
import { namesStep } from "./build-failure.ts";
import { isFine, refusal, withoutFullStop } from "./failure.ts";

/** What has a build log. */
export interface Logged {
  readonly kind: "sandbox" | "snapshots";
  readonly id: string;
}

/** Called while something is built: see {@link PithyDaytona.createSandbox}. */
export interface BuildListeners extends Pick<WatchOptions, "onProgress"> {
  /** Called with each new part of the build's log. */
  onLog?: ((text: string) => void) | undefined;
  /** Called with each state, once. */
  onState?: ((state: string) => void) | undefined;
  /** Called with Daytona's words when it says that something is not possible yet, and the call waits and tries again. */
  onWait?: ((reason: string) => void) | undefined;
}

/** Checks of {@link BuildListeners}. */
export const BUILD_LISTENERS: Fields<BuildListeners> = {
  onLog: optional(aFunction),
  onState: optional(aFunction),
  onWait: optional(aFunction),
  onProgress: optional(aFunction),
};

/** Milliseconds to read the rest of a log once the build is over: the stream of a failed build never ends. */
const REST = 5_000;

/** Milliseconds before a log is read again, at first and, while nothing new comes, at most: pulling may take minutes. */
const PAUSE = 1_000;
const MAX_PAUSE = 8_000;

/** How often the rest is requested. */
const ATTEMPTS = 3;

/** Characters of the end of a log that an error shows. */
const TAIL = 4_096;

/** Lines of a log that are kept to find what failed, and characters of each. */
const STEPS = 1_000;
const STEP_LENGTH = 10_000;

/** What is known of the log of a finished build. */
export interface EndedLog {
  /** Its last lines. */
  readonly tail: string;
  /** All lines that {@link namesStep} chooses: what a step prints may fill the tail. */
  readonly steps: readonly string[];
}

/** A log that is read while the build is running. */
export class BuildLog {
  readonly #call: ApiCall;
  readonly #of: Logged;
  readonly #onLog: ((text: string) => void) | undefined;
  readonly #stop = new AbortController();
  #seen = 0;
  readonly #decoder = new TextDecoder();
  #tail = "";
  /** The line that is not whole yet. */
  #line = "";
  #steps: string[] = [];
  #following: Promise<void> | undefined;

  constructor(call: ApiCall, of: Logged, onLog: ((text: string) => void) | undefined) {
    this.#call = call;
    this.#of = of;
    this.#onLog = onLog;
  }

  /** Starts reading, if there is a listener. A problem with the log is not a problem of the build: it is read again. */
  follow(): void {
    if (!this.#onLog) return;
    this.#following ??= this.#follow();
  }

  /** Reads the rest of the log of a finished build, and returns its end. */
  async end(): Promise<EndedLog> {
    this.#stop.abort();
    await this.#following;
    await this.#readRestInTime();
    this.#take(this.#decoder.decode());
    const tail = this.#tail.replace(/^[^\n]*\n(?=.)/s, (cut) => (this.#tail.length < TAIL ? cut : ""));
    return { tail, steps: [...this.#steps, this.#line].filter(namesStep) };
  }

  /** Reads the log as far as it goes, however long that takes; what prevents this is an error. Returns whether there is one. */
  async read(): Promise<boolean> {
    this.#stop.abort();
    await this.#following;
    for (let attempt = 1; ; attempt++) {
      const problem = await this.#tryToRead();
      if (!problem) break;
      if (attempt === ATTEMPTS) throw problem;
      await this.#call.sleep(PAUSE);
    }
    this.#take(this.#decoder.decode());
    return this.#seen > 0;
  }

  /** Reads what there is, and returns what prevented that. */
  async #tryToRead(): Promise<PithyImageError | undefined> {
    const { signal } = this.#call;
    try {
      const isRead = await this.#call.race(this.#read({ follow: false }, signal));
      return isRead ? undefined : unreadable("Daytona is unavailable or overloaded");
    } catch (error) {
      signal.throwIfAborted();
      return isImageError(error) ? error : unreadable(error instanceof Error ? error.message : String(error));
    }
  }

  /** Stops reading; the rest is not needed. */
  cancel(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const { signal, unlink } = linkedTo(this.#stop.signal, this.#call.signal);
    for (let pause = PAUSE; !signal.aborted; pause = Math.min(2 * pause, MAX_PAUSE)) {
      const seen = this.#seen;
      await this.#read({ follow: true }, signal).catch(() => {});
      if (this.#seen > seen) pause = PAUSE;
      await this.#pause(pause, signal);
    }
    unlink();
  }

  async #readRestInTime(): Promise<void> {
    const { signal, abort, unlink } = linkedTo(this.#call.signal);
    const cancel = this.#call.clock.limit(REST, abort);
    await this.#readRest(signal);
    cancel();
    unlink();
  }

  async #readRest(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
      if (attempt > 1) await this.#pause(PAUSE, signal);
      if (await this.#read({ follow: false }, signal).catch(() => false)) return;
    }
  }

  /** Reads the log from the beginning, and passes on what is new. Returns whether it was read to its current end. */
  async #read({ follow }: { follow: boolean }, signal: AbortSignal): Promise<boolean> {
    const address = await this.#address(signal);
    if (address === undefined) return true;
    const response = await this.#call.open(follow ? following(address) : address, signal);
    if (!response.ok) {
      await response.body?.cancel();
      return response.status < 500;
    }
    let at = 0;
    for await (const bytes of chunksOf(response)) {
      const fresh = bytes.subarray(Math.max(0, this.#seen - at));
      at += bytes.length;
      if (fresh.length === 0) continue;
      this.#seen = at;
      this.#take(this.#decoder.decode(fresh, { stream: true }));
      if (signal.aborted) return false;
    }
    return true;
  }

  /** The URL of the log, which servers before 0.116 do not give; `undefined` as long as no runner has the build. */
  async #address(signal: AbortSignal): Promise<string | undefined> {
    const { kind, id } = this.#of;
    const { connection } = this.#call;
    const response = await this.#call.ask("GET", [kind, id, "build-logs-url"], { signal, attempts: 1 });
    if (response.status >= 500) throw refusal(response, "say where the log is");
    if (!isFine(response)) return connection.hasWarmPools ? undefined : connection.url(kind, id, "build-logs");
    const { url } = Object(response.data) as { url?: unknown };
    return typeof url === "string" ? url : undefined;
  }

  /** Waits for a time, or until the signal is aborted. */
  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      if (signal.aborted) return done();
      const cancel = this.#call.clock.pause(milliseconds, end);
      const unlink = whenAborted(signal, end);
      function end(): void {
        cancel();
        unlink();
        done();
      }
    });
  }

  #take(text: string): void {
    if (text === "") return;
    this.#tail = (this.#tail + text).slice(-TAIL);
    const lines = (this.#line + text).split(/\r?\n/);
    this.#line = lines.pop()?.slice(0, STEP_LENGTH) ?? "";
    this.#steps = [...this.#steps, ...lines.filter(namesStep)].slice(-STEPS);
    this.#call.notify(this.#onLog, text);
  }
}

const unreadable = (reason: string): PithyDaytonaError =>
  new PithyDaytonaError({
    code: "network",
    message: `The build log could not be read: ${withoutFullStop(reason)}.`,
    hint: "Try again.",
    retryable: true,
  });

function following(address: string): URL {
  const url = new URL(address);
  url.searchParams.set("follow", "true");
  return url;
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
