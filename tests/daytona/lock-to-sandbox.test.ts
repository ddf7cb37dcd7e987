/**
 * The way to production: a snapshot is made ready, its lock is written, and a sandbox of it is one request.
 */
import { Image, type Lock, parseLock, serializeLock } from "pithy-image";
import type { PithyImageError } from "pithy-image/daytona";
import { describe, test } from "vitest";
import { bound } from "./bound.ts";
import { pass } from "./calls.ts";
import { lockOf } from "./locks.ts";
import { SDKS } from "./sdks.ts";

const MACHINE = { prefix: "acme/agent", resources: { cpu: 2, memory: 4 } } as const;

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("after `ensureSnapshot`, `createSandbox` with the lock is one request that makes a sandbox of the image", async ({
    expect,
    onTestFinished,
  }) => {
    const { api, ensureSnapshot, createSandbox } = await bound(sdk, onTestFinished);
    const image = Image.base("debian:12").addLocalFile("package.json", "/package.json").entrypoint(["/bin/sh"]);

    const { name, outcome } = await ensureSnapshot(image, MACHINE);
    const { lock: written } = await lockOf(image, MACHINE);
    const lock: Lock = parseLock(JSON.parse(serializeLock(written)));
    await pass(api, api.pace.spread);
    const before = api.requests.length;
    const sandbox = await createSandbox({ lock, ttlMinutes: 60 });

    expect(outcome).toBe("created");
    expect(lock.images.agent?.snapshotName).toBe(name);
    expect(api.requests.slice(before)).toMatchObject([
      { method: "POST", path: "/sandbox", body: { snapshot: name } },
      { method: "GET", path: `/sandbox/${sandbox.id}` },
    ]);
    expect(api.sandboxes).toMatchObject([{ id: sandbox.id, state: "started" }]);
    expect(sandbox).toMatchObject({ cpu: 2, memory: 4 });
    expect(await ensureSnapshot(lock)).toMatchObject({ outcome: "reused", name });
  });

  test("with the lock of an image that was changed since, no sandbox is made, and the message says what to run", async ({
    expect,
    onTestFinished,
  }) => {
    const { api, ensureSnapshot, createSandbox } = await bound(sdk, onTestFinished);
    const image = Image.base("debian:12");
    await ensureSnapshot(image);
    const { lock } = await lockOf(image.runCommands("echo more"));

    const error = await createSandbox({ lock, ttlMinutes: 60 }).then(
      () => expect.unreachable("a sandbox was made"),
      (thrown: PithyImageError) => thrown,
    );

    expect(error).toMatchObject({ code: "snapshot_not_built", leftBehind: undefined });
    expect(error.message).toContain("npx pithy-image snapshot ensure");
    expect(api.sandboxes).toEqual([]);
  });
});
