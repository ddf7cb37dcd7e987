/**
 * Commands in a sandbox, with environment variables that no shell reads as code. A sandbox of a warm pool has no variables of
 * its own, and `export KEY="…"` made from a user's text runs what is in it.
 */
import { aName, aString, type Check, fields, must, optional, strings, stringsByName } from "../../shared/check.ts";
import { type CleanedUp, PithyDaytonaError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { checkGiven, contentOf, has } from "../failure.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { SandboxTask, type StartedTask, type TaskIds } from "./started-task.ts";
import { directoryOf, launchLine, newTaskName, taskFile } from "./task-file.ts";
import { type TaskSandbox, Toolbox } from "./toolbox.ts";

/** Seconds until the command has to be running. */
const DEADLINE = 60;

/** Options of `startTask`: see {@link pithyDaytona}. */
export interface TaskOptions extends CallOptions {
  /** The program and its arguments: nothing in them is expanded. */
  command: readonly string[];
  /** Environment variables, in addition to those of the sandbox. */
  envVars?: Readonly<Record<string, string>> | undefined;
  /** The working directory; the sandbox's own when not given. */
  cwd?: string | undefined;
}

/** Seconds that undoing may take if the task did not start: what was sent may arrive late. */
const CLEANUP = 120;

/** What is done, for messages. */
const WHAT = "start the task";

const OPTIONS: Check = fields<TaskOptions>({
  ...CALL_OPTIONS,
  command: strings,
  envVars: optional(stringsByName),
  cwd: optional(aString),
});

const IDS: Check = fields<TaskIds>({ sessionId: aName, commandId: aName }, "an id of a task");

const SANDBOX: Check = must("a sandbox of the Daytona SDK", (value) => typeof Object(value).id === "string");

/** Starts a command in a sandbox. */
export async function startTask(
  connection: Connection,
  sandbox: TaskSandbox,
  options: TaskOptions,
): Promise<StartedTask> {
  checkGiven("startTask", options, OPTIONS);
  checkGiven("startTask", sandbox, SANDBOX, "`sandbox`");
  const file = taskFile(options);
  const call = new ApiCall(connection, options, DEADLINE);
  const start = new TaskStart(call, sandbox);
  try {
    return new SandboxTask(connection, sandbox, await start.run(file));
  } catch (error) {
    throw error instanceof PithyDaytonaError ? start.undo(error) : error;
  } finally {
    call.end();
    void start.undone.then(() => start.end());
  }
}

/** A task that was started before, here or in another process. */
export function resumeTask(connection: Connection, sandbox: TaskSandbox, ids: TaskIds): StartedTask {
  checkGiven("resumeTask", ids, IDS, "The ids");
  checkGiven("resumeTask", sandbox, SANDBOX, "`sandbox`");
  return new SandboxTask(connection, sandbox, ids);
}

const isRefusal = ({ status = 0 }: PithyDaytonaError): boolean => status >= 400 && status < 500 && status !== 408;

/** What is sent to start a command. */
type Sent = "folder" | "file" | "session" | "command";

/** A command that is being started, which can be undone. */
class TaskStart {
  readonly #call: ApiCall;
  readonly #sandbox: TaskSandbox;
  readonly #toolbox: Toolbox;
  /** The call of the requests: what was sent may arrive after the other has ended. */
  readonly #requests: ApiCall;
  readonly #session: string = newTaskName();
  readonly #sent = new Set<Sent>();
  /** What is not over yet. */
  #pending: Promise<void> | undefined;
  /** Fulfilled when nothing is left to be undone. */
  undone: Promise<CleanedUp> = Promise.resolve({});

  constructor(call: ApiCall, sandbox: TaskSandbox) {
    this.#call = call;
    this.#sandbox = sandbox;
    this.#toolbox = new Toolbox(call.connection, sandbox);
    this.#requests = new ApiCall(call.connection, {}, Number.POSITIVE_INFINITY);
  }

  async run(file: string): Promise<TaskIds> {
    const sessionId = this.#session;
    const path = directoryOf(sessionId);
    // Private before anything is in it.
    await this.#post("folder", ["files", "folder"], { params: { path, mode: "700" } });
    await this.#post("file", ["files", "bulk-upload"], { data: formOf(file, `${path}/task`) });
    await this.#post("session", ["process", "session"], { data: { sessionId } }).catch(unlessThere);
    const data = { command: launchLine(sessionId), runAsync: true };
    const response = await this.#post("command", ["process", "session", sessionId, "exec"], { data });
    return { sessionId, commandId: contentOf<{ cmdId: string }>(response, WHAT, has("cmdId")).cmdId };
  }

  #post(sent: Sent, path: readonly string[], content: Pick<HttpRequest, "params" | "data">): Promise<HttpResponse> {
    this.#call.signal.throwIfAborted();
    this.#sent.add(sent);
    const attempts = sent === "command" ? 1 : this.#call.connection.attempts; // it must not run twice
    const posted = this.#toolbox.askAtMost(this.#requests, { ...content, method: "POST", path, what: WHAT }, attempts);
    const over = () => {
      this.#pending = undefined;
    };
    this.#pending = posted.then(over, over);
    return this.#call.race(posted);
  }

  /** Begins to undo what was sent. Returns the error of the call, with what may remain. */
  undo(error: PithyDaytonaError): PithyDaytonaError {
    if (isRefusal(error)) this.#sent.delete("command");
    const leftBehind = this.#remains;
    this.undone = this.#undo().then(
      () => ({}),
      () => ({ leftBehind }),
    );
    const details = { leftBehind, cleanedUp: this.undone };
    return error.with(this.#sent.has("command") ? { ...details, retryable: false } : details); // it might run twice
  }

  get #remains(): string | undefined {
    if (!this.#sent.has("file")) return undefined;
    const file = `the file \`${directoryOf(this.#session)}/task\``;
    const what = this.#sent.has("command") ? `the task, or ${file}` : file;
    return `${what} in sandbox ${this.#sandbox.id}, until that is deleted`;
  }

  async #undo(): Promise<void> {
    const cleanup = new ApiCall(this.#call.connection, {}, CLEANUP);
    const pending = this.#sent.has("command") ? undefined : this.#pending; // a command needs its session
    try {
      await this.#clear(cleanup);
      if (!pending) return;
      await cleanup.race(pending);
      await this.#clear(cleanup); // what was being sent, such as the file, has arrived since
    } finally {
      cleanup.end();
    }
  }

  /** Ends the command, and removes its file. */
  async #clear(cleanup: ApiCall): Promise<void> {
    const session = { method: "DELETE", path: ["process", "session", this.#session], what: "end the task" } as const;
    const ended = this.#sent.has("session") ? this.#toolbox.ask(cleanup, session).catch(unlessGone) : undefined;
    await Promise.all([ended, this.#toolbox.removeFile(cleanup, this.#session)]);
  }

  /** Leaves nothing behind. */
  end(): void {
    this.#requests.end();
  }
}

/** Throws an error again, unless there is no session. */
function unlessGone(error: unknown): void {
  if (!(error instanceof PithyDaytonaError) || error.code !== "gone") throw error;
}

/** Throws an error again, unless it says that there is a session of that name: an earlier attempt has made it. */
function unlessThere(error: unknown): void {
  if (!(error instanceof PithyDaytonaError) || error.status !== 409) throw error;
}

function formOf(file: string, path: string): FormData {
  const form = new FormData();
  form.append("files[0].path", path);
  form.append("files[0].file", new Blob([file]), path);
  return form;
}
