import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PithyImageError } from "pithy-image";
import { onTestFinished } from "vitest";

/** This directory. */
export const HERE = dirname(fileURLToPath(import.meta.url));

/** The top of the repository. */
export const TOP = dirname(dirname(HERE));

/** The program of the command line. */
export const CLI = join(TOP, "npm/pithy-image/bin/pithy-image.mjs");

/** A program of the workspace's dependencies. */
export const tool = (name: string): string => join(TOP, "node_modules/.bin", name);

/** Writes files, by their paths below a directory; a name that ends with `/` is an empty directory. */
export function write(directory: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(path, content);
  }
  return directory;
}

function temporary(prefix: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = realpathSync(mkdtempSync(prefix));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return write(directory, files);
}

/** A directory with these files, which lives as long as the test. */
export const files = (content: Readonly<Record<string, string | Uint8Array>> = {}): string =>
  temporary(join(tmpdir(), "pithy-image-test-"), content);

/** The same, below this workspace: a module in it finds the packages that are installed. */
export const modules = (content: Readonly<Record<string, string>>): string => temporary(join(HERE, ".tmp-"), content);

/** Makes a file executable. */
export const executable = (path: string): void => chmodSync(path, 0o755);

/** What a process did. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs Node. */
export const node = (args: readonly string[], options?: Parameters<typeof run>[2]): Promise<Outcome> =>
  run(process.execPath, args, options);

/** Runs git, as somebody. */
export const git = (cwd: string, ...args: string[]): Buffer =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t.invalid", ...args], { cwd, stdio: "pipe" });

/** The result of a command with `--json`. */
export const resultOf = <Result>({ stdout }: Pick<Outcome, "stdout">): Result =>
  (JSON.parse(stdout) as { result: Result }).result;

/** The error that a call throws; that there is none is an error, too. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** The error of ours that a call throws. */
export function errorOf(call: () => unknown): PithyImageError {
  const error = thrownBy(call);
  if (error instanceof PithyImageError) return error;
  throw error;
}

/** What a promise is rejected with. */
export const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error("it was not rejected")),
    (error: unknown) => error,
  );

/** Code and path of each problem. */
export const problemsOf = (error: PithyImageError): { code: string; path: string }[] =>
  error.problems.map(({ code, path }) => ({ code, path }));

/** The warnings that come while `work` runs; they are not printed. */
export async function warnings(work: () => unknown): Promise<Error[]> {
  const caught: Error[] = [];
  const others = process.listeners("warning");
  process.removeAllListeners("warning");
  const listener = (warning: Error) => void caught.push(warning);
  process.on("warning", listener);
  try {
    await work();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("warning", listener);
    for (const other of others) process.on("warning", other);
  }
  return caught;
}
