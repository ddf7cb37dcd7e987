/**
 * Warm pools over the SDK that has them, and who gets a sandbox out of one.
 */

import { Daytona } from "sdk-latest";
import { expect, onTestFinished, test } from "vitest";
import { activeSnapshot, daytona, get, post } from "./calls.ts";

test("a pool is created once for a snapshot and region, listed, resized and deleted", async ({ onTestFinished }) => {
  const { config } = await daytona(onTestFinished);
  await activeSnapshot(config, "app");
  const { warmPool } = new Daytona(config);

  const pool = await warmPool.create({ snapshot: "app", pool: 2 });

  expect(pool).toMatchObject({ snapshot: "app", target: "us", pool: 2, currentSize: 2, osUser: "daytona", env: {} });
  await expect(warmPool.create({ snapshot: "app", pool: 1, target: "us" })).rejects.toMatchObject({ statusCode: 409 });
  await expect(warmPool.create({ snapshot: "none", pool: 1 })).rejects.toMatchObject({ statusCode: 404 });
  expect(await warmPool.update(pool.id, { pool: 5 })).toMatchObject({ id: pool.id, pool: 5 });
  expect(await warmPool.list()).toMatchObject([{ id: pool.id, pool: 5 }]);
  await warmPool.delete(pool.id);
  expect(await warmPool.list()).toEqual([]);
  await expect(warmPool.delete(pool.id)).rejects.toMatchObject({ statusCode: 404 });
});

test("a create that asks for nothing of its own gets a sandbox of the pool, until it is empty", async ({
  onTestFinished,
}) => {
  const { api, config } = await daytona(onTestFinished);
  await activeSnapshot(config, "app");
  const client = new Daytona(config);
  const { id } = await client.warmPool.create({ snapshot: "app", pool: 1 });

  const warm = await client.create({ snapshot: "app", labels: { app: "a" }, ttlMinutes: 30 });
  const cold = await client.create({ snapshot: "app" });

  expect(warm).toMatchObject({ state: "started", warmPoolId: id, labels: { app: "a" } });
  expect(cold).toMatchObject({ state: "started", warmPoolId: undefined });
  expect(api.claimed.map((sandbox) => sandbox.id)).toEqual([warm.id]);
  expect(await client.warmPool.list()).toMatchObject([{ currentSize: 1 }]);
  await client.create({ snapshot: "app" });
  expect(api.claimed).toHaveLength(2);
});

test.each([
  ["environment variables", { env: { A: "1" } }],
  ["volumes", { volumes: [{ volumeId: "v", mountPath: "/v" }] }],
  ["secrets", { secrets: [{ TOKEN: "token" }] }],
  ["a user", { user: "root" }],
])("a create with %s misses the pool", async (_, own) => {
  const { api, config } = await daytona(onTestFinished);
  await activeSnapshot(config, "app");
  await post(config, "/warm-pools", { snapshot: "app", pool: 1 });

  expect((await post(config, "/sandbox", { snapshot: "app", ...own })).status).toBe(200);
  expect(api.claimed).toEqual([]);
  expect((await post(config, "/sandbox", { snapshot: "app", env: {}, volumes: [] })).status).toBe(200);
  expect(api.claimed).toHaveLength(1);
});

test("sandboxes that wait count against the quota", async ({ onTestFinished }) => {
  const { api, config } = await daytona(onTestFinished);
  await activeSnapshot(config, "app");
  await post(config, "/warm-pools", { snapshot: "app", pool: 2 });
  api.quota = { sandboxes: 2 };

  expect((await post(config, "/sandbox", {})).status).toBe(403);
  expect((await post(config, "/sandbox", { snapshot: "app" })).status).toBe(200);
  expect((await get(config, "/sandbox")).body.items).toHaveLength(1);
});
