/**
 * Sandboxes over the real SDKs: listed, labelled, and ended by the server's clock.
 */
import { describe, expect, test } from "vitest";
import { activeSnapshot, call, daytona, dockerfile, get, pass, post, states, virtualDaytona } from "./calls.ts";
import { SDKS, type Sdk, type SdkModule } from "./sdks.ts";

const MINUTE = 60_000;

type Client = InstanceType<SdkModule["Daytona"]>;
/** How 0.115 lists. */
interface ByPages {
  list(labels: object, page: number, limit: number): Promise<{ readonly items: readonly { readonly id: string }[] }>;
}

/** The ids that an SDK lists, two at a time. */
async function listed(client: Client, alias: Sdk["alias"], labels: Record<string, string>): Promise<string[]> {
  if (alias === "sdk-0115") {
    const byPages = client as unknown as ByPages;
    const pages = [await byPages.list(labels, 1, 2), await byPages.list(labels, 2, 2)];
    return pages.flatMap(({ items }) => items.map(({ id }) => id));
  }
  const ids: string[] = [];
  for await (const { id } of client.list({ labels, limit: 2 })) ids.push(id);
  return ids;
}

describe.concurrent.each(SDKS)("$name", ({ alias, load }) => {
  test("lists every sandbox with the labels, the newest first, over several pages", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const client = new (await load()).Daytona(config);
    for (const app of ["a", "b", "a", "a"]) await client.create({ labels: { app, team: "one" } });
    const [first, , third, fourth] = api.sandboxes;

    expect(await listed(client, alias, { app: "a", team: "one" })).toEqual([fourth?.id, third?.id, first?.id]);
    expect(await listed(client, alias, { app: "c" })).toEqual([]);
  });

  test("creates from a build", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    const logs: string[] = [];

    const sandbox = await new sdk.Daytona(config).create(
      { image: sdk.Image.base("debian:12") },
      { onSnapshotCreateLogs: (log) => logs.push(log) },
    );

    expect(sandbox.state).toBe("started");
    expect(logs.join("\n")).toContain("Successfully built");
    expect([...api.builds.values()]).toEqual([1]);
  });

  test("replaces labels", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const client = new (await load()).Daytona(config);
    const sandbox = await client.create({ labels: { app: "a" } });

    expect(await sandbox.setLabels({ state: "done" })).toEqual({ state: "done" });
    expect(api.sandboxes).toMatchObject([{ labels: { state: "done" } }]);
    expect(await listed(client, alias, { state: "done" })).toEqual([sandbox.id]);
  });

  test("tells when a sandbox was created, what it is, and when it ends by itself", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const client = new (await load()).Daytona(config);
    await activeSnapshot(api, "app", { cpu: 4, memory: 8, disk: 10 });

    const sandbox = await client.create({ snapshot: "app", autoStopInterval: 5, autoDeleteInterval: 0 });

    expect(sandbox).toMatchObject({ snapshot: "app", autoStopInterval: 5, autoDeleteInterval: 0 });
    expect(sandbox).toMatchObject({ cpu: 4, memory: 8, disk: 10 });
    expect(sandbox.createdAt).toBe(api.sandboxes[0]?.createdAt.toISOString());
  });
});

describe.concurrent("the server", () => {
  const ids = (answer: Awaited<ReturnType<typeof get>>) => (answer.body.items as { id: string }[]).map(({ id }) => id);

  test("answers a create when the sandbox runs, or after half a minute, with what it was before", async ({
    onTestFinished,
  }) => {
    const { api, time } = await virtualDaytona(onTestFinished);

    expect((await post(api, "/sandbox", {})).body.state).toBe("creating");
    expect(api.sandboxes).toMatchObject([{ state: "started" }]);
    expect(time.elapsed).toBe(805);
    api.pace = { ...api.pace, start: 60_000 };
    expect((await post(api, "/sandbox", {})).body.state).toBe("creating");
    expect(api.sandboxes[1]?.state).toBe("starting");
    expect(time.elapsed).toBe(805 + 30_005);
  });

  test("refuses a create whose sandbox exists but did not start", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.fail({ start: { reason: "no space left on device" } });

    expect(await post(api, "/sandbox", { name: "one" })).toMatchObject({
      status: 400,
      body: { message: "Sandbox failed to start: no space left on device", error: "Bad Request", path: "/api/sandbox" },
    });
    expect((await get(api, "/sandbox/one")).body).toMatchObject({
      state: "error",
      errorReason: "no space left on device",
    });
  });

  test("deletes no sandbox while it is built or started; one that is being deleted has given up its name", async ({
    onTestFinished,
  }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const { body } = await post(api, "/sandbox", { name: "one", ...dockerfile("FROM a\n") });
    await pass(api, api.pace.assign);

    for (const state of ["building_snapshot", "creating", "starting"]) {
      expect(api.sandboxes[0]?.state).toBe(state);
      expect((await call(api, "DELETE", "/sandbox/one")).status).toBe(409);
      await pass(api, state === "building_snapshot" ? api.pace.build : api.pace.create);
    }
    expect((await call(api, "DELETE", "/sandbox/one")).body.state).toBe("destroying");
    expect((await get(api, "/sandbox/one")).status).toBe(404);
    expect((await get(api, `/sandbox/${body.id}`)).body.state).toBe("destroying");
    expect((await post(api, "/sandbox", { name: "one" })).status).toBe(200);
    expect((await call(api, "DELETE", `/sandbox/${body.id}`)).status).toBe(409);
    await pass(api, api.pace.remove);
    expect((await get(api, `/sandbox/${body.id}`)).status).toBe(404);
  });

  test("goes on after a cursor although sandboxes come and go", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    for (let i = 0; i < 4; i++) await post(api, "/sandbox", {});
    const [first, second, third, fourth] = api.sandboxes.map(({ id }) => id);
    await pass(api, api.pace.lag);

    const page = await get(api, "/sandbox?limit=2");
    await call(api, "DELETE", `/sandbox/${fourth}`);
    await post(api, "/sandbox", {});
    const next = await get(api, `/sandbox?limit=2&cursor=${page.body.nextCursor}`);

    expect([ids(page), ids(next), next.body.nextCursor]).toEqual([[fourth, third], [second, first], null]);
  });

  test("lists by state and by time of creation, a little late, and at most 200 at once", async ({ onTestFinished }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    await post(api, "/sandbox", { env: { A: "1" } });
    const [started] = api.sandboxes;
    await pass(api, 60_000);
    const minute = new Date(time.now() - 1).toISOString();
    await post(api, "/sandbox", dockerfile("FROM a\n"));
    const building = api.sandboxes[1];

    expect(ids(await get(api, "/sandbox?states=pending_build&states=error"))).toEqual([]);
    await pass(api, api.pace.lag);
    expect(ids(await get(api, "/sandbox?states=pending_build&states=error"))).toEqual([building?.id]);
    expect(ids(await get(api, `/sandbox?createdAtBefore=${minute}`))).toEqual([started?.id]);
    expect(ids(await get(api, `/sandbox?createdAtAfter=${minute}`))).toEqual([building?.id]);
    for (const item of (await get(api, "/sandbox")).body.items as object[]) {
      expect(item).not.toHaveProperty("env");
      expect(item).not.toHaveProperty("buildInfo");
    }
    expect(await get(api, "/sandbox?limit=201")).toMatchObject({
      status: 400,
      body: { message: "limit must not be greater than 200" },
    });
  });

  test("ends a sandbox whose life is over, in any state", async ({ onTestFinished }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    api.fail({ slow: Number.POSITIVE_INFINITY });
    await post(api, "/sandbox", { ttlMinutes: 30, ...dockerfile("FROM a\n") });
    await post(api, "/sandbox", { ttlMinutes: 0 });
    const path = `/sandbox/${api.sandboxes[0]?.id}`;
    const end = (api.sandboxes[0]?.createdAt.getTime() ?? 0) + 30 * MINUTE;

    expect((await get(api, path)).body.autoDestroyAt).toBe(new Date(end).toISOString());
    time.pass(end - time.now() - 1);
    expect(api.sandboxes[0]?.state).toBe("building_snapshot");
    time.pass(1);
    expect(api.sandboxes.map(({ state }) => state)).toEqual(["destroyed", "stopped"]);
    expect((await get(api, path)).status).toBe(404);
  });

  test("of the last public version leaves out what came later", async ({ onTestFinished }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    await activeSnapshot(api, "app");
    const seen = async (version: typeof api.version) => {
      api.version = version;
      const { body } = await post(api, "/sandbox", { ttlMinutes: 1, autoStopInterval: 0 });
      await pass(api, api.pace.lag);
      const [item] = (await get(api, "/sandbox")).body.items as object[];
      const snapshot = (await get(api, "/snapshots/app")).body;
      return ["autoDestroyAt" in body, "toolboxProxyUrl" in (item ?? {}), "sourceSandboxId" in snapshot];
    };

    expect(await seen("newest")).toEqual([true, true, true]);
    expect(await seen("0.190")).toEqual([false, false, false]);
    time.pass(24 * 60 * MINUTE);
    expect(api.sandboxes.map(({ state }) => state)).toEqual(["destroyed", "started"]);
  });

  test("stops an idle sandbox and deletes it later; a build that failed stays", async ({ onTestFinished }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    api.fail({ build: { reason: "exit code: 1" } });
    await Promise.all([
      post(api, "/sandbox", { autoStopInterval: 10, autoDeleteInterval: 20 }),
      post(api, "/sandbox", { autoStopInterval: 0 }),
    ]);
    const { body } = await post(api, "/sandbox", { autoStopInterval: 1, ...dockerfile("FROM a\n") });
    await states(api, `/sandbox/${body.id}`);
    const start = api.sandboxes[1]?.lastActivityAt.getTime() ?? 0;
    const at = (minutes: number) => {
      time.pass(minutes * MINUTE - (time.now() - start));
      return api.sandboxes.map(({ state }) => state);
    };

    expect(at(9)).toEqual(["started", "started", "build_failed"]);
    expect(at(10)).toEqual(["stopped", "started", "build_failed"]);
    expect(at(29)).toEqual(["stopped", "started", "build_failed"]);
    expect(at(30)).toEqual(["destroyed", "started", "build_failed"]);
  });

  test("stops a sandbox after a quarter of an hour unless the request says otherwise, whatever its life", async ({
    onTestFinished,
  }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    const [, { body }] = await Promise.all([post(api, "/sandbox", { ttlMinutes: 60 }), post(api, "/sandbox", {})]);
    await post(api, `/sandbox/${body.id}/autostop/20`, {});

    time.pass(15 * MINUTE);
    expect(api.sandboxes.map(({ state }) => state)).toEqual(["stopped", "started"]);
    time.pass(5 * MINUTE);
    expect(api.sandboxes.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    expect((await post(api, `/sandbox/${body.id}/start`, {})).body.state).toBe("starting");
    expect(await states(api, `/sandbox/${body.id}`)).toEqual(["starting", "started"]);
  });

  test("refuses a sandbox beyond the quota until one is gone", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.quota = { sandboxes: 2 };
    await post(api, "/sandbox", { name: "first" });
    await post(api, "/sandbox", {});

    expect(await post(api, "/sandbox", {})).toMatchObject({
      status: 400,
      body: { message: "Total CPU limit exceeded. Maximum allowed: 2." },
    });
    await call(api, "DELETE", "/sandbox/first");
    await pass(api, api.pace.remove);
    expect((await post(api, "/sandbox", {})).status).toBe(200);
    expect(api.peak.sandboxes).toBe(2);
  });

  test("counts what others ask for at the same time, though it is refused", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.quota = { sandboxes: 2 };

    const answers = await Promise.all([1, 2, 3, 4].map(() => post(api, "/sandbox", {})));

    expect(answers.filter(({ status }) => status === 400).length).toBe(2);
    expect(api.sandboxes).toHaveLength(2);
  });
});
