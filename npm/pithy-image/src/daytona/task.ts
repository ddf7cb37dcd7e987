/**
 * Commands in a sandbox, with environment variables that no shell reads as code. A sandbox of a warm pool has no variables of
 * its own, and `export KEY="…"` made from a user's text runs what is in it.
 */
import { aString, type Check, fields, optional, strings, stringsByName } from "../shared/check.ts";
import { isImageError, PithyDaytonaError, type PithyImageError } from "../shared/errors.ts";
import { CALL_OPTIONS, Call, type CallOptions } from "./call.ts";
import type { Clock } from "./clock.ts";
import { checkGiven, misuse, refusal } from "./failure.ts";

/** Seconds until the command has to be running. */
const DEADLINE = 60;

/** The parts of the SDK's sandbox that `startTask` uses, the same in all versions: see {@link pithyDaytona}. */
export interface TaskSandbox {
  /** The sandbox's files. */
  readonly fs: {
    /** Makes a directory. */
    createFolder(path: string, mode: string): Promise<void>;
    /** Writes a file. */
    uploadFile(file: Uint8Array, path: string): Promise<void>;
  };
  /** What runs in the sandbox. */
  readonly process: {
    /** Runs a command to its end. */
    executeCommand(command: string): Promise<unknown>;
    /** Starts a shell. */
    createSession(id: string): Promise<void>;
    /** Ends it. */
    deleteSession(id: string): Promise<void>;
    /** Has a shell run a command. */
    executeSessionCommand(
      id: string,
      request: { command: string; runAsync: boolean },
    ): Promise<{ readonly cmdId?: string | undefined }>;
  };
}

/** Options of `startTask`: see {@link pithyDaytona}. */
export interface TaskOptions extends CallOptions {
  /** The program and its arguments: nothing in them is expanded. */
  command: readonly string[];
  /** Environment variables, in addition to those of the sandbox. */
  envVars?: Readonly<Record<string, string>> | undefined;
  /** The working directory; the sandbox's own when not given. */
  cwd?: string | undefined;
}

/** A running command: what `startTask` returns; see {@link pithyDaytona}. */
export interface StartedTask {
  /** The id of its session, for the SDK's `getSessionCommand` and `getSessionCommandLogs`. */
  readonly sessionId: string;
  /** The id of the command in its session. */
  readonly commandId: string;
}

/**
 * What the sandbox's shell runs, always the same. It reads a directory, variables and the words of a command from a file,
 * and removes the file before the command starts. Each line of the file is one of them, written so that `printf` turns it
 * into its bytes; the dot preserves newlines at its end. `env` sets the variables, since shells have some of their own. It
 * must not contain a single quote.
 */
const LAUNCHER = [
  'exec 3<"$1/task" && rm -rf -- "$1" || exit 126;',
  "shift;",
  "while IFS= read -r pithy_image_line <&3; do",
  'pithy_image_line=$(printf "%b." "$pithy_image_line");',
  `set -- "$@" "\${pithy_image_line%.}";`,
  "done;",
  "exec 3<&-;",
  'cd -- "$1" || exit 126;',
  "shift;",
  'exec env "$@"',
].join(" ");

/** Seconds that deleting the file of a task may take if the task did not start. */
const CLEANUP = 10;

const OPTIONS: Check = fields<TaskOptions>({
  ...CALL_OPTIONS,
  command: strings,
  envVars: optional(stringsByName),
  cwd: optional(aString),
});

/** Starts a command in a sandbox. */
export async function startTask(sandbox: TaskSandbox, options: TaskOptions, clock?: Clock): Promise<StartedTask> {
  checkGiven("startTask", options, OPTIONS);
  const file = taskFile(options);
  const call = new Call(options, DEADLINE, { clock });
  const start = new TaskStart(sandbox, call);
  try {
    return await start.run(file);
  } catch (error) {
    await start.undo();
    const failed = failure(error);
    const isKnown = !start.mayHaveBegun || !(failed instanceof PithyDaytonaError) || isRefusal(failed);
    throw isKnown ? failed : failed.with({ retryable: false }); // a second call might run the command twice
  } finally {
    call.end();
  }
}

const isRefusal = ({ status = 0 }: PithyDaytonaError): boolean => status >= 400 && status < 500 && status !== 408;

/** A command that is being started. */
class TaskStart {
  readonly #sandbox: TaskSandbox;
  readonly #call: Call;
  readonly #session: string = `pithy-image-${crypto.randomUUID()}`;
  readonly #directory: string = `/tmp/${this.#session}`;
  /** The last request to the sandbox, and whether it is over. */
  #asked: Promise<unknown> = Promise.resolve();
  #isOver = true;
  /** Whether the sandbox was asked to start the command. */
  mayHaveBegun = false;

  constructor(sandbox: TaskSandbox, call: Call) {
    this.#sandbox = sandbox;
    this.#call = call;
  }

  async run(file: string): Promise<StartedTask> {
    const { fs, process } = this.#sandbox;
    const [sessionId, directory] = [this.#session, this.#directory];
    // Private before anything is in it.
    await this.#ask(() => fs.createFolder(directory, "700"));
    await this.#ask(() => fs.uploadFile(bytesOf(file), `${directory}/task`));
    await this.#ask(() => process.createSession(sessionId));
    const request = { command: `sh -c '${LAUNCHER}' pithy-image ${directory}`, runAsync: true };
    this.mayHaveBegun = true;
    const { cmdId } = await this.#ask(() => process.executeSessionCommand(sessionId, request));
    return { sessionId, commandId: cmdId ?? "" };
  }

  #ask<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#call.signal.throwIfAborted();
    this.#isOver = false;
    const asked = work();
    const over = () => {
      this.#isOver = true;
    };
    this.#asked = asked.then(over, over);
    return this.#call.race(asked);
  }

  /** Ends a command that may have started. If it did not, and the sandbox still responds, no value is left behind. */
  async undo(): Promise<void> {
    const { process } = this.#sandbox;
    const remove = () => process.executeCommand(`rm -rf ${this.#directory}`).catch(() => {});
    const call = new Call({}, CLEANUP, this.#call);
    const end = this.mayHaveBegun ? process.deleteSession(this.#session).catch(() => {}) : undefined;
    await call.race(Promise.all([end, remove()])).catch(() => {});
    call.end();
    // What is still being sent, such as the file, would arrive later.
    if (!this.#isOver) void this.#asked.then(remove);
  }
}

/** On Node the SDK needs a `Buffer`, and treats other arrays differently; an edge has none. */
function bytesOf(text: string): Uint8Array {
  return typeof Buffer === "undefined" ? new TextEncoder().encode(text) : Buffer.from(text);
}

/** What the launcher reads. */
function taskFile({ command, envVars = {}, cwd = "." }: TaskOptions): string {
  checkCommand(command, envVars);
  const variables = Object.entries(envVars).map(([name, value]) => `${name}=${value}`);
  const words = [cwd.startsWith("/") ? cwd : `./${cwd}`, ...variables, ...command];
  const wrong = words.findIndex((word) => word.includes("\0") || /\p{Surrogate}/u.test(word));
  if (wrong < 0) return words.map((word) => `${octal(word)}\n`).join("");
  // The value itself is not shown: it may be a secret.
  const names = ["cwd", ...Object.keys(envVars)];
  const what = names[wrong] ?? "command";
  throw misuse(`\`${what}\` contains a NUL or an unpaired surrogate.`, "Encode it, as base64 for example.");
}

/** Throws if `env` could not tell the variables from the program. */
function checkCommand([program = ""]: readonly string[], envVars: Readonly<Record<string, string>>): void {
  const hint = "Pass the path of a program, without `=`, and its arguments.";
  if (program === "") throw misuse("`command` has no program.", hint);
  if (/^-|=/.test(program)) throw misuse(`\`${program}\` is not the name of a program.`, hint);
  const wrong = Object.keys(envVars).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (wrong !== undefined) throw misuse(`\`${wrong}\` is not the name of a variable.`, "Use letters, digits and `_`.");
}

/** A string for `printf %b`: what might have a meaning there is written as `\\0` and octal digits. */
const octal = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_.,:@+=/-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }).join("");

/** What the SDK threw, without its own error: that would print the key. */
function failure(error: unknown): PithyImageError {
  if (isImageError(error)) return error;
  const { message = String(error), statusCode: status } = Object(error) as { message?: string; statusCode?: number };
  if (status !== undefined) return refusal({ status, data: { message }, headers: {} }, "start the task");
  return new PithyDaytonaError({
    code: "network",
    message: `The task could not be started: ${message}.`,
    hint: "Check whether the sandbox is running.",
    retryable: true,
    reason: message,
  });
}
