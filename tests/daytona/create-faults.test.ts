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

/** Makes sandboxes, of the lock and of images in turn, and returns what happened to each call, and what remains of it. */
async function make(setting: Bound) {
  const [kept, errors, told]: [string[], unknown[], string[]] = [[], [], []];
  let next = 0;
  const worker = async () => {
    while (next < CALLS) {
      const call = next++;
      await disturb(setting, call);
      const image = Image.base("debian:12-slim").addFile("/etc/motd", "x".repeat(2_000 + (call % 40)));
      const of = call % 2 ? { lock: LOCK } : { image, onLog: () => {} };
      await setting
        .createSandbox({ ...of, ...TTL, signal: signalOf(call) })
        .then(({ id }) => kept.push(id))
        .catch(async (error) => {
          errors.push(error);
          const { leftBehind } = await Object(error).cleanedUp;
          if (leftBehind) told.push(leftBehind);
        });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { kept, errors, told };
}

test(`${CALLS * SDKS.length} calls under faults leave nothing that no error tells of`, async ({ onTestFinished }) => {
  const each = SDKS.map(async (sdk, index) => {
    const setting = await withSnapshot(sdk, onTestFinished);
    const { api, s3 } = setting;
    for (const fault of EVERY_FAULT) api.fail(fault);
    api.chaos({ seed: SEED + index, rate: 0.15, faults: CHAOS_FAULTS });
    const { kept, errors, told } = await make(setting);
    api.chaos(undefined);
    await setting.time.quiet();
    setting.time.pass(api.pace.remove);

    expect(kept.length + errors.length).toBe(CALLS);
    expect(Math.min(kept.length, errors.length), "calls end both ways").toBeGreaterThan(0);
    expect(errors.filter((error) => !(error instanceof PithyDaytonaError) || !error.code)).toEqual([]);
    const left = api.sandboxes.filter(({ gone, id }) => !gone && !kept.includes(id));
    expect(left.filter(({ id, name }) => !told.some((text) => text.includes(id) || text.includes(name)))).toEqual([]);
    expect(afterTheirEnd(setting)).toEqual([]);
    expect(Math.min(s3.faulted.cut, s3.faulted.refused), "uploads went wrong").toBeGreaterThan(0);
    expect(api.faults.left, "every kind of fault happened").toBe(0);
    const counts = [
      `${kept.length} sandboxes`,
      ...counted((errors as PithyDaytonaError[]).map(({ code }) => `${code}`)),
    ];
    const faults = EVERY_FAULT.length + api.faults.happened + s3.faulted.cut + s3.faulted.refused + CALLS / OUTAGE;
    writeSync(
      2,
      `${sdk.name}, ${CALLS} calls, seed ${SEED + index}: ${counts.join(", ")}; left behind and reported: ${told.length}; ${faults} faults\n`,
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

test("memory stays flat over 10,000 calls that are stopped, and the process ends", async ({ onTestFinished }) => {
  const setting = await daytona(onTestFinished);
  await ready(setting);
  setting.api.pace = AT_ONCE_PACE;
  const body = `const sizes = [];
    for (let round = 0; round < 10; round++) {
      for (let batch = 0; batch < 40; batch++) {
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
  writeSync(2, `10,000 calls: heap ${sizes.map((size) => (size / 2 ** 20).toFixed(1)).join(", ")} MiB\n`);
});
