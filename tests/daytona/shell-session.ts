/**
 * Sessions of a sandbox, with real shells of this machine: what the daemon does with a command, in its own words.
 *
 * A session is one shell, which runs its commands one after the other. What a command prints gets, line by line, the mark of
 * its stream, and a command has ended when everybody has closed its output. Then its exit code is known. Lines are kept whole:
 * the last one gets its newline, and NULs are lost, as with the `read` of a shell.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { CommandResult } from "./faults.ts";

/** What stands before each line of a log. */
export const MARKS = { stdout: Buffer.from([1, 1, 1]), stderr: Buffer.from([2, 2, 2]) };

/** Milliseconds between two looks at a process. */
const LOOK = 2;

/** Where a shell runs. */
export interface Surroundings {
  /** Its directory, which is removed with it. */
  readonly directory: string;
  readonly env: Record<string, string>;
}

/** One command of a session. */
export interface SessionCommand {
  readonly id: string;
  readonly command: string;
  /** The file of its output, with marks. */
  readonly log: string;
  /** Its exit code, once it has ended. */
  readonly exitCode: number | undefined;
}

/** A shell that runs commands. */
export class ShellSession {
  readonly sessionId: string;
  readonly commands: SessionCommand[] = [];
  readonly #directory: string;
  readonly #shell: ChildProcess;
  readonly #readers: ChildProcess[] = [];

  constructor(sessionId: string, { directory, env }: Surroundings) {
    this.sessionId = sessionId;
    this.#directory = directory;
    this.#shell = spawn("sh", { stdio: ["pipe", "ignore", "ignore"], cwd: directory, env, detached: true });
    // It outlives what ends its commands, so that it can be seen whether they have ended.
    this.#write("trap : HUP INT TERM");
  }

  /** Has the shell run a command, after those before it. One that is not waited for reads what never comes. */
  start(id: string, command: string, isWaitedFor: boolean): SessionCommand {
    const at = (name: string) => join(this.#directory, id, name);
    mkdirSync(at(""));
    writeFileSync(at("command"), command);
    const pipes = [at("stdout"), at("stderr"), at("stdin")];
    spawnSync("mkfifo", pipes);
    const log = openSync(at("log"), "a");
    const open = { readers: 2 };
    for (const stream of ["stdout", "stderr"] as const) {
      const reader = spawn("cat", [at(stream)], { stdio: ["ignore", "pipe", "ignore"] });
      this.#readers.push(reader);
      const label = new Labels(log, MARKS[stream]);
      reader.stdout
        .on("data", (chunk: Buffer) => label.take(chunk))
        .on("close", () => {
          label.end();
          open.readers -= 1;
          if (open.readers === 0) closeSync(log);
        });
    }
    const input = isWaitedFor ? "</dev/null" : `<>'${at("stdin")}'`;
    this.#write(`{ . '${at("command")}'; } ${input} >'${at("stdout")}' 2>'${at("stderr")}'; echo $? >'${at("code")}'`);
    const started = {
      id,
      command,
      log: at("log"),
      get exitCode() {
        const code = open.readers === 0 && existsSync(at("code")) ? readFileSync(at("code"), "utf8") : "";
        return code.endsWith("\n") ? Number(code) : undefined;
      },
    };
    this.commands.push(started);
    return started;
  }

  /** A command that comes to what a test has arranged, and is not run. */
  pretend(id: string, command: string, { exitCode, output = "" }: CommandResult): SessionCommand {
    const log = join(this.#directory, `${id}.log`);
    writeFileSync(log, output.replace(/^/gm, MARKS.stdout.toString()));
    const pretended = { id, command, log, exitCode };
    this.commands.push(pretended);
    return pretended;
  }

  /** Ends everything that the shell has started: asks first, and kills what is left after a time. */
  async end(grace: number): Promise<void> {
    const { pid = 0 } = this.#shell;
    const signal = (name: NodeJS.Signals) => {
      for (const target of [-pid, ...descendants(pid)]) send(target, name);
    };
    signal("SIGTERM");
    for (let waited = 0; waited < grace && descendants(pid).length > 0; waited += LOOK) await delay(LOOK);
    signal("SIGKILL");
    for (const reader of this.#readers) reader.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #write(line: string): void {
    this.#shell.stdin?.on("error", () => {}).write(`${line}\n`); // it may have ended itself
  }
}

/** Waits until a command has ended. */
export async function ended(command: SessionCommand): Promise<number> {
  for (;;) {
    if (command.exitCode !== undefined) return command.exitCode;
    await delay(LOOK);
  }
}

/** Writes lines to a log, each behind a mark. */
class Labels {
  readonly #log: number;
  readonly #mark: Buffer;
  #line: Buffer[] = [];

  constructor(log: number, mark: Buffer) {
    this.#log = log;
    this.#mark = mark;
  }

  take(chunk: Buffer): void {
    const bytes = chunk.includes(0) ? Buffer.from(chunk.filter((byte) => byte !== 0)) : chunk;
    const lines: Buffer[] = [];
    let place = 0;
    for (let end = bytes.indexOf("\n"); end >= 0; end = bytes.indexOf("\n", place)) {
      lines.push(this.#mark, ...this.#line, bytes.subarray(place, end + 1));
      this.#line = [];
      place = end + 1;
    }
    if (place < bytes.length) this.#line.push(bytes.subarray(place));
    if (lines.length > 0) writeSync(this.#log, Buffer.concat(lines));
  }

  end(): void {
    if (this.#line.length > 0) this.take(Buffer.from("\n"));
  }
}

/** All processes below one. */
function descendants(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
  return children.flatMap((child) => [...descendants(child), child]);
}

/** Whether a process runs: one that has ended may still have an entry. */
export const isRunning = (pid: string): boolean => /^State:\s+[^Z]/m.test(read(`/proc/${pid}/status`));

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it has ended
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // It has ended.
  }
}
