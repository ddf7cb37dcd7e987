/**
 * What it costs to wait for a sandbox or a snapshot: looks that come at once, then ever more rarely, and none too many.
 */
import { Image } from "pithy-image";
import { describe, expect, test } from "vitest";
import { asked, type Bound, bound, LOCK, ready } from "./bound.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const TTL = { ttlMinutes: 30 };
const image = () => Image.base("debian:12-slim").runCommands(`echo ${crypto.randomUUID()}`);

/** Notes when requests that fit are made, by the call's clock. */
function timesOf({ api, time }: Bound, method: string, path: string | RegExp): number[] {
  const times: number[] = [];
  const until = async () => void times.push(time.now());
  api.fail({ answer: { method, path, until, times: Number.POSITIVE_INFINITY } });
  return times;
}

/** Checks that each look comes after 5% of the time since the beginning, at least 50 milliseconds, at most a second. */
function expectPauses(times: readonly number[], since: number): void {
  times.slice(1).forEach((time, index) => {
    const last = times[index] ?? 0;
    expect(time - last).toBeCloseTo(Math.min(1_000, Math.max(50, (last - since) / 20)), 2);
  });
}

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("a sandbox is made of the last look, without another", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    await ready(setting);

    const sandbox = await setting.createSandbox({ lock: LOCK, ...TTL });

    expect(sandbox).toMatchObject({ id: setting.api.sandboxes[0]?.id, state: "started" });
    expect(asked(setting)).toEqual(["POST /sandbox", `GET /sandbox/${sandbox.id}`]);
    expect((await sandbox.process.executeCommand("true")).exitCode).toBe(0);
  });
});

test("a sandbox is looked at at once, then after 5% of the time waited so far", async ({ onTestFinished }) => {
  const setting = await bound(SDKS[2] as Sdk, onTestFinished);
  const created = timesOf(setting, "POST", "/sandbox");
  const looks = timesOf(setting, "GET", "/sandbox/");
  setting.api.fail({ slow: 150 });

  await setting.createSandbox({ image: image(), ...TTL });

  expect((looks[0] ?? 0) - (created[0] ?? 0), "at once").toBeLessThan(50);
  expect(looks.length).toBeGreaterThan(150);
  expectPauses(looks, looks[0] ?? 0);
});

test("a snapshot is waited for with the same pauses", async ({ onTestFinished }) => {
  const setting = await bound(SDKS[2] as Sdk, onTestFinished);
  setting.api.fail({ slow: 150 });
  const looks = timesOf(setting, "GET", /^\/snapshots\/[^/]+$/);

  await setting.ensureSnapshot(image());

  looks.shift(); // before it was created
  expect(looks.length).toBeGreaterThan(150);
  expectPauses(looks, (looks[0] ?? 0) - 50);
});
