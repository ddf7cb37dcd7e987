/** Programs in processes of their own, with the stand-in in their environment. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { clientEnv, type DaytonaFixture } from "./fixture.ts";
import type { Sdk } from "./sdks.ts";

/** How a process ended; one that did not end by itself was killed, and has no code. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program over our calls and an SDK: its body finds `createSandbox`, `LOCK` and `options`. */
export interface Program {
  readonly sdk: Pick<Sdk, "alias" | "format">;
  readonly body: string;
  /** What it is told, as JSON can hold it. */
  readonly options?: object;
  readonly flags?: readonly string[];
  /** Milliseconds until it is killed. */
  readonly timeout?: number;
}

const load = ({ alias, format }: Program["sdk"]): string =>
  format === "cjs"
    ? `const { createRequire } = await import("node:module");
       const require = createRequire(process.cwd() + "/");
       const [sdk, pithy] = [require("${alias}"), require("pithy-image/daytona")];`
    : `const [sdk, pithy] = [await import("${alias}"), await import("pithy-image/daytona")];`;

/** Runs a program to its end. */
export function run(fixture: DaytonaFixture, { sdk, body, options = {}, flags = [], timeout = 60_000 }: Program) {
  const text = `${load(sdk)}
    const { apiUrl, apiKey, target } = ${JSON.stringify(fixture.config)};
    const daytona = new sdk.Daytona({ apiUrl, apiKey, target, useDeprecatedPolling: true });
    const { createSandbox } = pithy.pithyDaytona({ daytona, Image: sdk.Image, pollInterval: 20 });
    const options = ${JSON.stringify(options)};
    ${body}`;
  return new Promise<Ended>((resolve, reject) => {
    const child = spawn(process.execPath, [...flags, "--input-type=module", "--eval", text], {
      cwd: fileURLToPath(new URL(".", import.meta.url)),
      env: clientEnv(fixture),
      stdio: ["ignore", "pipe", "pipe"],
      timeout,
      killSignal: "SIGKILL",
    });
    const [stdout, stderr]: Buffer[][] = [[], []];
    child.stdout.on("data", (part: Buffer) => stdout?.push(part));
    child.stderr.on("data", (part: Buffer) => stderr?.push(part));
    const textOf = (parts: Buffer[] = []) => Buffer.concat(parts).toString();
    child.on("error", reject).on("close", (code) => resolve({ code, stdout: textOf(stdout), stderr: textOf(stderr) }));
  });
}
