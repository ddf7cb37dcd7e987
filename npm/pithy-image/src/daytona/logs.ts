/** The log of a build, as it grows: from its beginning, each part once, to an end that the build's state decides. */
import type { Call } from "./call.ts";
import type { Connection } from "./client.ts";

/** What has a log. */
export interface Logged {
  readonly kind: "sandbox" | "snapshots";
  readonly id: string;
}

/** Milliseconds between two attempts to read a log that is not there yet, or whose stream was cut. */
const PAUSE = 1_000;

/** Milliseconds that the rest of a log may take once the build is over: the stream of a failed build never ends. */
const REST = 5_000;

/** Bytes at the end of a log that an error shows. */
const TAIL = 4_096;

/** A log that is read while its build goes on. */
export class BuildLog {
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #of: Logged;
  readonly #onLog: ((text: string) => void) | undefined;
  readonly #stop = new AbortController();
  #seen = 0;
  readonly #decoder = new TextDecoder();
  #tail = "";
  #following: Promise<void> | undefined;

  constructor(connection: Connection, call: Call, of: Logged, onLog: ((text: string) => void) | undefined) {
    this.#connection = connection;
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
    const rest = AbortSignal.timeout(REST);
    await this.#read("", AbortSignal.any([rest, this.#call.signal])).catch(() => {});
    this.#take(this.#decoder.decode());
    return this.#tail.replace(/^[^\n]*\n(?=.)/s, (cut) => (this.#tail.length < TAIL ? cut : ""));
  }

  /** Stops reading; what is left is not wanted. */
  cancel(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#call.signal]);
    while (!signal.aborted) {
      await this.#read("?follow=true", signal).catch(() => {});
      await pause(signal);
    }
  }

  /** Reads the log from its beginning, and passes on what was not seen yet. */
  async #read(query: string, signal: AbortSignal): Promise<void> {
    const address = await this.#address(signal);
    const headers = this.#connection.headers as Record<string, string>;
    if (address === undefined) return;
    const response = await fetch(`${address}${query}`, { headers, signal });
    if (!response.ok) return response.body?.cancel();
    let at = 0;
    for await (const bytes of chunksOf(response)) {
      const fresh = bytes.subarray(Math.max(0, this.#seen - at));
      at += bytes.length;
      if (fresh.length === 0) continue;
      this.#seen = at;
      this.#take(this.#decoder.decode(fresh, { stream: true }));
      if (signal.aborted) return;
    }
  }

  /** Where the log is: servers before 0.116 have no route that says so. None as long as no runner has the build. */
  async #address(signal: AbortSignal): Promise<string | undefined> {
    const { kind, id } = this.#of;
    const url = this.#connection.url(kind, id, "build-logs-url");
    const headers = this.#connection.headers as Record<string, string>;
    const response = await fetch(url, { headers, signal });
    if (!response.ok) {
      await response.body?.cancel();
      return this.#connection.hasWarmPools ? undefined : this.#connection.url(kind, id, "build-logs");
    }
    const { url: address } = (await response.json()) as { url?: unknown };
    return typeof address === "string" ? address : undefined;
  }

  #take(text: string): void {
    if (text === "") return;
    this.#tail = (this.#tail + text).slice(-TAIL);
    try {
      this.#onLog?.(text);
    } catch (error) {
      this.#call.fail(error);
    }
  }
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

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    const timer = setTimeout(end, PAUSE);
    signal.addEventListener("abort", end, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      done();
    }
  });
}
