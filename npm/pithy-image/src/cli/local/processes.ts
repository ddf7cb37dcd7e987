/** Programs of this machine. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { whenAborted } from "../../shared/abort.ts";
import { Lines } from "./build-event.ts";

/** What a program printed and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without input; the terminal's Ctrl-C does not reach it. Rejects if it cannot be started. */
export async function run(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Outcome> {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    detached: process.platform !== "win32",
  });
  const ended = codeOf(child);
  const [code, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)]);
  return { code, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** How a program that reads a build context is run. */
export interface Fed {
  readonly input: ReadableStream<Uint8Array>;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** What ends the program when the signal is aborted. */
  readonly end: "SIGTERM" | "SIGKILL";
  /** Called with each line of its output; it waits for it. */
  onLine(line: string): Promise<void>;
}

/**
 * Runs a program with an input, and returns its exit code. It has a process group of its own: the terminal's Ctrl-C does not reach
 * it, and when the signal is aborted all of it is ended, and waited for.
 */
export async function feed(
  program: string,
  args: readonly string[],
  { input, env, signal, end: how, onLine }: Fed,
): Promise<number> {
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
    detached: process.platform !== "win32",
  });
  const ended = codeOf(child);
  const unlink = whenAborted(signal, () => end(child, how));
  const killAll = () => killGroup(child);
  process.once("exit", killAll);
  try {
    const feeding = pipeline(Readable.fromWeb(input as never), child.stdin, { signal }).catch(unlessClosed);
    feeding.catch(killAll); // what it has is not whole
    await Promise.all([readLines(child.stdout, onLine), readLines(child.stderr, onLine)]);
    const code = await ended;
    signal.throwIfAborted();
    await feeding;
    return code;
  } finally {
    unlink();
    process.off("exit", killAll);
  }
}

/** A reader that needs no more is not an error: it says itself why. */
export function unlessClosed(error: NodeJS.ErrnoException): void {
  if (!["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"].includes(error.code ?? "")) throw error;
}

async function readLines(stream: Readable, onLine: (line: string) => Promise<void>): Promise<void> {
  const lines = new Lines();
  for await (const bytes of stream) for (const line of lines.take(bytes)) await onLine(line);
  for (const line of lines.take()) await onLine(line);
}

/**
 * Ends a program. Podman and Buildah die of a signal before they have ended their container, which goes on; when the container is
 * killed, they fail, and remove what they made. Docker's containers are not below its program.
 */
function end(child: ChildProcess, signal: Fed["end"] = "SIGTERM"): void {
  if (!isRunning(child)) return;
  const { pid, group, containers } = familyOf(child.pid);
  for (const each of containers) kill(each, "SIGKILL");
  if (containers.length === 0) kill(group === pid ? -pid : pid, signal);
}

const isRunning = (child: ChildProcess): child is ChildProcess & { readonly pid: number } =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** Ends a program and what it started, at once. */
function killGroup(child: ChildProcess): void {
  if (isRunning(child)) kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/** A process, its group, and the processes below it that have left that. */
function familyOf(head: number): { pid: number; group: number | undefined; containers: number[] } {
  const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid=,pgid="], { encoding: "utf8" });
  const lines = (stdout ?? "").trim().split("\n");
  const all = lines.map((line) => line.trim().split(/\s+/).map(Number) as [pid: number, parent: number, group: number]);
  const below = new Set([head]);
  // A parent may have a larger number than its child.
  for (let size = 0; size < below.size; ) {
    size = below.size;
    for (const [pid, parent] of all) if (below.has(parent)) below.add(pid);
  }
  const own = all.find(([pid]) => pid === head)?.[2];
  const containers = all.flatMap(([pid, , group]) => (below.has(pid) && group !== own ? [pid] : []));
  return { pid: head, group: own, containers };
}

/** Runs a program with the terminal, or with what stands in for it, and returns its exit code. */
export async function attach(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: "inherit" | "ignore",
  signal?: AbortSignal,
): Promise<number> {
  const child = spawn(program, args, { stdio: [input, "inherit", "inherit"], env: { ...process.env, ...env } });
  const unlink = whenAborted(signal, () => end(child));
  return codeOf(child).finally(unlink);
}

/** The exit code of a program; as a shell has it, if a signal ended it. */
const codeOf = (child: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? 128 + (SIGNALS[signal ?? "SIGKILL"] ?? 9)));
  });

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
