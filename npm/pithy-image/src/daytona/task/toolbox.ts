/** Requests to what runs in a sandbox and starts its commands. It is lost with the sandbox, and with every stop of it. */
import { whenAborted } from "../../shared/abort.ts";
import { isImageError, PithyDaytonaError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import type { Connection } from "../client.ts";
import { contentOf, has, isFine, refusal } from "../failure.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { Backoff } from "../polling.ts";
import { isSandbox, type SandboxRecord } from "../sandbox/sandbox-record.ts";
import { removalLine } from "./task-file.ts";

/** A sandbox of the SDK, of any version: see {@link PithyDaytona.startTask}. */
export interface TaskSandbox {
  /** Its id. */
  readonly id: string;
  /** Where its files and processes are reached; older SDKs ask for it when they need it. */
  readonly toolboxProxyUrl?: string | undefined;
}

/** A request below the toolbox's URL. */
interface ToolboxRequest extends Pick<HttpRequest, "params" | "data"> {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: readonly string[];
  /** What is done, for messages. */
  readonly what: string;
}

/** How often a request is repeated while the sandbox runs and does not respond, and the pauses before that, in milliseconds. */
const PATIENCE = 10;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 5_000;

/** Milliseconds that a stream may be silent: what is read has been written already. */
const SILENCE = 60_000;

/** States in which nothing runs, or is about to. What is paused goes on later, but nobody knows when. */
const IS_STILL = /^(stop|archiv|paus|destroy|delet|error|build_failed)/;

/** Who says a version since 0.167 gets the log as JSON, in one piece; who says none gets it without the marks of its streams. */
const LOG_AS_IT_IS = { "X-Daytona-SDK-Version": "0.115.2" };

/** What runs in a sandbox. */
export class Toolbox {
  readonly #connection: Connection;
  readonly #sandbox: TaskSandbox;
  #url: string | undefined;

  constructor(connection: Connection, sandbox: TaskSandbox) {
    this.#connection = connection;
    this.#sandbox = sandbox;
  }

  /** Sends a request until it succeeds, as long as the sandbox runs. */
  async ask(call: ApiCall, request: ToolboxRequest): Promise<HttpResponse> {
    const backoff = backoffOf(call);
    for (;;) {
      const outcome = await this.#attempt(call, request, 2);
      if (!(outcome instanceof PithyDaytonaError)) return outcome;
      await this.waitOrThrow(call, outcome, backoff, request.method);
    }
  }

  /** Sends a request a number of times at most. With 1, it cannot have its effect twice. */
  async askAtMost(call: ApiCall, request: ToolboxRequest, attempts: number): Promise<HttpResponse> {
    const outcome = await this.#attempt(call, request, attempts);
    if (!(outcome instanceof PithyDaytonaError)) return outcome;
    await this.#mustRun(call);
    throw outcome;
  }

  /** Removes the file of a task that may not have begun. */
  async removeFile(call: ApiCall, name: string): Promise<void> {
    const command = removalLine(name);
    if (command === undefined) return;
    const what = "remove the task's file";
    await this.ask(call, { method: "POST", path: ["process", "execute"], data: { command }, what });
  }

  async #attempt(call: ApiCall, { path, what, ...rest }: ToolboxRequest, attempts: number) {
    const { headers } = this.#connection;
    try {
      const response = await call.send({ ...rest, url: await this.#urlOf(call, path), headers }, attempts);
      return isFine(response) ? response : refusal(response, what);
    } catch (error) {
      if (call.signal.aborted || !(error instanceof PithyDaytonaError)) throw error;
      return error;
    }
  }

  /** Waits before a request is repeated, or throws why that is of no use. */
  async waitOrThrow(call: ApiCall, failure: PithyDaytonaError, backoff: Backoff, method = "GET"): Promise<void> {
    await this.#mustRun(call);
    const { status = 500 } = failure;
    if (status === 404) throw this.taskGone();
    // The proxy refuses with 400 when it cannot find out where the sandbox is.
    const mayPass = status >= 500 || status === 408 || status === 429 || (status === 400 && method === "GET");
    if (!mayPass || backoff.count === PATIENCE) throw failure;
    await backoff.pause();
  }

  /** Throws if the sandbox is gone or does not run. */
  async #mustRun(call: ApiCall): Promise<void> {
    const { id } = this.#sandbox;
    const response = await call.ask("GET", ["sandbox", id], { attempts: 2 }).catch((error) => {
      if (call.signal.aborted || !isImageError(error)) throw error;
    });
    const state = response && stateIn(response);
    if (state && IS_STILL.test(state)) throw still(id, state);
  }

  /** The command's session is not there, though the sandbox runs. */
  taskGone(): PithyDaytonaError {
    const { id } = this.#sandbox;
    return new PithyDaytonaError({
      code: "gone",
      message: `The task is no longer in sandbox \`${id}\`: it was cancelled, or the sandbox was restarted.`,
      hint: "Start it again with `startTask`.",
      retryable: false,
      id,
    });
  }

  /** Reads a log to its present end. Returns what went wrong before that, if something did. */
  async *read(call: ApiCall, path: readonly string[]): AsyncGenerator<Uint8Array, PithyDaytonaError | undefined> {
    const connected = new AbortController();
    const disconnect = () => connected.abort();
    const inTime = async <Value>(coming: Promise<Value>): Promise<Value | PithyDaytonaError> => {
      const cancel = call.clock.limit(SILENCE, disconnect);
      const come = await coming.catch(asCut).finally(cancel);
      call.signal.throwIfAborted();
      return come;
    };
    const unlink = whenAborted(call.signal, disconnect);
    try {
      const reader = await inTime(this.#open(call, path, connected.signal));
      if (reader instanceof PithyDaytonaError) return reader;
      for (;;) {
        const part = await inTime(reader.read());
        if (part instanceof PithyDaytonaError) return part;
        if (part.done) return undefined;
        yield part.value;
      }
    } finally {
      unlink();
      disconnect();
    }
  }

  async #open(call: ApiCall, path: readonly string[], signal: AbortSignal): Promise<LogReader | PithyDaytonaError> {
    const url = await this.#urlOf(call, path);
    const headers = { ...this.#connection.headers, ...LOG_AS_IT_IS } as Record<string, string>;
    const response = await fetch(url, { headers, signal });
    if (response.ok) return readerOf(response);
    const data: unknown = await response.json().catch(() => undefined);
    return refusal({ status: response.status, data, headers: {} }, "read the task's output");
  }

  async #urlOf(call: ApiCall, path: readonly string[]): Promise<string> {
    const { id, toolboxProxyUrl } = this.#sandbox;
    this.#url ??= toolboxProxyUrl ?? (await proxyUrl(call));
    return [this.#url.replace(/\/+$/, ""), id, ...path].join("/");
  }
}

/** The pauses before a request to a sandbox is repeated. */
export const backoffOf = (call: ApiCall): Backoff => new Backoff(call, FIRST_PAUSE, LONGEST_PAUSE);

async function proxyUrl(call: ApiCall): Promise<string> {
  const what = "say where sandboxes are reached";
  const response = await call.ask("GET", ["config"]);
  return contentOf<{ proxyToolboxUrl: string }>(response, what, has("proxyToolboxUrl")).proxyToolboxUrl;
}

type LogReader = ReadableStreamDefaultReader<Uint8Array>;

/** Servers that ignore how they are asked have the log in JSON. */
async function readerOf(response: Response): Promise<LogReader> {
  const isJson = response.headers.get("content-type")?.includes("json");
  const log = isJson ? new Response((Object(await response.json()) as { output?: string }).output) : response;
  return (log.body ?? new Blob().stream()).getReader();
}

/** Why nothing more is read: the connection was cut. What `fetch` throws is left out: it may show the request. */
const asCut = (error: unknown): PithyDaytonaError =>
  error instanceof PithyDaytonaError
    ? error
    : new PithyDaytonaError({
        code: "network",
        message: "The connection to the sandbox was cut while the task's output was read.",
        hint: "Check the network, and read on from the last `offset`.",
        retryable: true,
      });

/** The state that a response says; nothing if it says none. */
function stateIn(response: HttpResponse): string | undefined {
  if (response.status === 404) return "destroyed";
  if (!isFine(response) || !isSandbox(response.data)) return undefined;
  return (response.data as SandboxRecord).state;
}

function still(id: string, state: string): PithyDaytonaError {
  const isGone = /^(destroy|delet)/.test(state);
  const hint = isGone
    ? "Start the task again in another sandbox."
    : "Processes do not survive a stop: start the sandbox, then the task again. It stops after `autoStopInterval` idle minutes.";
  const message = `Sandbox \`${id}\` is \`${state}\`, and the task with it.`;
  return new PithyDaytonaError({ code: "gone", message, hint, retryable: false, id, state });
}
