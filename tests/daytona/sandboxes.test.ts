/**
 * Sandboxes over the real SDKs: listed, labelled, and ended by the server's clock.
 */
import { describe, expect, test } from "vitest";
import { activeSnapshot, call, daytona, dockerfile, get, post, states } from "./calls.ts";
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

  test("creates from a build that time moves", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    api.pace = { build: 50, start: 10 };
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
    await activeSnapshot(config, "app", { cpu: 4, memory: 8, disk: 10 });

    const sandbox = await client.create({ snapshot: "app", autoStopInterval: 5, autoDeleteInterval: 0 });

    expect(sandbox).toMatchObject({ snapshot: "app", autoStopInterval: 5, autoDeleteInterval: 0 });
    expect(sandbox).toMatchObject({ cpu: 4, memory: 8, disk: 10 });
    expect(sandbox.createdAt).toBe(api.sandboxes[0]?.createdAt.toISOString());
  });
});

describe.concurrent("the server", () => {
  const ids = (answer: Awaited<ReturnType<typeof get>>) => (answer.body.items as { id: string }[]).map(({ id }) => id);

  test("goes on after a cursor although sandboxes come and go", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    for (let i = 0; i < 4; i++) await post(config, "/sandbox", {});
    const [first, second, third, fourth] = api.sandboxes.map(({ id }) => id);

    const page = await get(config, "/sandbox?limit=2");
    await call(config, "DELETE", `/sandbox/${fourth}`);
    await get(config, `/sandbox/${fourth}`);
    await post(config, "/sandbox", {});
    const next = await get(config, `/sandbox?limit=2&cursor=${page.body.nextCursor}`);

    expect([ids(page), ids(next), next.body.nextCursor]).toEqual([[fourth, third], [second, first], null]);
  });

  test("lists by state and by time of creation", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    await post(config, "/sandbox", {});
    await post(config, "/sandbox", dockerfile("FROM a\n"));
    const [started, building] = api.sandboxes;
    if (started) started.createdAt = new Date("2026-01-01T00:00:00Z");

    expect(ids(await get(config, "/sandbox?states=pending_build&states=error"))).toEqual([building?.id]);
    expect(ids(await get(config, "/sandbox?createdAtBefore=2026-02-01T00:00:00Z"))).toEqual([started?.id]);
    expect(ids(await get(config, "/sandbox?createdAtAfter=2026-02-01T00:00:00Z"))).toEqual([building?.id]);
  });

  test("ends a sandbox whose life is over, in any state", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    api.fail({ slow: Number.POSITIVE_INFINITY });
    await post(config, "/sandbox", { ttlMinutes: 30, ...dockerfile("FROM a\n") });
    await post(config, "/sandbox", { ttlMinutes: 0 });
    const path = `/sandbox/${api.sandboxes[0]?.id}`;
    await states(config, path);
    const end = new Date((api.sandboxes[0]?.createdAt.getTime() ?? 0) + 30 * MINUTE);

    expect((await get(config, path)).body.autoDestroyAt).toBe(end.toISOString());
    api.clock = () => end.getTime() - 1;
    api.reap();
    expect(api.sandboxes[0]?.state).toBe("building_snapshot");
    api.clock = () => end.getTime();
    api.reap();
    expect(api.sandboxes.map(({ state }) => state)).toEqual(["destroyed", "stopped"]);
    expect((await get(config, path)).status).toBe(404);
  });

  test("stops an idle sandbox and deletes it later; a build that failed stays", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const start = Date.now();
    api.fail({ build: { reason: "exit code: 1" } });
    const after = async (minutes: number) => {
      api.clock = () => start + minutes * MINUTE;
      api.reap();
      return api.sandboxes.map(({ state }) => state);
    };
    api.clock = () => start;
    await post(config, "/sandbox", { autoStopInterval: 10, autoDeleteInterval: 20 });
    await post(config, "/sandbox", { autoStopInterval: 0 });
    const { body } = await post(config, "/sandbox", { autoStopInterval: 1, ...dockerfile("FROM a\n") });
    await states(config, `/sandbox/${body.id}`);

    expect(await after(9)).toEqual(["started", "started", "build_failed"]);
    expect(await after(10)).toEqual(["stopped", "started", "build_failed"]);
    expect(await after(29)).toEqual(["stopped", "started", "build_failed"]);
    expect(await after(30)).toEqual(["destroyed", "started", "build_failed"]);
  });

  test("ends what is being deleted without being asked for it", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const { body } = await post(config, "/sandbox", {});
    expect((await call(config, "DELETE", `/sandbox/${body.id}`)).body.state).toBe("destroying");

    api.reap();

    expect(api.sandboxes).toMatchObject([{ state: "destroyed" }]);
  });

  test("refuses a sandbox beyond the quota until one is gone", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    api.quota = { sandboxes: 2 };
    await post(config, "/sandbox", { name: "first" });
    await post(config, "/sandbox", {});

    expect(await post(config, "/sandbox", {})).toMatchObject({
      status: 403,
      body: { message: "Total CPU limit exceeded. Maximum allowed: 2." },
    });
    await call(config, "DELETE", "/sandbox/first");
    await get(config, "/sandbox/first");
    expect((await post(config, "/sandbox", {})).status).toBe(200);
    expect(api.peak.sandboxes).toBe(2);
  });
});
