/** A command that was started: what it prints, how it ends, and how to end it. */
import { type Check, fields, optional, wholeAtLeast } from "../../shared/check.ts";
import { PithyDaytonaError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { checkGiven, contentOf, has } from "../failure.ts";
import { Polling } from "../polling.ts";
import { TaskLog, type TaskOutput } from "./task-log.ts";
import { backoffOf, type TaskSandbox, Toolbox } from "./toolbox.ts";

/** How to find a task again, from any process: see {@link PithyDaytona.resumeTask}. */
export interface TaskIds {
  /** The id of its session, for the SDK's `getSessionCommand` and `getSessionCommandLogs`. */
  readonly sessionId: string;
  /** The id of the command in its session. */
  readonly commandId: string;
}

/** How a task ended: see {@link StartedTask.wait}. */
export interface TaskEnd {
  /**
   * The exit code of the command. 128 plus the number of a signal that ended it: 137 for `SIGKILL`, also when memory ran out. 126 or
   * 127 if the program or the directory was not found or could not be used.
   */
  readonly exitCode: number;
}

/** What is read of a task's output: see {@link StartedTask.output}. */
export interface TaskOutputOptions extends CallOptions {
  /** The offset of the last part that was read; the beginning when not given. */
  from?: number | undefined;
}

/**
 * A command in a sandbox: what {@link PithyDaytona.startTask} returns. It serializes to its ids as JSON. It runs as long as the
 * sandbox, whether or not anybody is connected. Stopping the sandbox ends it: `wait` and `output` then throw an error with the
 * code `gone`, and the sandbox's `id` and `state`.
 */
export interface StartedTask extends TaskIds {
  /**
   * Waits until the command, and every process that holds its output, has ended. Lost connections are re-established. Without a
   * `deadline` it waits as long as the sandbox runs, and keeps it from being idle.
   *
   * @throws PithyImageError with the code `gone` if the sandbox or the session is gone, or the task was cancelled.
   *
   * @example
   * ```ts
   * const { createSandbox, startTask } = pithyDaytona({ daytona, Image: SdkImage });
   * const sandbox = await createSandbox({ image, ttlMinutes: 60 });
   * const task = await startTask(sandbox, { command: ["sh", "-c", "exit 3"] });
   * const { exitCode } = await task.wait();
   * exitCode;
   * // 3
   * ```
   */
  wait(options?: CallOptions): Promise<TaskEnd>;

  /**
   * What the command prints, from its beginning or from an offset, until it has ended: every part once, even if connections are
   * lost. The sandbox records whole lines: a line arrives when it is complete, and a last line without a newline gets one.
   *
   * Memory stays flat, whatever is printed. But the sandbox's log can only be read from the beginning: the longer it is, the less
   * often it is read, from 8 MB on every 30 seconds. Abort `signal` to stop reading at once.
   *
   * @throws PithyImageError with the code `gone` if the sandbox or the session is gone, or the task was cancelled.
   *
   * @example
   * ```ts
   * const { createSandbox, startTask } = pithyDaytona({ daytona, Image: SdkImage });
   * const sandbox = await createSandbox({ image, ttlMinutes: 60 });
   * const task = await startTask(sandbox, { command: ["echo", "hello"] });
   * for await (const { stream, text, offset } of task.output()) console.log(stream, text, offset);
   * ```
   */
  output(options?: TaskOutputOptions): AsyncGenerator<TaskOutput, void>;

  /**
   * Ends the command and its children: with `SIGTERM`, and with `SIGKILL` after five seconds. A process that has detached itself, with
   * `setsid` and without its parent, is not found. The output is deleted. May be called repeatedly, also after the end.
   *
   * Afterwards `wait` and `output` throw an error with the code `gone`, unless `wait` had returned before.
   *
   * @throws PithyImageError if the sandbox does not respond.
   *
   * @example
   * ```ts
   * const { createSandbox, startTask } = pithyDaytona({ daytona, Image: SdkImage });
   * const sandbox = await createSandbox({ image, ttlMinutes: 60 });
   * const task = await startTask(sandbox, { command: ["sleep", "600"] });
   * await task.cancel();
   * await task.wait().catch(({ code }) => code);
   * // gone
   * ```
   */
  cancel(options?: CallOptions): Promise<void>;
}

/** Seconds that a call waits without a deadline. */
const FOREVER = Number.POSITIVE_INFINITY;

/** Seconds until a cancelled command has to be gone. */
const CANCEL_DEADLINE = 60;

/** A log is read a millisecond less often for so many bytes of it, and the longest pause because of that, in milliseconds. */
const BYTES_PER_MILLISECOND = 256;
const LONGEST_PAUSE = 30_000;

const OPTIONS: Check = fields<CallOptions>(CALL_OPTIONS);
const OUTPUT_OPTIONS: Check = fields<TaskOutputOptions>({ ...CALL_OPTIONS, from: optional(wholeAtLeast(0)) });

/** A task of a sandbox. */
export class SandboxTask implements StartedTask {
  readonly sessionId: string;
  readonly commandId: string;
  readonly #connection: Connection;
  readonly #toolbox: Toolbox;
  readonly #session: readonly string[];
  readonly #command: readonly string[];
  #exitCode: number | undefined;
  #isCancelled = false;

  constructor(connection: Connection, sandbox: TaskSandbox, { sessionId, commandId }: TaskIds) {
    this.sessionId = sessionId;
    this.commandId = commandId;
    this.#connection = connection;
    this.#toolbox = new Toolbox(connection, sandbox);
    this.#session = ["process", "session", encodeURIComponent(sessionId)];
    this.#command = [...this.#session, "command", encodeURIComponent(commandId)];
  }

  async wait(options: CallOptions = {}): Promise<TaskEnd> {
    checkGiven("wait", options, OPTIONS);
    const call = new ApiCall(this.#connection, options, FOREVER);
    const polling = new Polling(call);
    try {
      for (;;) {
        const exitCode = await this.#look(call);
        if (exitCode !== undefined) return { exitCode };
        await polling.pause();
      }
    } finally {
      call.end();
    }
  }

  output(options: TaskOutputOptions = {}): AsyncGenerator<TaskOutput, void> {
    checkGiven("output", options, OUTPUT_OPTIONS);
    return this.#output(options);
  }

  async cancel(options: CallOptions = {}): Promise<void> {
    checkGiven("cancel", options, OPTIONS);
    const call = new ApiCall(this.#connection, options, CANCEL_DEADLINE);
    this.#isCancelled = true;
    try {
      await this.#toolbox.ask(call, { method: "DELETE", path: this.#session, what: "cancel the task" });
      await this.#toolbox.removeFile(call, this.sessionId).catch(() => {}); // one that ran has none
    } catch (error) {
      if (error instanceof PithyDaytonaError && error.code === "gone") return;
      this.#isCancelled = false;
      throw error;
    } finally {
      call.end();
    }
  }

  /** The exit code, once the command has ended. Then its log is whole. */
  async #look(call: ApiCall): Promise<number | undefined> {
    if (this.#exitCode !== undefined) return this.#exitCode;
    if (this.#isCancelled) throw this.#toolbox.taskGone();
    const what = "say whether the task has ended";
    const response = await this.#toolbox.ask(call, { method: "GET", path: this.#command, what });
    const { exitCode } = contentOf<{ exitCode?: number | null }>(response, what, has("id"));
    // What it dies of while it is being cancelled is not its end.
    if (this.#isCancelled) throw this.#toolbox.taskGone();
    this.#exitCode = exitCode ?? undefined;
    return this.#exitCode;
  }

  async *#output({ from = 0, ...options }: TaskOutputOptions): AsyncGenerator<TaskOutput, void> {
    const call = new ApiCall(this.#connection, options, FOREVER);
    const polling = new Polling(call);
    let backoff = backoffOf(call);
    let [offset, next] = [from, 0];
    try {
      for (; ; await polling.pause()) {
        const hasEnded = (await this.#look(call)) !== undefined;
        if (!hasEnded && polling.waited < next) continue;
        const log = new TaskLog(offset);
        const failure = yield* this.#read(call, log);
        if (!failure && hasEnded) return yield* log.end();
        if (!failure || log.passed > offset) backoff = backoffOf(call);
        if (failure) await this.#toolbox.waitOrThrow(call, failure, backoff);
        offset = log.passed;
        next = polling.waited + Math.min(log.size / BYTES_PER_MILLISECOND, LONGEST_PAUSE);
      }
    } finally {
      call.end();
    }
  }

  /** Reads the log to its present end, and passes on what is new. Returns what came in between. */
  async *#read(call: ApiCall, log: TaskLog): AsyncGenerator<TaskOutput, PithyDaytonaError | undefined> {
    const parts = this.#toolbox.read(call, [...this.#command, "logs"]);
    try {
      for (;;) {
        const part = await parts.next();
        if (part.done) return part.value;
        yield* log.take(part.value);
      }
    } finally {
      await parts.return(undefined);
    }
  }
}
