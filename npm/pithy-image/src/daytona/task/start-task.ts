/**
 * Commands in a sandbox, with environment variables that no shell reads as code. A sandbox of a warm pool has no variables of
 * its own, and `export KEY="…"` made from a user's text runs what is in it.
 */
import { aName, aString, type Check, fields, must, optional, strings, stringsByName } from "../../shared/check.ts";
import { PithyDaytonaError } from "../../shared/errors.ts";
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

/** Seconds that deleting the file of a task may take if the task did not start. */
const CLEANUP = 10;

/** Seconds after the deadline in which what was sent may still arrive. */
const LATE = 60;

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
  const requests = new ApiCall(connection, {}, (options.deadline ?? DEADLINE) + LATE);
  const start = new TaskStart(call, requests, new Toolbox(connection, sandbox));
  try {
    return new SandboxTask(connection, sandbox, await start.run(file));
  } catch (error) {
    await start.undo();
    const isKnown = !start.mayHaveBegun || !(error instanceof PithyDaytonaError) || isRefusal(error);
    throw isKnown ? error : error.with({ retryable: false }); // a second call might run the command twice
  } finally {
    call.end();
    start.end();
  }
}

/** A task that was started before, here or in another process. */
export function resumeTask(connection: Connection, sandbox: TaskSandbox, ids: TaskIds): StartedTask {
  checkGiven("resumeTask", ids, IDS, "The ids");
  checkGiven("resumeTask", sandbox, SANDBOX, "`sandbox`");
  return new SandboxTask(connection, sandbox, ids);
}

const isRefusal = ({ status = 0 }: PithyDaytonaError): boolean => status >= 400 && status < 500 && status !== 408;

/** A command that is being started. */
class TaskStart {
  readonly #call: ApiCall;
  readonly #toolbox: Toolbox;
  /** The call of the requests: what was sent may arrive after the other has ended. */
  readonly #requests: ApiCall;
  readonly #session: string = newTaskName();
  /** What is not over yet. */
  #pending: Promise<void> | undefined;
  /** Whether the sandbox was asked to start the command. */
  mayHaveBegun = false;

  constructor(call: ApiCall, requests: ApiCall, toolbox: Toolbox) {
    this.#call = call;
    this.#requests = requests;
    this.#toolbox = toolbox;
  }

  async run(file: string): Promise<TaskIds> {
    const sessionId = this.#session;
    const path = directoryOf(sessionId);
    // Private before anything is in it.
    await this.#post(["files", "folder"], { params: { path, mode: "700" } });
    await this.#post(["files", "bulk-upload"], { data: formOf(file, `${path}/task`) });
    await this.#post(["process", "session"], { data: { sessionId } });
    this.mayHaveBegun = true;
    const data = { command: launchLine(sessionId), runAsync: true };
    const response = await this.#post(["process", "session", sessionId, "exec"], { data });
    return { sessionId, commandId: contentOf<{ cmdId: string }>(response, WHAT, has("cmdId")).cmdId };
  }

  #post(path: readonly string[], content: Pick<HttpRequest, "params" | "data">): Promise<HttpResponse> {
    this.#call.signal.throwIfAborted();
    const posted = this.#toolbox.askOnce(this.#requests, { ...content, method: "POST", path, what: WHAT });
    const over = () => {
      this.#pending = undefined;
    };
    this.#pending = posted.then(over, over);
    return this.#call.race(posted);
  }

  /** Ends a command that may have started. If it did not, and the sandbox still responds, no value is left behind. */
  async undo(): Promise<void> {
    // What is still being sent, such as the file, would arrive later.
    this.#pending = this.#pending?.then(() => this.#toolbox.removeFile(this.#requests, this.#session));
    const call = new ApiCall(this.#call.connection, {}, CLEANUP);
    const session = { method: "DELETE", path: ["process", "session", this.#session], what: "end the task" } as const;
    const ended = this.mayHaveBegun ? this.#toolbox.askOnce(call, session).catch(() => {}) : undefined;
    await Promise.all([ended, this.#toolbox.removeFile(call, this.#session)]);
    call.end();
  }

  /** Leaves nothing behind, once nothing is pending. */
  end(): void {
    void Promise.resolve(this.#pending).then(() => this.#requests.end());
  }
}

function formOf(file: string, path: string): FormData {
  const form = new FormData();
  form.append("files[0].path", path);
  form.append("files[0].file", new Blob([file]), path);
  return form;
}
