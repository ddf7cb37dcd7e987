/**
 * Warm pools over the SDK that has them, and who gets a sandbox out of one.
 */

import { Daytona } from "sdk-latest";
import { expect, onTestFinished, test } from "vitest";
import { activeSnapshot, call, get, pass, post, virtualDaytona } from "./calls.ts";

/** A Daytona whose organization may have warm pools, with a snapshot. */
async function pooled() {
  const fixture = await virtualDaytona(onTestFinished);
  fixture.api.organization = { ...fixture.api.organization, warmPools: true };
  await activeSnapshot(fixture.api, "app");
  return fixture;
}

/** A pool that is full. */
async function full(api: Parameters<typeof activeSnapshot>[0], pool: number): Promise<void> {
  await post(api, "/warm-pools", { snapshot: "app", pool });
  await pass(api, api.pace.fill);
}

test("a pool is created once for a snapshot and region, listed, resized and deleted", async () => {
  const { config } = await pooled();
  const { warmPool } = new Daytona(config);

  const pool = await warmPool.create({ snapshot: "app", pool: 2 });

  expect(pool).toMatchObject({ snapshot: "app", target: "us", pool: 2, currentSize: 0, osUser: "daytona", env: {} });
  await expect(warmPool.create({ snapshot: "app", pool: 1, target: "us" })).rejects.toMatchObject({ statusCode: 409 });
  await expect(warmPool.create({ snapshot: "none", pool: 1 })).rejects.toMatchObject({ statusCode: 404 });
  await expect(warmPool.create({ snapshot: "app", pool: 0 })).rejects.toMatchObject({ statusCode: 400 });
  expect(await warmPool.update(pool.id, { pool: 5 })).toMatchObject({ id: pool.id, pool: 5 });
  expect(await warmPool.list()).toMatchObject([{ id: pool.id, pool: 5 }]);
  await warmPool.delete(pool.id);
  expect(await warmPool.list()).toEqual([]);
  await expect(warmPool.delete(pool.id)).rejects.toMatchObject({ statusCode: 404 });
});

test("a create that asks for nothing of its own gets a sandbox of the pool, until it is empty", async () => {
  const { api, config } = await pooled();
  const client = new Daytona(config);
  const { id } = await client.warmPool.create({ snapshot: "app", pool: 1 });
  await pass(api, api.pace.fill);
  const { lastUsedAt } = (await get(api, "/snapshots/app")).body;

  const warm = await client.create({ snapshot: "app", labels: { app: "a" }, ttlMinutes: 30 });
  expect(warm).toMatchObject({ state: "started", warmPoolId: id, labels: { app: "a" } });
  expect((await get(api, "/snapshots/app")).body.lastUsedAt, "a claim is no use").toBe(lastUsedAt);

  expect((await post(api, "/sandbox", { snapshot: "app" })).body).not.toHaveProperty("warmPoolId");
  expect(api.claimed.map((sandbox) => sandbox.id)).toEqual([warm.id]);
  await pass(api, api.pace.fill);
  expect(await client.warmPool.list()).toMatchObject([{ currentSize: 1 }]);
  await client.create({ snapshot: "app" });
  expect(api.claimed).toHaveLength(2);
});

test("a pool goes with its snapshot", async () => {
  const { api } = await pooled();
  await full(api, 1);

  await call(api, "DELETE", `/snapshots/${api.snapshots[0]?.id}`);

  expect((await get(api, "/warm-pools")).body).toEqual([]);
});

test("an organization that has no pools gets that as the reason", async () => {
  const { api } = await pooled();
  api.organization = { ...api.organization, warmPools: false };

  expect((await post(api, "/warm-pools", { snapshot: "app", pool: 1 })).status).toBe(403);
  api.version = "0.190";
  expect((await get(api, "/warm-pools")).status).toBe(404);
});

test.each([
  ["environment variables", { env: { A: "1" } }],
  ["volumes", { volumes: [{ volumeId: "v", mountPath: "/v" }] }],
  ["secrets", { secrets: [{ TOKEN: "token" }] }],
  ["a user", { user: "root" }],
])("a create with %s misses the pool", async (_, own) => {
  const { api } = await pooled();
  await full(api, 1);

  expect((await post(api, "/sandbox", { snapshot: "app", ...own })).status).toBe(200);
  expect(api.claimed).toEqual([]);
  expect((await post(api, "/sandbox", { snapshot: "app", env: {}, volumes: [] })).status).toBe(200);
  expect(api.claimed).toHaveLength(1);
});

test("sandboxes that wait count against the quota", async () => {
  const { api } = await pooled();
  await full(api, 2);
  api.quota = { sandboxes: 2 };

  expect((await post(api, "/sandbox", {})).status).toBe(400);
  expect((await post(api, "/sandbox", { snapshot: "app" })).status).toBe(200);
  await pass(api, api.pace.lag);
  expect((await get(api, "/sandbox")).body.items).toHaveLength(1);
});
