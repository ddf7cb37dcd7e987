/** Programs in processes of their own, with the stand-in in their environment. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { clientEnv, type DaytonaFixture } from "./fixture.ts";
import type { Sdk } from "./sdks.ts";

/** Milliseconds after which a process hangs, and is killed. */
const HANGS = 600_000;

/** How a process ended; one that did not end by itself was killed, and has no code. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  /** The directory; that of these tests when not given. */
  readonly cwd?: string;
  /** Variables beside those of the stand-in; one that is undefined is taken away. */
  readonly env?: NodeJS.ProcessEnv;
  /** Kills it when aborted. */
  readonly signal?: AbortSignal;
}

/** A program over our calls and an SDK: its body finds `createSandbox` and `options`. */
export interface Program extends Pick<Surroundings, "signal"> {
  readonly sdk: Pick<Sdk, "alias" | "format">;
  readonly body: string;
  /** What it is given, as JSON can hold it. */
  readonly options?: object;
  readonly flags?: readonly string[];
}

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Runs Node with the stand-in in its environment. */
export function runNode(
  fixture: Pick<DaytonaFixture, "config">,
  args: readonly string[],
  { cwd = HERE, env = {}, signal }: Surroundings = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...clientEnv(fixture), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: HANGS,
      killSignal: "SIGKILL",
    });
    signal?.addEventListener("abort", () => child.kill("SIGKILL"));
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

const load = ({ alias, format }: Program["sdk"]): string =>
  format === "cjs"
    ? `const { createRequire } = await import("node:module");
       const require = createRequire(process.cwd() + "/");
       const [sdk, pithy] = [require("${alias}"), require("pithy-image/daytona")];`
    : `const [sdk, pithy] = [await import("${alias}"), await import("pithy-image/daytona")];`;

/** Runs a program to its end. */
export function run(fixture: Pick<DaytonaFixture, "config">, { sdk, body, options = {}, flags = [], signal }: Program) {
  const text = `${load(sdk)}
    const { apiUrl, apiKey, target } = ${JSON.stringify(fixture.config)};
    const daytona = new sdk.Daytona({ apiUrl, apiKey, target, useDeprecatedPolling: true });
    const after = (milliseconds, done) => {
      const timer = setTimeout(done, Math.min(milliseconds, 2 ** 31 - 1));
      return () => clearTimeout(timer);
    };
    // Pauses are short, and limits long: on a busy machine nothing reaches them.
    const begin = Date.now();
    const now = () => begin + 20 * (Date.now() - begin);
    const clock = { now, pause: (milliseconds, done) => after(milliseconds / 20, done), limit: after };
    const { createSandbox } = pithy.pithyDaytona({ daytona, Image: sdk.Image, clock });
    const options = ${JSON.stringify(options)};
    ${body}`;
  return runNode(fixture, [...flags, "--input-type=module", "--eval", text], signal ? { signal } : {});
}
