/**
 * Many calls of `createSandbox` while chance makes things go wrong: each settles, says what is left, and leaves no more.
 */
import { writeSync } from "node:fs";
import { Image, PithyDaytonaError } from "pithy-image";
import { expect, type onTestFinished, test } from "vitest";
import { type Bound, bound, LOCK, ready, remains } from "./bound.ts";
import { CHAOS_FAULTS, EVERY_FAULT } from "./faults.ts";
import { run } from "./run.ts";
import { SDKS, type Sdk } from "./sdks.ts";

/** Of each SDK. */
const CALLS = 100;
const AT_ONCE = 10;
const SEED = 5;
const TTL = { ttlMinutes: 30 };

const LATEST = SDKS.find(({ alias, format }) => alias === "sdk-latest" && format === "esm") as Sdk;

/** A Daytona whose builds take a little time, with the snapshot of the lock. */
async function busy(sdk: Sdk, finished: typeof onTestFinished): Promise<Bound> {
  const setting = await bound(sdk, finished);
  await ready(setting);
  setting.api.pace = { build: 10, start: 5 };
  return setting;
}

/** What Daytona still has when all that has an end is over. */
function afterTheirEnd({ api, ...rest }: Bound): string[] {
  api.clock = () => Date.now() + (TTL.ttlMinutes + 1) * 60_000;
  return remains({ api, ...rest });
}

/** How often each text is there. */
const counted = (texts: readonly string[]): string[] =>
  [...new Set(texts)].map((text) => `${texts.filter((other) => other === text).length} ${text}`);

/** Has uploads and the network go wrong, now and then, until it is told to stop; answers how often nobody listened. */
function disturb({ api, s3 }: Bound): () => Promise<number> {
  let round = 0;
  const pauses: Promise<void>[] = [];
  const timer = setInterval(() => {
    round += 1;
    s3.fail(round % 2 ? { after: 512, times: 1 } : { status: 503, times: 1 });
    if (round % 5 === 0) pauses.push(api.pause().then(() => api.resume()));
  }, 100);
  return async () => {
    clearInterval(timer);
    await Promise.all(pauses);
    return pauses.length;
  };
}

/** Makes sandboxes, of the lock and of images in turn, and answers what became of each call. */
async function make({ createSandbox }: Bound): Promise<{ kept: string[]; errors: unknown[] }> {
  const [kept, errors]: [string[], unknown[]] = [[], []];
  let next = 0;
  const worker = async () => {
    while (next < CALLS) {
      const call = next++;
      const image = Image.base("debian:12-slim").addFile("/etc/motd", "x".repeat(2_000 + (call % 40)));
      const of = call % 2 ? { lock: LOCK } : { image, onLog: () => {} };
      await createSandbox({ ...of, ...TTL, deadline: 8 })
        .then(({ id }) => kept.push(id))
        .catch((error) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { kept, errors };
}

test(`${CALLS * SDKS.length} calls under faults leave nothing that no error tells of`, { timeout: 150_000 }, async ({
  onTestFinished,
}) => {
  const each = SDKS.map(async (sdk, index) => {
    const setting = await busy(sdk, onTestFinished);
    const { api, s3 } = setting;
    for (const fault of EVERY_FAULT) api.fail(fault);
    api.chaos({ seed: SEED + index, rate: 0.15, faults: CHAOS_FAULTS });
    const calm = disturb(setting);
    const { kept, errors } = await make(setting);
    const pauses = await calm();
    api.chaos(undefined);
    await api.idle();
    api.reap();

    expect(kept.length + errors.length).toBe(CALLS);
    expect(errors.filter((error) => !(error instanceof PithyDaytonaError) || !error.code)).toEqual([]);
    const told = (errors as PithyDaytonaError[]).flatMap(({ leftBehind }) => leftBehind ?? []);
    const left = api.sandboxes.filter(({ gone, id }) => !gone && !kept.includes(id));
    expect(left.filter(({ id, name }) => !told.some((text) => text.includes(id) || text.includes(name)))).toEqual([]);
    expect(afterTheirEnd(setting)).toEqual([]);
    expect(Math.min(s3.faulted.cut, s3.faulted.refused, pauses), "uploads and the network went wrong").toBeGreaterThan(
      0,
    );
    expect(api.faults.left, "every kind of fault happened").toBe(0);
    const counts = [
      `${kept.length} sandboxes`,
      ...counted((errors as PithyDaytonaError[]).map(({ code }) => `${code}`)),
    ];
    const faults = EVERY_FAULT.length + api.faults.happened + s3.faulted.cut + s3.faulted.refused + pauses;
    writeSync(
      2,
      `${sdk.name}, ${CALLS} calls, seed ${SEED + index}: ${counts.join(", ")}; left behind and told: ${told.length}; ${faults} faults\n`,
    );
  });
  await Promise.all(each);
});

test("what a killed process leaves is gone when its time is over", { timeout: 60_000 }, async ({ onTestFinished }) => {
  const setting = await busy(LATEST, onTestFinished);
  const body = `const make = async () => { for (;;) await createSandbox({ lock: options.lock, ttlMinutes: 30 }).catch(() => {}); };
    await Promise.all(Array.from({ length: 10 }, make));`;
  const program = { sdk: LATEST, body, options: { lock: LOCK }, timeout: 4_000 };

  const ended = await Promise.all([run(setting, program), run(setting, program)]);

  expect(ended).toMatchObject([{ code: null }, { code: null }]);
  expect(remains(setting).length).toBeGreaterThan(20);
  expect(afterTheirEnd(setting)).toEqual([]);
});

test("memory stays flat over 10,000 calls that are stopped, and the process ends", { timeout: 150_000 }, async ({
  onTestFinished,
}) => {
  const setting = await busy(LATEST, onTestFinished);
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
    timeout: 140_000,
  });

  expect({ code, stderr }).toMatchObject({ code: 0 });
  const sizes: number[] = JSON.parse(stdout);
  const growth = ((sizes.at(-1) ?? 0) - (sizes[2] ?? 0)) / (sizes[2] ?? 1);
  expect(growth).toBeLessThan(0.1);
  expect(remains(setting)).toEqual([]);
  writeSync(2, `10,000 calls: heap ${sizes.map((size) => (size / 2 ** 20).toFixed(1)).join(", ")} MiB\n`);
});
