/**
 * What a sandbox from a lock costs in production, counted in processes of their own.
 */
import { describe, expect, test } from "vitest";
import { asked, bound, LOCK, ready } from "./bound.ts";
import { run } from "./run.ts";
import { SDKS } from "./sdks.ts";

/** Counts the calls of the file system below Node's own modules, so that no way to a file is missed. */
const COUNTED = `
const calls = [];
const count = (holder, kind) => {
  for (const name of Object.keys(holder)) {
    const real = holder[name];
    if (typeof real !== "function" || real.prototype?.constructor === real && /^[A-Z]/.test(name)) continue;
    try {
      holder[name] = function (...args) { calls.push(kind + "." + name); return Reflect.apply(real, this, args); };
    } catch {} // a getter of Node's
  }
};
const { default: fs } = await import("node:fs");
count(fs, "fs");
count(fs.promises, "fs.promises");
count(process.binding("fs"), "binding");
count(WebAssembly, "WebAssembly");
const dlopen = process.dlopen;
process.dlopen = (...args) => { calls.push("dlopen"); return dlopen.apply(process, args); };
const report = () => process.report.getReport().sharedObjects.filter((path) => path.endsWith(".node"));
const addons = report().length;

// The HTTP client of the SDK loads parts of itself at its first request, and so does Node.
await daytona.get("warm-up").catch(() => {});
await fetch(apiUrl).catch(() => {});
calls.length = 0;

fs.existsSync("/");
const proof = calls.splice(0);
const sandbox = await createSandbox(options);
const made = calls.splice(0);
console.log(JSON.stringify({ proof, made, addons: report().length - addons, state: sandbox.state }));
`;

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("one request makes a sandbox from a lock: no file, no addon, no WebAssembly", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    await ready(setting);

    const ended = await run(setting, { sdk, body: COUNTED, options: { lock: LOCK, ttlMinutes: 30 } });

    expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Error") });
    expect(JSON.parse(ended.stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      proof: expect.arrayContaining(["fs.existsSync", expect.stringMatching(/^binding\./)]),
      made: [],
      addons: 0,
      state: "started",
    });
    expect(asked(setting).slice(2)).toEqual(["POST /sandbox"]);
  });
});
