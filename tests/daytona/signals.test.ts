/**
 * One signal may end any number of calls at once: nothing warns, nothing stays on it, and the process ends by itself.
 */
import { getEventListeners } from "node:events";
import { writeSync } from "node:fs";
import { expect, test } from "vitest";
import { bound, failureOf, LOCK, ready } from "./bound.ts";
import { BRIEF_PACE } from "./build.ts";
import { daytona } from "./calls.ts";
import { Gate } from "./gate.ts";
import { run } from "./run.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const NEWEST = SDKS[2] as Sdk;

/** Its body finds one signal, and prints what is on it. */
const PROGRAM = `
  const { getEventListeners } = await import("node:events");
  const { Image } = await import("pithy-image");
  const stop = new AbortController();
  const { signal } = stop;
  const listeners = () => getEventListeners(signal, "abort").length;
  const print = (what) => console.log(JSON.stringify(what));
`;

test("300 calls at once have one listener on their signal, and none afterwards", async ({ onTestFinished }) => {
  const setting = await daytona(onTestFinished);
  await ready(setting);
  setting.api.pace = { ...BRIEF_PACE, create: 0, start: 0, remove: 0 };
  const body = `${PROGRAM}
    const image = Image.base("debian:12").addFile("/file", "x".repeat(3_000));
    const common = { ttlMinutes: 1, signal, onLog: () => {} };
    const of = (i) => (i % 3 ? { lock: options.lock } : { image });
    const calls = Array.from({ length: 300 }, (_, i) => createSandbox({ ...of(i), ...common }));
    const files = Array.from({ length: 30 }, () => image.resolve({ signal }));
    const during = listeners();
    await Promise.all([...calls, ...files]);
    print({ during, after: listeners() });
    const more = Array.from({ length: 300 }, () => createSandbox({ image, ...common }));
    setTimeout(() => stop.abort(), 20);
    const ends = await Promise.allSettled(more);
    print({ aborted: ends.filter(({ reason }) => reason?.code === "aborted").length > 0, after: listeners() });`;

  const ended = await run(setting, { sdk: NEWEST, body, options: { lock: LOCK } });

  expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Warning: Possible") });
  expect(
    ended.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { during: 1, after: 0 },
    { aborted: true, after: 0 },
  ]);
});

test("calls that fail while others begin leave these their one listener", async ({ onTestFinished }) => {
  const setting = await bound(NEWEST, onTestFinished);
  await ready(setting);
  const { signal } = new AbortController();
  const begin = (more = {}) => setting.createSandbox({ lock: LOCK, ttlMinutes: 5, signal, ...more });
  const onCreated = () => Promise.reject(new Error("stop"));
  const held = new Gate();
  const gates = Array.from({ length: 5 }, () => new Gate());
  onTestFinished(() => [held, ...gates].forEach(({ open }) => void open()));
  const errors = [];
  for (const { until, arrived } of gates) {
    setting.api.fail({ answer: { method: "DELETE", until } });
    errors.push(await failureOf(begin({ onCreated })));
    await arrived;
  }
  setting.api.fail({ answer: { method: "POST", path: "/sandbox", until: held.until, times: gates.length } });
  const listeners: number[] = [];
  const others: Promise<unknown>[] = [];
  for (const [i, { open }] of gates.entries()) {
    others.push(begin());
    open();
    await errors[i]?.cleanedUp;
    await setting.time.quiet(); // by now the failed call has ended
    listeners.push(getEventListeners(signal, "abort").length);
  }

  expect(listeners).toEqual(gates.map(() => 1));
  held.open();
  await Promise.all(others);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("memory stays flat over 10,000 calls with one signal", async ({ onTestFinished }) => {
  const setting = await daytona(onTestFinished);
  await ready(setting);
  setting.api.pace = { ...BRIEF_PACE, create: 0, start: 0, remove: 0 };
  const body = `${PROGRAM}
    const { ensureSnapshot } = pithy.pithyDaytona({ daytona, Image: sdk.Image, clock });
    const sizes = [];
    for (let round = 0; round < 10; round++) {
      for (let batch = 0; batch < 20; batch++) {
        await Promise.all(Array.from({ length: 50 }, () => ensureSnapshot(options.lock, { signal })));
      }
      gc();
      sizes.push(process.memoryUsage().heapUsed);
    }
    print({ sizes, after: listeners() });`;

  const ended = await run(setting, { sdk: NEWEST, body, options: { lock: LOCK }, flags: ["--expose-gc"] });

  expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Warning: Possible") });
  const { sizes, after }: { sizes: number[]; after: number } = JSON.parse(ended.stdout);
  expect(after).toBe(0);
  const [early = 0, late = 0] = [sizes[2], sizes.at(-1)];
  expect((late - early) / early).toBeLessThan(0.1);
  writeSync(2, `10,000 calls, one signal: heap ${sizes.map((size) => (size / 2 ** 20).toFixed(1)).join(", ")} MiB\n`);
});
