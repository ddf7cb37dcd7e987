/** The log of a build, as it grows: from its beginning, each part once, to an end that the build's state decides. */
import type { ApiCall } from "./api-call.ts";

/** What has a log. */
export interface Logged {
  readonly kind: "sandbox" | "snapshots";
  readonly id: string;
}

/** Milliseconds that the rest of a log may take once the build is over: the stream of a failed build never ends. */
const REST = 5_000;

/** Poll intervals after which a log that ended is read again, at most, while nothing new comes: a build may be pulled for minutes. */
const MAX_PAUSES = 8;

/** How often that rest is asked for. */
const ATTEMPTS = 3;

/** Bytes at the end of a log that an error shows. */
const TAIL = 4_096;

/** A log that is read while its build goes on. */
export class BuildLog {
  readonly #call: ApiCall;
  readonly #of: Logged;
  readonly #onLog: ((text: string) => void) | undefined;
  readonly #stop = new AbortController();
  #seen = 0;
  readonly #decoder = new TextDecoder();
  #tail = "";
  #following: Promise<void> | undefined;

  constructor(call: ApiCall, of: Logged, onLog: ((text: string) => void) | undefined) {
    this.#call = call;
    this.#of = of;
    this.#onLog = onLog;
  }

  /** Begins to read, unless nobody listens. Problems of the log are none of the build: it is read anew. */
  follow(): void {
    if (!this.#onLog) return;
    this.#following ??= this.#follow();
  }

  /** Reads what is left of the log of a build that is over, and answers its last lines. */
  async end(): Promise<string> {
    this.#stop.abort();
    await this.#following;
    await this.#readRestInTime();
    this.#take(this.#decoder.decode());
    return this.#tail.replace(/^[^\n]*\n(?=.)/s, (cut) => (this.#tail.length < TAIL ? cut : ""));
  }

  /** Stops reading; what is left is not wanted. */
  cancel(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#call.signal]);
    for (let pauses = 1; !signal.aborted; pauses = Math.min(2 * pauses, MAX_PAUSES)) {
      const seen = this.#seen;
      await this.#read({ follow: true }, signal).catch(() => {});
      if (this.#seen > seen) pauses = 1;
      await this.#pause(pauses * this.#call.pollInterval, signal);
    }
  }

  async #readRestInTime(): Promise<void> {
    const late = new AbortController();
    const cancel = this.#call.clock.limit(REST, () => late.abort());
    await this.#readRest(AbortSignal.any([late.signal, this.#call.signal])).finally(cancel);
  }

  async #readRest(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS && !signal.aborted; attempt++) {
      if (attempt > 1) await this.#pause(this.#call.pollInterval, signal);
      if (await this.#read({ follow: false }, signal).catch(() => false)) return;
    }
  }

  /** Reads the log from its beginning, and passes on what was not seen yet. Answers whether there is no more of it now. */
  async #read({ follow }: { follow: boolean }, signal: AbortSignal): Promise<boolean> {
    const address = await this.#address(signal);
    const headers = this.#call.connection.headers as Record<string, string>;
    if (address === undefined) return true;
    const response = await fetch(follow ? following(address) : address, { headers, signal });
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

  /** Where the log is: servers before 0.116 have no route that says so. None as long as no runner has the build. */
  async #address(signal: AbortSignal): Promise<string | undefined> {
    const { kind, id } = this.#of;
    const url = this.#call.connection.url(kind, id, "build-logs-url");
    const headers = this.#call.connection.headers as Record<string, string>;
    const response = await fetch(url, { headers, signal });
    if (!response.ok) {
      await response.body?.cancel();
      if (response.status >= 500) throw new Error(`HTTP ${response.status}`);
      return this.#call.connection.hasWarmPools ? undefined : this.#call.connection.url(kind, id, "build-logs");
    }
    const { url: address } = (await response.json()) as { url?: unknown };
    return typeof address === "string" ? address : undefined;
  }

  /** Waits for a time, or until the signal is aborted. */
  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((done) => {
      if (signal.aborted) return done();
      const cancel = this.#call.clock.pause(milliseconds, end);
      signal.addEventListener("abort", end, { once: true });
      function end(): void {
        cancel();
        signal.removeEventListener("abort", end);
        done();
      }
    });
  }

  #take(text: string): void {
    if (text === "") return;
    this.#tail = (this.#tail + text).slice(-TAIL);
    this.#call.tell(this.#onLog, text);
  }
}

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
