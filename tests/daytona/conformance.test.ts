/**
 * The calls of the real SDKs over the stand-in as it is by default: in virtual time, with everything as slow and as strict as the
 * server is. What the SDKs read of an answer has to be in it, and nothing that they ask for may be missing.
 */
import { describe, expect, onTestFinished, test } from "vitest";
import { activeSnapshot, pass, virtualDaytona } from "./calls.ts";
import type { DaytonaApi } from "./fixture.ts";
import { SDKS } from "./sdks.ts";
import { inVirtualTime } from "./timers.ts";

const VERSIONS = ["newest", "0.190"] as const;
const CASES = SDKS.flatMap((sdk) => VERSIONS.map((version) => ({ ...sdk, version })));

/** What the stand-in had to say that it does not have. */
const missing = (api: DaytonaApi): string[] => api.unknown.map(({ method, path }) => `${method} ${path}`);

/** A client of a stand-in, with everything in virtual time. */
async function begin({ load, version }: (typeof CASES)[number]) {
  const fixture = await virtualDaytona(onTestFinished);
  fixture.api.version = version;
  fixture.api.organization = { ...fixture.api.organization, warmPools: true };
  const sdk = await load();
  const client = new sdk.Daytona(fixture.config);
  const run = <Value>(call: () => Promise<Value>) => inVirtualTime(fixture.time, call);
  return { ...fixture, sdk, client, run };
}

describe.each(CASES)("$name, server $version", (one) => {
  test("a sandbox from a snapshot: made, found, listed, labelled, stopped, started, deleted", async () => {
    const { api, client, run, time } = await begin(one);
    await activeSnapshot(api, "app", { cpu: 2, memory: 4 });
    const begun = time.elapsed;

    const sandbox = await run(() => client.create({ snapshot: "app", envVars: { A: "1" }, labels: { app: "a" } }));

    expect(time.elapsed - begun, "a create, and a look").toBe(805);
    expect(sandbox).toMatchObject({
      state: "started",
      target: "us",
      cpu: 2,
      memory: 4,
      env: { A: "1" },
      user: "daytona",
    });
    await pass(api, api.pace.lag);
    expect(await run(() => client.get(sandbox.name ?? sandbox.id))).toMatchObject({ id: sandbox.id });
    await run(() => sandbox.setLabels({ app: "b" }));
    await run(() => sandbox.setAutostopInterval(30));
    await run(() => sandbox.stop());
    expect(sandbox.state).toBe("stopped");
    await run(() => sandbox.start());
    expect(sandbox).toMatchObject({ state: "started", autoStopInterval: 30, labels: { app: "b" } });
    await run(() => client.delete(sandbox));
    await pass(api, api.pace.remove);
    await expect(run(() => client.get(sandbox.id))).rejects.toThrow("not found");
    expect(missing(api)).toEqual([]);
  });

  test("a sandbox from an image: built with its log, or refused with the reason", async () => {
    const { api, client, run, sdk, time } = await begin(one);
    const image = () => sdk.Image.base("debian:12").runCommands("echo built");
    let log = "";
    const onSnapshotCreateLogs = (text: string) => {
      log += text;
    };

    const sandbox = await run(() => client.create({ image: image() }, { onSnapshotCreateLogs }));

    expect(sandbox.state).toBe("started");
    expect(time.elapsed).toBeGreaterThan(22_000);
    expect(log).toContain("Successfully built");
    api.fail({ build: { reason: "exit code: 7", state: "error" } });
    await expect(run(() => client.create({ image: image().env({ A: "1" }) }))).rejects.toThrow("exit code: 7");
    expect(missing(api)).toEqual([]);
  });

  test("a snapshot: made, found, listed, woken, removed, and its name taken again", async () => {
    const { api, client, run, sdk } = await begin(one);
    const image = sdk.Image.base("debian:12").runCommands("echo built");

    const snapshot = await run(() => client.snapshot.create({ name: "app", image, resources: { cpu: 2 } }));

    expect(snapshot).toMatchObject({ name: "app", state: "active", cpu: 2, mem: 1, disk: 3 });
    expect((await run(() => client.snapshot.list())).items).toMatchObject([{ name: "app", general: false }]);
    await expect(run(() => client.create({ snapshot: "app" }))).rejects.toThrow("No available runners");
    api.snapshots[0]?.sleep();
    const found = await run(() => client.snapshot.get("app"));
    await run(() => client.snapshot.activate(found));
    await pass(api, api.pace.assign + api.pace.build + api.pace.spread);
    expect((await run(() => client.create({ snapshot: "app" }))).state).toBe("started");
    await run(() => client.snapshot.delete(found));
    await expect(run(() => client.snapshot.create({ name: "app", image }))).rejects.toThrow("already exists");
    await pass(api, api.pace.remove);
    expect(await run(() => client.snapshot.create({ name: "app", image }))).toMatchObject({ state: "active" });
    expect(missing(api)).toEqual([]);
  });
});

/** The others have no warm pools. */
const WITH_POOLS = CASES.filter(({ alias, version }) => alias !== "sdk-0115" && version !== "0.190");

test.each(WITH_POOLS)("warm pools: made, used, resized, listed, deleted: $name", async (one) => {
  const { api, client, run } = await begin(one);
  await activeSnapshot(api, "app");

  const { id } = await run(() => client.warmPool.create({ snapshot: "app", pool: 1 }));
  await pass(api, api.pace.fill);
  expect((await run(() => client.create({ snapshot: "app" }))).warmPoolId).toBe(id);
  await run(() => client.warmPool.update(id, { pool: 0 }));
  expect(await run(() => client.warmPool.list())).toMatchObject([{ id, pool: 0 }]);
  await run(() => client.warmPool.delete(id));
  expect(missing(api)).toEqual([]);
});
