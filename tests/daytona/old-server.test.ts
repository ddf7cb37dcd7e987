/**
 * The calls against the last public server, which knows neither `ttlMinutes` nor warm pools, and leaves out of its records what
 * today's models require.
 */
import { Image } from "pithy-image";
import { expect, onTestFinished, test } from "vitest";
import { bound, cleaned, failureOf, LOCK, ready, remains, SNAPSHOT } from "./bound.ts";
import { pass } from "./calls.ts";
import { SDKS } from "./sdks.ts";

const MINUTE = 60_000;
const TTL = { ttlMinutes: 30 };
const image = () => Image.base("debian:12").runCommands("echo built");

test.each(SDKS)("every call works, and an idle sandbox ends: $name", async (sdk) => {
  const it = await bound(sdk, onTestFinished);
  it.api.version = "0.190";
  await ready(it);

  const locked = await it.createSandbox({ lock: LOCK, ...TTL, labels: { app: "a" } });
  const built = await it.createSandbox({ image: image(), ...TTL });
  const { name } = await it.ensureSnapshot(image(), { prefix: "acme/agent", check: ["true"] });
  const task = await it.startTask(locked, { command: ["sh", "-c", "exit 3"] });

  expect([locked.state, built.state]).toEqual(["started", "started"]);
  expect(await task.wait()).toEqual({ exitCode: 3 });
  expect(await it.verifySnapshot(name, image())).toMatchObject({ matches: true });
  expect(await it.pruneSnapshots({ prefix: "acme/agent", keep: [] })).toMatchObject({
    deleted: [],
    kept: expect.arrayContaining([{ name, reason: "newest" }]),
  });
  await pass(it.api, it.api.pace.lag);
  expect(await it.reapSandboxes({ label: { app: "a" }, olderThan: 1_000 })).toMatchObject({
    kept: [{ id: locked.id }],
  });
  it.time.pass(120 * MINUTE);
  expect(
    remains(it).filter((state) => state !== "stopped"),
    "nothing runs for ever",
  ).toEqual([]);
});

test("no end is promised that the server does not know", async () => {
  const it = await bound(SDKS[2] as (typeof SDKS)[number], onTestFinished);
  it.api.version = "0.190";
  await ready(it);
  it.api.fail({ answer: { method: "DELETE", path: "/sandbox", status: 403, times: Number.POSITIVE_INFINITY } });
  it.api.fail({ start: { reason: "no space left on device" } });

  const error = await failureOf(it.createSandbox({ snapshot: SNAPSHOT, ...TTL }));

  expect(error.leftBehind).toBe(`sandbox ${error.id}; it stays until \`reapSandboxes\` deletes it`);
  expect(await error.cleanedUp).toEqual({ leftBehind: error.leftBehind });
});

test("what a failed call created is deleted", async () => {
  const it = await bound(SDKS[2] as (typeof SDKS)[number], onTestFinished);
  it.api.version = "0.190";
  await ready(it);
  it.api.fail({ start: { reason: "no space left on device" } });

  expect(await cleaned(it.createSandbox({ snapshot: SNAPSHOT, ...TTL }))).toMatchObject({
    code: "gone",
    state: "error",
  });
  expect(remains(it)).toEqual([]);
});
