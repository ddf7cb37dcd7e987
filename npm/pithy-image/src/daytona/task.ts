/**
 * Commands in a sandbox, with an environment that no shell reads as code. A sandbox of a warm pool has no environment of its
 * own, and `export KEY="…"` made of a user's text runs what is in it.
 */
import { PithyImageError } from "../error.ts";
import { Call, type CallOptions } from "./call.ts";
import type { Clock } from "./clock.ts";
import { misuse, refusal } from "./failure.ts";

/** Seconds until the command has to be under way. */
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
    /** Begins a shell. */
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

/** What `startTask` runs: see {@link pithyDaytona}. */
export interface TaskOptions extends CallOptions {
  /** The program and its arguments: nothing in them is expanded. */
  command: readonly string[];
  /** Environment variables, beside those of the sandbox. */
  env?: Readonly<Record<string, string>> | undefined;
  /** The directory that it starts in; the sandbox's own when not given. */
  cwd?: string | undefined;
}

/** A command under way: what `startTask` answers; see {@link pithyDaytona}. */
export interface StartedTask {
  /** Of the session that it runs in, for the SDK's `getSessionCommand` and `getSessionCommandLogs`. */
  readonly sessionId: string;
  /** Of the command in its session. */
  readonly commandId: string;
}

/**
 * What the sandbox's shell runs; always this text. It reads a directory, variables and words of a command from a file, and
 * takes the file away before the command starts. Each line of the file is one of them, written so that `printf` turns it into
 * its bytes; the dot keeps newlines at its end. `env` sets the variables, since shells have some of their own. A single quote
 * must not be in it.
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

/** Seconds that the file of a task which did not start may take to be deleted. */
const CLEANUP = 10;

/** Starts a command in a sandbox. */
export async function startTask(
  sandbox: TaskSandbox,
  { command, env = {}, cwd, ...options }: TaskOptions,
  clock?: Clock,
): Promise<StartedTask> {
  const file = taskFile(command, env, cwd);
  const call = new Call(options, DEADLINE, { clock });
  const start = new TaskStart(sandbox, call);
  try {
    return await start.run(file);
  } catch (error) {
    await start.undo();
    const failed = failure(error);
    // It may have run: whoever started it again would have it twice.
    throw start.mayHaveBegun && !isRefusal(failed) ? failed.with({ retryable: false }) : failed;
  } finally {
    call.end();
  }
}

const isRefusal = ({ status = 0 }: PithyImageError): boolean => status >= 400 && status < 500 && status !== 408;

/** One command on its way. */
class TaskStart {
  readonly #sandbox: TaskSandbox;
  readonly #call: Call;
  readonly #session: string = `pithy-image-${crypto.randomUUID()}`;
  readonly #directory: string = `/tmp/${this.#session}`;
  /** The last thing that the sandbox was asked for, and whether that is over. */
  #asked: Promise<unknown> = Promise.resolve();
  #isOver = true;
  /** Whether the sandbox was asked to begin with it. */
  mayHaveBegun = false;

  constructor(sandbox: TaskSandbox, call: Call) {
    this.#sandbox = sandbox;
    this.#call = call;
  }

  async run(file: string): Promise<StartedTask> {
    const { fs, process } = this.#sandbox;
    const [sessionId, directory] = [this.#session, this.#directory];
    // Private before there is anything in it.
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

  /** Ends a command that may have begun. No value outlives one that did not, where the sandbox still answers. */
  async undo(): Promise<void> {
    const { process } = this.#sandbox;
    const remove = () => process.executeCommand(`rm -rf ${this.#directory}`).catch(() => {});
    const call = new Call({}, CLEANUP, this.#call);
    const end = this.mayHaveBegun ? process.deleteSession(this.#session).catch(() => {}) : undefined;
    await call.race(Promise.all([end, remove()])).catch(() => {});
    call.end();
    // What is still on its way, such as the file, would arrive behind that.
    if (!this.#isOver) void this.#asked.then(remove);
  }
}

/** On Node the SDK wants a buffer, and has other ways with other arrays; an edge has none. */
function bytesOf(text: string): Uint8Array {
  return typeof Buffer === "undefined" ? new TextEncoder().encode(text) : Buffer.from(text);
}

/** What the launcher reads. */
function taskFile(command: readonly string[], env: Readonly<Record<string, string>>, cwd: string = "."): string {
  const isTexts = (values: unknown): boolean =>
    Array.isArray(values) && values.every((value) => typeof value === "string");
  if (!isTexts(command)) throw misuse("`command` is no list of texts.", "Give a program and its arguments.");
  if (!isTexts(Object.values(Object(env))) || !isTexts([cwd])) {
    throw misuse("`env` or `cwd` has what is no text.", "Give variables as texts by their names, and a path.");
  }
  const [program = ""] = command;
  if (program === "") throw misuse("`command` has no program.", "Give a program and its arguments, as a list.");
  if (/^-|=/.test(program)) throw misuse(`\`${program}\` is no name of a program.`, "Give its path, without `=`.");
  for (const key of Object.keys(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key))
      throw misuse(`\`${key}\` is no name of a variable.`, "Use letters, digits and `_`.");
  }
  const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const words = [cwd.startsWith("/") ? cwd : `./${cwd}`, ...variables, ...command];
  const wrong = words.findIndex((word) => word.includes("\0") || /\p{Surrogate}/u.test(word));
  if (wrong < 0) return words.map((word) => `${octal(word)}\n`).join("");
  // The value itself is not told: it may be a secret.
  const names = ["cwd", ...Object.keys(env)];
  throw misuse(
    `\`${names[wrong] ?? "command"}\` has a NUL or half a character in it.`,
    "Encode it, as base64 for example.",
  );
}

/** A text as `printf %b` takes it: what might mean something to it as `\\0` and octal digits. */
const octal = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_.,:@+=/-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }).join("");

/** What the SDK threw. Its own error stays out of this one: it would print the key. */
function failure(error: unknown): PithyImageError {
  if (error instanceof PithyImageError) return error;
  const { message = String(error), statusCode: status } = Object(error) as { message?: string; statusCode?: number };
  if (status !== undefined) return refusal({ status, data: { message }, headers: {} }, "start the task");
  return PithyImageError.failure(
    "network",
    `The task could not be started: ${message}.`,
    "Look whether the sandbox runs.",
    {
      retryable: true,
      reason: message,
    },
  );
}
