/**
 * Many calls of `createSandbox` while chance makes things go wrong: each settles, says what is left, and leaves no more.
 */
import { writeSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { Image, PithyDaytonaError } from "pithy-image";
import { expect, type onTestFinished, test } from "vitest";
import { type Bound, bound, LOCK, ready, remains } from "./bound.ts";
import { BRIEF_PACE } from "./build.ts";
import { daytona, eventually } from "./calls.ts";
import { CHAOS_FAULTS, EVERY_FAULT } from "./faults.ts";
import { run } from "./run.ts";
import { SDKS, type Sdk } from "./sdks.ts";

/** Of each SDK. */
const CALLS = 100;
const AT_ONCE = 10;
/** Calls from one outage of the network to the next. */
const OUTAGE = 20;
const SEED = 5;
const TTL = { ttlMinutes: 30 };
const AT_ONCE_PACE = { ...BRIEF_PACE, create: 0, start: 0, remove: 0 };

const LATEST = SDKS.find(({ alias, format }) => alias === "sdk-latest" && format === "esm") as Sdk;

/** A Daytona with the snapshot of the lock. */
async function withSnapshot(sdk: Sdk, finished: typeof onTestFinished): Promise<Bound> {
  const setting = await bound(sdk, finished);
  await ready(setting);
  return setting;
}

/** What Daytona still has when all that has an end is over. */
function afterTheirEnd({ api }: Pick<Bound, "api">): string[] {
  api.time.pass((TTL.ttlMinutes + 1) * 60_000);
  return remains({ api });
}

/** How often each text is there. */
const counted = (texts: readonly string[]): string[] =>
  [...new Set(texts)].map((text) => `${texts.filter((other) => other === text).length} ${text}`);

/** Has uploads go wrong at every fourth call, and the network at every twentieth. */
async function disturb({ api, s3 }: Bound, call: number): Promise<void> {
  if (call % 4 === 0) s3.fail(call % 8 ? { after: 512 } : { status: 503 });
  if (call % OUTAGE === 10) await api.pause().then(() => api.resume());
}

/** Stops every third call somewhere on its way, at its beginning at the earliest. */
function signalOf(call: number): AbortSignal {
  const stop = new AbortController();
  const stopLater = async () => {
    for (let turns = 0; turns < (call * 7) % 40; turns++) await turn();
    stop.abort();
  };
  if (call % 3 === 0) void stopLater();
  return stop.signal;
}

/** Calls that make sandboxes, and what happened to them. */
class Calls {
  readonly kept: string[] = [];
  readonly errors: unknown[] = [];
  /** What may be left behind, as errors say. */
  readonly told: string[] = [];
  readonly #setting: Bound;

  constructor(setting: Bound) {
    this.#setting = setting;
  }

  /** Makes one of an image that has so much in a file, or of the lock. */
  async make(content?: string, signal?: AbortSignal): Promise<void> {
    const image = content && Image.base("debian:12-slim").addFile("/etc/motd", content);
    const of = image ? { image, onLog: () => {} } : { lock: LOCK };
    await this.#setting
      .createSandbox({ ...of, ...TTL, signal })
      .then(({ id }) => this.kept.push(id))
      .catch(async (error) => {
        this.errors.push(error);
        const { leftBehind } = await Object(error).cleanedUp;
        if (leftBehind) this.told.push(leftBehind);
      });
  }
}

/** Has each kind of fault happen, to calls one after the other, so that no other call gets in between. */
async function sufferEach({ api, s3 }: Bound, calls: Calls): Promise<void> {
  const make = () => calls.make(crypto.randomUUID().padEnd(2_000, "x"));
  for (const fault of EVERY_FAULT) {
    api.fail(fault);
    while (api.faults.left > 0) await make();
  }
  s3.fail({ after: 512 });
  while (s3.faulted.cut === 0) await make();
  s3.fail({ status: 503 });
  while (s3.faulted.refused === 0) await make();
}

/** Makes many at once, of the lock and of images in turn, as chance has it. */
async function sufferChance(setting: Bound, calls: Calls): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < CALLS) {
      const call = next++;
      await disturb(setting, call);
      await calls.make(call % 2 ? undefined : "x".repeat(2_000 + (call % 40)), signalOf(call));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

test(`${CALLS * SDKS.length} calls under faults leave nothing that no error tells of`, async ({ onTestFinished }) => {
  const each = SDKS.map(async (sdk, index) => {
    const setting = await withSnapshot(sdk, onTestFinished);
    const { api, s3 } = setting;
    const calls = new Calls(setting);
    await sufferEach(setting, calls);
    const before = calls.kept.length + calls.errors.length;
    api.chaos({ seed: SEED + index, rate: 0.15, faults: CHAOS_FAULTS });
    await sufferChance(setting, calls);
    api.chaos(undefined);
    await setting.time.quiet();
    setting.time.pass(api.pace.remove);

    const { kept, errors, told } = calls;
    expect(kept.length + errors.length - before).toBe(CALLS);
    expect(Math.min(kept.length, errors.length), "calls end both ways").toBeGreaterThan(0);
    expect(errors.filter((error) => !(error instanceof PithyDaytonaError) || !error.code)).toEqual([]);
    const left = api.sandboxes.filter(({ gone, id }) => !gone && !kept.includes(id));
    expect(left.filter(({ id, name }) => !told.some((text) => text.includes(id) || text.includes(name)))).toEqual([]);
    expect(afterTheirEnd(setting)).toEqual([]);
    const counts = [
      `${kept.length} sandboxes`,
      ...counted((errors as PithyDaytonaError[]).map(({ code }) => `${code}`)),
    ];
    const faults = EVERY_FAULT.length + api.faults.happened + s3.faulted.cut + s3.faulted.refused + CALLS / OUTAGE;
    writeSync(
      2,
      `${sdk.name}, ${before} + ${CALLS} calls, seed ${SEED + index}: ${counts.join(", ")}; left behind and reported: ${told.length}; ${faults} faults\n`,
    );
  });
  await Promise.all(each);
});

test("what a killed process leaves is gone when its time is over", async ({ onTestFinished }) => {
  const setting = await daytona(onTestFinished);
  await ready(setting);
  const body = `const make = async () => { for (;;) await createSandbox({ lock: options.lock, ttlMinutes: 30 }).catch(() => {}); };
    await Promise.all(Array.from({ length: 10 }, make));`;
  const kill = new AbortController();
  const program = { sdk: LATEST, body, options: { lock: LOCK }, signal: kill.signal };
  const ended = [run(setting, program), run(setting, program)];

  await eventually(() => expect(remains(setting).length).toBeGreaterThan(20));
  kill.abort();

  expect(await Promise.all(ended)).toMatchObject([{ code: null }, { code: null }]);
  expect(afterTheirEnd(setting)).toEqual([]);
});

test("memory stays flat over 2,500 calls that are stopped, and the process ends", async ({ onTestFinished }) => {
  const setting = await daytona(onTestFinished);
  await ready(setting);
  setting.api.pace = AT_ONCE_PACE;
  const body = `const sizes = [];
    for (let round = 0; round < 10; round++) {
      for (let batch = 0; batch < 10; batch++) {
        await Promise.all(Array.from({ length: 25 }, async (_, i) => {
          const stop = new AbortController();
          const abort = () => stop.abort();
          const made = createSandbox({ lock: options.lock, ttlMinutes: 1, signal: stop.signal, onCreated: i % 2 ? abort : undefined });
          if (i % 2 === 0) setImmediate(abort);
          await made.then((sandbox) => sandbox.delete(), () => {});
        }));
      }
      gc();
      sizes.push(process.memoryUsage().heapUsed);
    }
    console.log(JSON.stringify(sizes));`;

  const { code, stdout, stderr } = await run(setting, {
    sdk: LATEST,
    body,
    options: { lock: LOCK },
    flags: ["--expose-gc"],
  });

  expect({ code, stderr }).toMatchObject({ code: 0 });
  const sizes: number[] = JSON.parse(stdout);
  const growth = ((sizes.at(-1) ?? 0) - (sizes[2] ?? 0)) / (sizes[2] ?? 1);
  expect(growth).toBeLessThan(0.1);
  expect(remains(setting)).toEqual([]);
  writeSync(2, `2,500 calls: heap ${sizes.map((size) => (size / 2 ** 20).toFixed(1)).join(", ")} MiB\n`);
});
