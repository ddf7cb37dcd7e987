/**
 * Snapshots over their whole life: many callers at once, time, rest, quota, and what they keep.
 */
import { describe, expect, test } from "vitest";
import { activeSnapshot, call, daytona, dockerfile, eventually, get, post, states } from "./calls.ts";
import { snapshotRef } from "./fixture.ts";
import { SDKS } from "./sdks.ts";

describe.concurrent.each(SDKS)("$name", ({ alias, load }) => {
  test("activates an inactive snapshot", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { snapshot } = new (await load()).Daytona(config);
    await activeSnapshot(config, "app");
    api.snapshots[0]?.settle("inactive");

    const activated = await snapshot.activate(await snapshot.get("app"));

    expect(activated).toMatchObject({ name: "app", state: "pending" });
    expect(await states(config, "/snapshots/app")).toEqual(["pulling", "active"]);
    expect(api.snapshots[0]?.lastUsedAt).toBeInstanceOf(Date);
  });

  test("gets the region, the class and the resources of a snapshot", async ({ onTestFinished }) => {
    const { config } = await daytona(onTestFinished);
    const sdk = await load();
    const { snapshot } = new sdk.Daytona({ ...config, target: "eu" });
    const image = sdk.Image.base("debian:12");

    await snapshot.create({ name: "app", image, resources: { cpu: 2, memory: 4, disk: 8, gpu: 1 } });

    const regionIds = [alias === "sdk-0115" ? "us" : "eu"];
    const expected = { cpu: 2, mem: 4, disk: 8, gpu: 1, regionIds, sandboxClass: "container", lastUsedAt: null };
    expect(await snapshot.get("app")).toMatchObject(expected);
  });

  test("is refused beyond the quota, in the server's words", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    api.quota = { snapshots: 0 };

    const creating = new sdk.Daytona(config).snapshot.create({ name: "app", image: sdk.Image.base("debian:12") });

    await expect(creating).rejects.toThrow("Snapshot quota exceeded. Maximum allowed: 0");
    expect(api.snapshots).toEqual([]);
  });
});

describe.concurrent("the server", () => {
  test("makes one snapshot of a name, and builds once, for callers at once", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const body = { name: "app", ...dockerfile("FROM a\n", ["0123abcd"]) };

    const answers = await Promise.all(Array.from({ length: 20 }, () => post(config, "/snapshots", body)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect([...api.builds]).toEqual([[snapshotRef("FROM a\n", ["0123abcd"]), 1]]);
  });

  test("builds a ref once, also when another build of it is under way", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    api.fail({ build: { reason: "exit code: 1" } });
    const names = ["a", "b", "c"];

    await Promise.all(names.map((name) => post(config, "/snapshots", { name, ...dockerfile("FROM a\n", ["0"]) })));
    await post(config, "/snapshots", { name: "other", ...dockerfile("FROM b\n") });

    for (const name of names) expect((await states(config, `/snapshots/${name}`)).at(-1)).toBe("build_failed");
    expect((await states(config, "/snapshots/other")).at(-1)).toBe("active");
    expect([...api.builds.values()]).toEqual([1, 1]);
    expect(api.peak.snapshots).toBe(4);
  });

  test("moves by time when it has a pace, however often it is asked", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    api.pace = { build: 3_600_000, start: 0 };
    await post(config, "/snapshots", { name: "slow", ...dockerfile("FROM slow\n") });
    for (let i = 0; i < 5; i++) expect((await get(config, "/snapshots/slow")).body.state).toBe("pending");
    api.pace = { build: 40, start: 20 };
    const seen: unknown[] = [(await post(config, "/snapshots", { name: "app", ...dockerfile("FROM a\n") })).body.state];

    await eventually(async () => {
      const { state } = (await get(config, "/snapshots/app")).body;
      if (state !== seen.at(-1)) seen.push(state);
      expect(state).toBe("active");
    });
    await call(config, "DELETE", "/snapshots/app");

    expect(["pending", "building", "pulling", "active"]).toEqual(expect.arrayContaining(seen));
    await eventually(() => expect(api.snapshots[1]?.state).toBe("removed"));
  });

  test("sends the log of a build that time moves", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    api.pace = { build: 40, start: 20 };
    await post(config, "/snapshots", { name: "app", ...dockerfile("FROM a\n") });
    const url = await eventually(async () => {
      const answer = await get(config, "/snapshots/app/build-logs-url");
      expect(answer.status).toBe(200);
      return answer.body.url;
    });

    const log = await fetch(`${url}?follow=true`, { headers: { authorization: `Bearer ${config.apiKey}` } });

    expect(await log.text()).toBe("#1 FROM a\nSuccessfully built\n");
  });

  test("refuses to activate as often as arranged, and what is not inactive", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    await activeSnapshot(config, "app");
    const activate = () => post(config, "/snapshots/app/activate", {});

    expect(await activate()).toMatchObject({ status: 400, body: { message: "Snapshot app is already active" } });
    api.snapshots[0]?.settle("inactive");
    api.fail({ activateCooldown: 2 });
    expect([await activate(), await activate(), await activate()]).toMatchObject([
      { status: 400, body: { message: expect.stringContaining("recently deactivated") } },
      { status: 400 },
      { status: 200 },
    ]);
  });

  test("counts neither failed nor inactive snapshots against the quota", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    for (const name of ["a", "b", "c"]) await activeSnapshot(config, name);
    api.snapshots[0]?.settle("inactive");
    api.snapshots[1]?.settle("build_failed");
    api.quota = { snapshots: 1, status: 400 };

    expect((await post(config, "/snapshots", { name: "d", ...dockerfile("FROM d\n") })).status).toBe(400);
    expect((await post(config, "/snapshots/a/activate", {})).status).toBe(400);
    await call(config, "DELETE", "/snapshots/c");
    await states(config, "/snapshots/c");
    expect((await post(config, "/snapshots/a/activate", {})).status).toBe(200);
  });

  test("tells the dates that a test has set", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    await activeSnapshot(config, "app");
    const [createdAt, lastUsedAt] = ["2026-01-01T00:00:00.000Z", "2026-01-03T00:00:00.000Z"];
    Object.assign(api.snapshots[0] ?? {}, { createdAt: new Date(createdAt), lastUsedAt: new Date(lastUsedAt) });

    expect((await get(config, "/snapshots/app")).body).toMatchObject({ createdAt, lastUsedAt });
    const { body } = await post(config, "/sandbox", { snapshot: "app" });
    expect((await get(config, "/snapshots/app")).body.lastUsedAt).toBe(body.createdAt);
  });

  test("starts no sandbox from a snapshot of another region", async ({ onTestFinished }) => {
    const { config } = await daytona(onTestFinished);
    await activeSnapshot(config, "app", { regionId: "eu" });

    expect((await post(config, "/sandbox", { snapshot: "app", target: "us" })).status).toBe(400);
    expect((await post(config, "/sandbox", { snapshot: "app", target: "eu" })).status).toBe(200);
  });
});
