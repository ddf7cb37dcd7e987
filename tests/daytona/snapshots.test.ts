/**
 * Snapshots over their whole life: many callers at once, time, rest, quota, and what they keep.
 */
import { describe, expect, test } from "vitest";
import { activeSnapshot, call, daytona, dockerfile, get, pass, post, states, virtualDaytona } from "./calls.ts";
import { snapshotRef } from "./fixture.ts";
import { SDKS } from "./sdks.ts";

describe.concurrent.each(SDKS)("$name", ({ alias, load }) => {
  test("activates an inactive snapshot", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { snapshot } = new (await load()).Daytona(config);
    await activeSnapshot(api, "app");
    api.snapshots[0]?.sleep();

    const activated = await snapshot.activate(await snapshot.get("app"));

    expect(activated).toMatchObject({ name: "app", state: "pending" });
    await states(api, "/snapshots/app");
    expect(api.snapshots[0]?.lastUsedAt).toBeInstanceOf(Date);
  });

  test("gets the region, the class and the resources of a snapshot", async ({ onTestFinished }) => {
    const { config } = await daytona(onTestFinished);
    const sdk = await load();
    const { snapshot } = new sdk.Daytona({ ...config, target: "eu" });
    const image = sdk.Image.base("debian:12");

    await snapshot.create({ name: "app", image, resources: { cpu: 2, memory: 4, disk: 8, gpu: 1 } });

    const regionIds = [alias === "sdk-0115" ? "us" : "eu"];
    const expected = { cpu: 2, mem: 4, disk: 8, gpu: 1, regionIds, sandboxClass: "container" };
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
    const { api } = await virtualDaytona(onTestFinished);
    const body = { name: "app", ...dockerfile("FROM a\n", ["0123abcd"]) };

    const answers = await Promise.all(Array.from({ length: 20 }, () => post(api, "/snapshots", body)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    expect([...api.builds]).toEqual([[snapshotRef("FROM a\n", ["0123abcd"]), 1]]);
  });

  test("builds a ref once, also when another build of it is under way; what fails is in error", async ({
    onTestFinished,
  }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.fail({ build: { reason: "exit code: 1" } });
    const names = ["a", "b", "c"];

    await Promise.all(names.map((name) => post(api, "/snapshots", { name, ...dockerfile("FROM a\n", ["0"]) })));
    await post(api, "/snapshots", { name: "other", ...dockerfile("FROM b\n") });

    for (const name of names) expect((await states(api, `/snapshots/${name}`)).at(-1)).toBe("error");
    expect((await states(api, "/snapshots/other")).at(-1)).toBe("active");
    expect([...api.builds.values()]).toEqual([1, 1]);
    expect(api.peak.snapshots).toBe(4);
  });

  test("activates by id only, not within ten minutes after rest began, and builds again under the old log", async ({
    onTestFinished,
  }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    const { id } = (await activeSnapshot(api, "app")).body;
    const activate = (which = id) => post(api, `/snapshots/${which}/activate`, {});
    const log = api.snapshots[0]?.log;

    expect(await activate("app")).toMatchObject({
      status: 400,
      body: { message: "Validation failed (uuid is expected)" },
    });
    expect(await activate()).toMatchObject({ status: 400, body: { message: `Snapshot ${id} is already active` } });
    api.snapshots[0]?.settle("inactive");
    expect(await activate()).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("still in progress") },
    });
    time.pass(10 * 60_000);
    expect((await activate()).status).toBe(200);
    expect(await states(api, "/snapshots/app")).toEqual(["pending", "building", "active"]);
    expect(api.snapshots[0]?.log).toBe(`${log}${log}`);
    expect((await call(api, "DELETE", "/snapshots/app")).status).toBe(400);
  });

  test("counts neither failed nor inactive snapshots against the quota", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    for (const name of ["a", "b", "c"]) await activeSnapshot(api, name);
    const [a, b, c] = api.snapshots;
    a?.sleep();
    b?.settle("build_failed");
    api.quota = { snapshots: 1 };

    expect(await post(api, "/snapshots", { name: "d", ...dockerfile("FROM d\n") })).toMatchObject({
      status: 400,
      body: { message: "Snapshot quota exceeded. Maximum allowed: 1" },
    });
    expect((await post(api, `/snapshots/${a?.id}/activate`, {})).status).toBe(400);
    await call(api, "DELETE", `/snapshots/${c?.id}`);
    await pass(api, api.pace.remove);
    expect((await post(api, `/snapshots/${a?.id}/activate`, {})).status).toBe(200);
  });

  test("tells the dates that a test has set, and when a sandbox was made of a snapshot", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    await activeSnapshot(api, "app");
    const [createdAt, lastUsedAt] = ["2026-01-01T00:00:00.000Z", "2026-01-03T00:00:00.000Z"];
    Object.assign(api.snapshots[0] ?? {}, { createdAt: new Date(createdAt), lastUsedAt: new Date(lastUsedAt) });

    expect((await get(api, "/snapshots/app")).body).toMatchObject({ createdAt, lastUsedAt });
    const { body } = await post(api, "/sandbox", { snapshot: "app" });
    expect((await get(api, "/snapshots/app")).body.lastUsedAt).toBe(body.createdAt);
  });

  test("starts sandboxes in the region of their snapshot only, and in the default region unless the request names one", async ({
    onTestFinished,
  }) => {
    const { api } = await virtualDaytona(onTestFinished);
    await activeSnapshot(api, "app", { regionId: "eu" });

    expect(await post(api, "/sandbox", { snapshot: "app" })).toMatchObject({
      status: 400,
      body: { message: "Snapshot app is not available in region us" },
    });
    expect((await post(api, "/sandbox", { snapshot: "app", target: "eu" })).body.target).toBe("eu");
    expect((await post(api, "/sandbox", { target: "mars" })).status).toBe(404);
  });

  test("has no runners for a snapshot that has just become ready", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    await post(api, "/snapshots", { name: "app", ...dockerfile("FROM a\n") });
    await states(api, "/snapshots/app");

    expect(await post(api, "/sandbox", { snapshot: "app" })).toMatchObject({
      status: 400,
      body: { message: "No available runners" },
    });
    await pass(api, api.pace.spread);
    expect((await post(api, "/sandbox", { snapshot: "app" })).status).toBe(200);
  });

  test("pulls an image by its name, with a tag that is not `latest`", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const make = (name: string, imageName: string) => post(api, "/snapshots", { name, imageName });

    expect((await make("a", "debian")).body.message).toContain("must include a tag");
    expect((await make("a", "debian:latest")).body.message).toContain('":latest"');
    expect((await make("a", "debian:12")).body).toMatchObject({ state: "pending", imageName: "debian:12" });
    expect(await states(api, "/snapshots/a")).toEqual(["pending", "pulling", "active"]);
  });

  test("finds names by any part of them, without regard to case, `_` for any character", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    for (const name of ["acme/a_b", "ACME/axb", "other"])
      await post(api, "/snapshots", { name, ...dockerfile("FROM a\n") });
    const found = async (name: string) =>
      ((await get(api, `/snapshots?name=${name}`)).body.items as { name: string }[]).map(({ name }) => name);

    expect(await found("acme/a_b")).toEqual(["acme/a_b", "ACME/axb"]);
    expect(await found("the")).toEqual(["other"]);
  });
});

describe.concurrent("an organization", () => {
  test("that is suspended gets nothing new, and the reason", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const { id } = (await activeSnapshot(api, "app")).body;
    api.organization = { ...api.organization, suspended: "payment failed" };
    const refused = { status: 403, body: { message: "Organization is suspended: payment failed" } };

    expect(await post(api, "/sandbox", {})).toMatchObject(refused);
    expect(await post(api, "/snapshots", { name: "b", ...dockerfile("FROM b\n") })).toMatchObject(refused);
    api.snapshots[0]?.sleep();
    expect(await post(api, `/snapshots/${id}/activate`, {})).toMatchObject(refused);
  });

  test("has keys that may do less, and say what they may", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.organization = { ...api.organization, permissions: ["write:sandboxes"] };

    expect((await get(api, "/api-keys/current")).body).toMatchObject({ permissions: ["write:sandboxes"] });
    expect((await post(api, "/sandbox", { name: "one" })).status).toBe(200);
    const forbidden = { status: 403, body: { message: "Access denied" } };
    expect(await call(api, "DELETE", "/sandbox/one")).toMatchObject(forbidden);
    expect(await post(api, "/snapshots", { name: "b", ...dockerfile("FROM b\n") })).toMatchObject(forbidden);
    expect((await get(api, "/snapshots")).status).toBe(200);
  });
});
