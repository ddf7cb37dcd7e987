/**
 * What a sandbox from a lock costs in production, counted in processes of their own.
 */
import { describe, expect, type onTestFinished, test } from "vitest";
import { asked, bound, LOCK, ready } from "./bound.ts";
import { run, runNode } from "./run.ts";
import { SDKS } from "./sdks.ts";

/** Counts the calls of the file system below Node's own modules, so that no way to a file is missed. */
const COUNTED = `
const calls = [];
const count = (holder, kind) => {
  for (const name of Object.keys(holder)) {
    const real = holder[name];
    if (typeof real !== "function" || real.prototype?.constructor === real && /^[A-Z]/.test(name)) continue;
    try {
      holder[name] = function (...args) {
        calls.push({ what: kind + "." + name, of: String(args[0]), stack: new Error().stack });
        return Reflect.apply(real, this, args);
      };
    } catch {} // a getter of Node's
  }
};
const { default: fs } = await import("node:fs");
count(fs, "fs");
count(fs.promises, "fs.promises");
count(process.binding("fs"), "binding");
count(WebAssembly, "WebAssembly");
const dlopen = process.dlopen;
process.dlopen = (...args) => { calls.push({ what: "dlopen", of: args[1] }); return dlopen.apply(process, args); };
const report = () => process.report.getReport().sharedObjects.filter((path) => path.endsWith(".node"));
const addons = report().length;

if (!options.isFirst) {
  await daytona.get("warm-up").catch(() => {});
  await fetch(apiUrl).catch(() => {});
  calls.length = 0;
}

fs.existsSync("/");
const proof = calls.splice(0);
const { lock, ttlMinutes } = options;
const sandbox = await createSandbox({ lock, ttlMinutes });
const made = calls.splice(0);
console.log(JSON.stringify({ proof, made, addons: report().length - addons, state: sandbox.state }));
`;

interface Called {
  readonly what: string;
  readonly of: string;
  readonly stack?: string;
}

/** What others load at the first request of a process: the SDK's HTTP client its module for debugging, Node its `fetch`. */
const isOfOthers = ({ what, of, stack = "" }: Called): boolean =>
  (what === "fs.realpathSync" &&
    /\/node_modules\/(?:debug|ms)\//.test(of) &&
    stack.includes("node:internal/modules/cjs/loader")) ||
  (what.startsWith("WebAssembly.") && stack.includes("node:internal/deps/undici"));

describe.concurrent.each(SDKS)("$name", (sdk) => {
  const measured = async (isFirst: boolean, finished: typeof onTestFinished) => {
    const setting = await bound(sdk, finished);
    await ready(setting);
    const options = { lock: LOCK, ttlMinutes: 30, isFirst };
    const ended = await run(setting, { sdk, body: COUNTED, options });
    expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Error") });
    const { proof, ...rest } = JSON.parse(ended.stdout.trim().split("\n").at(-1) ?? "") as {
      readonly proof: readonly Called[];
      readonly made: readonly Called[];
    };
    expect(proof.map(({ what }) => what)).toEqual(
      expect.arrayContaining(["fs.existsSync", expect.stringMatching(/^binding\./)]),
    );
    return { ...rest, asked: asked(setting) };
  };
  const COMMON = { addons: 0, state: "started" };
  const ASKED = ["POST /sandbox", expect.stringMatching(/^GET \/sandbox\/[^/]+$/)];

  test("a request and a look make a sandbox from a lock: no file, no addon, no WebAssembly", async ({
    onTestFinished,
  }) => {
    const { asked, ...measures } = await measured(false, onTestFinished);
    expect(measures).toEqual({ ...COMMON, made: [] });
    expect(asked.slice(2)).toEqual(ASKED);
  });

  test("so it is at the first request of a process, except for what the SDK and Node load then", async ({
    onTestFinished,
  }) => {
    const { asked, made, ...measures } = await measured(true, onTestFinished);
    expect(measures).toEqual(COMMON);
    expect(made.filter((call) => !isOfOthers(call))).toEqual([]);
    expect(asked).toEqual(ASKED);
  });
});

/** Bytes of all modules that importing a package loads. How long that takes, the benchmark says. */
async function loadedBy(name: string): Promise<number> {
  const text = `require(${JSON.stringify(name)});
    const { statSync } = require("node:fs");
    console.log(Object.keys(require.cache).reduce((sum, path) => sum + statSync(path).size, 0));`;
  const config = { apiKey: "", apiUrl: "", target: "", useDeprecatedPolling: true } as const;
  const { code, stdout, stderr } = await runNode({ config }, ["--input-type=commonjs", "--eval", text]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return Number(stdout);
}

test.each(["sdk-0115", "sdk-latest", "sdk-daytona"])("importing it loads less than a thirteenth of %s", async (sdk) => {
  const [ours, theirs] = await Promise.all([loadedBy("pithy-image/daytona"), loadedBy(sdk)]);

  expect(ours).toBeGreaterThan(10_000);
  expect(ours * 13).toBeLessThan(theirs);
});
