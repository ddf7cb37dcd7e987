/** Programs: run to their end, or as servers that end with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What the environment of this process must not decide for an application's. */
const OURS = /^(NODE_(?!EXTRA_CA_CERTS)|VITEST|PITHY_IMAGE_|FORCE_COLOR|__NEXT|npm_)/;
const QUIET = { NO_COLOR: "1", CI: "1", NEXT_TELEMETRY_DISABLED: "1" };

/** Milliseconds after which something hangs: on a busy machine a build takes many times as long as on an idle one. */
export const HANGS = 1_200_000;

/** What a program wrote. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ChildProcess;
  /** What it has written by now. */
  readonly output: { stdout: string; stderr: string };
}

export type Environment = Readonly<Record<string, string>>;

function start([command, ...args]: Command, cwd: string, env: Environment = {}): Started {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
  const child = spawn(command, args, {
    cwd,
    env: { ...inherited, ...QUIET, ...env },
    stdio: ["pipe", "pipe", "pipe"], // esbuild serves until its input ends
    detached: true, // a group of its own, which is stopped as a whole
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  return { child, output };
}

/** Ends a program with all that it started. */
function kill({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // all of it has ended by itself
  }
}

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** Runs a program to its end. That it fails is an error with all it wrote. */
export async function run(command: Command, cwd: string, env?: Environment): Promise<Output> {
  const { child, output } = start(command, cwd, env);
  const timer = setTimeout(() => kill(child), HANGS);
  const [code] = await once(child, "close").finally(() => clearTimeout(timer));
  if (code !== 0) throw new Error(report(command, `ended with ${code}`, output));
  return output;
}

const report = (command: Command, what: string, { stdout, stderr }: Output): string =>
  `\`${command.join(" ")}\` ${what}:\n${stdout}\n${stderr}`;

/** A server that runs. */
export interface Server {
  readonly url: string;
  /** What it has written by now. */
  readonly output: Output;
  stop(): Promise<void>;
}

/** Starts a server on a free port, and waits until it answers. */
export async function serve(command: (port: string) => Command, cwd: string, env?: Environment): Promise<Server> {
  const port = await freePort();
  const line = command(port);
  const { child, output } = start(line, cwd, { ...env, PORT: port, HOSTNAME: "127.0.0.1" });
  const url = `http://127.0.0.1:${port}`;
  const closed = once(child, "close");
  const stop = async () => {
    kill(child);
    await closed;
  };
  try {
    await answering(url, child);
  } catch (error) {
    await stop();
    throw new Error(report(line, "does not answer", output), { cause: error });
  }
  return { url, output, stop };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return String(address.port);
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const hangs = AbortSignal.timeout(HANGS);
  for (;;) {
    try {
      await fetch(url, { method: "HEAD", signal: hangs });
      return;
    } catch (error) {
      if (child.exitCode !== null || hangs.aborted) throw error;
      await sleep(100);
    }
  }
}
