/**
 * `createSandbox({ reuse })`: one running sandbox a key, woken, replaced or made, however many calls ask for it.
 */
import { type CreateSandboxOptions, PithyDaytonaError } from "pithy-image/daytona";
import { describe, expect, onTestFinished, test } from "vitest";
import { asked, bound, failureOf, LOCK, ready, SNAPSHOT } from "./bound.ts";
import { activeSnapshot, pass, post } from "./calls.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const MINUTE = 60_000;
const NEWEST = SDKS[2] as Sdk;

/** A Daytona with the snapshot of the lock, and a call with a key. */
async function begin(sdk = NEWEST) {
  const setting = await bound(sdk, onTestFinished);
  await ready(setting);
  const create = (options: Partial<CreateSandboxOptions> = {}) =>
    setting.createSandbox({ lock: LOCK, reuse: "user-7", ttlMinutes: 60, ...options } as never);
  const live = () => setting.api.sandboxes.filter(({ gone, state }) => !gone && state !== "destroying");
  return { ...setting, create, live };
}

describe.each(SDKS)("$name", (sdk) => {
  test("the sandbox of a key is used again", async () => {
    const { api, create, live } = await begin(sdk);

    const first = await create();
    api.requests.length = 0;
    const again = await create();
    const other = await create({ reuse: "user-8" });

    expect(again.id).toBe(first.id);
    expect(other.id).not.toBe(first.id);
    expect(asked({ api }).slice(0, 1)).toEqual(["GET /sandbox/pithy-reuse-user-7"]);
    expect(live()).toMatchObject([{ name: "pithy-reuse-user-7" }, { name: "pithy-reuse-user-8" }]);
    expect((await again.process.executeCommand("true")).exitCode).toBe(0);
  });

  test("calls at once share one", async () => {
    const { create, live } = await begin(sdk);

    const sandboxes = await Promise.all(Array.from({ length: 8 }, () => create()));

    expect(new Set(sandboxes.map(({ id }) => id)).size).toBe(1);
    expect(live()).toHaveLength(1);
  });
});

describe("a sandbox of a key", () => {
  test("that sleeps is woken", async () => {
    const { api, create, live } = await begin();
    const { id } = await create();
    live()[0]?.settle("stopped");

    expect(await create()).toMatchObject({ id, state: "started" });
    expect(asked({ api }, "POST").filter((each) => each.endsWith("/start"))).toHaveLength(1);
  });

  test("that is being stopped or started is waited for", async () => {
    const { create, live } = await begin();
    const { id } = await create();
    live()[0]?.stop();

    expect(await create()).toMatchObject({ id, state: "started" });
  });

  test.each<[what: string, change: (it: Awaited<ReturnType<typeof begin>>) => Promise<object> | object]>([
    ["of another image", () => ({ snapshot: "other", lock: undefined })],
    [
      "of another region",
      async ({ api }) => {
        await activeSnapshot(api, "in-eu", { regionId: "eu" });
        const agent = { ...LOCK.images.agent, region: "eu", snapshotName: "in-eu" };
        return { lock: { ...LOCK, images: { agent } } };
      },
    ],
    [
      "near its end",
      ({ time }) => {
        time.pass(55 * MINUTE);
        return {};
      },
    ],
    [
      "that failed",
      ({ live }) => {
        live()[0]?.settle("error");
        return {};
      },
    ],
  ])("%s is replaced", async (_, change) => {
    const it = await begin();
    await activeSnapshot(it.api, "other");
    const { id } = await it.create();

    const next = await it.create(await change(it));

    expect(next.id).not.toBe(id);
    expect(it.live()).toMatchObject([{ id: next.id, state: "started", name: "pithy-reuse-user-7" }]);
  });

  test("that is being built is deleted when Daytona allows it", async () => {
    const { create, live, api } = await begin();
    await activeSnapshot(api, "other");
    api.pace = { ...api.pace, start: 40_000 };
    const first = failureOf(create({ deadline: 10 }));
    expect(await first).toMatchObject({ code: "timed_out" });

    const next = await create({ snapshot: "other", lock: undefined });

    expect(live()).toMatchObject([{ id: next.id }]);
  });

  test("stays when its call fails, and is found by the next", async () => {
    const { api, create, live } = await begin();
    api.pace = { ...api.pace, start: 40_000 };

    const error = await failureOf(create({ deadline: 10 }));
    expect(error.leftBehind).toMatch(/^sandbox `pithy-reuse-user-7`, if it was created; Daytona deletes it/);
    expect(await error.cleanedUp).toEqual({ leftBehind: error.leftBehind });
    const sandbox = await create();

    expect(live()).toMatchObject([{ id: sandbox.id, state: "started" }]);
    expect(api.sandboxes).toHaveLength(1);
  });

  test("that somebody else named so is left alone", async () => {
    const { api, create, live } = await begin();
    await post(api, "/sandbox", { name: "pithy-reuse-user-7", snapshot: SNAPSHOT });

    expect(await failureOf(create())).toMatchObject({ code: "conflict", id: live()[0]?.id });
    expect(live()).toHaveLength(1);
  });

  test("that cannot be woken for the quota says so", async () => {
    const { api, create, live } = await begin();
    await create();
    live()[0]?.settle("stopped");
    const words = "Total CPU limit exceeded. Maximum allowed: 1.";
    const always = { status: 400, message: words, times: Number.POSITIVE_INFINITY };
    api.fail({ answer: { method: "POST", path: /\/start$/, ...always } });

    expect(await failureOf(create())).toMatchObject({ code: "quota_exceeded", reason: words });
  });

  test("that Daytona does not wake is reported in Daytona's words, and requested again without haste", async () => {
    const { api, create, live } = await begin();
    const { id } = await create();
    live()[0]?.settle("stopped");
    const answer = { status: 400, message: "Sandbox is not in valid state", times: Number.POSITIVE_INFINITY };
    api.fail({ answer: { method: "POST", path: /\/start$/, ...answer } });
    const said: string[] = [];

    const error = await failureOf(create({ onWait: (reason) => void said.push(reason) }));

    expect(error).toMatchObject({ code: "timed_out", reason: answer.message });
    expect(said).toEqual([answer.message]);
    expect(live()).toMatchObject([{ id }]);
  });

  test("stays while the snapshot of another image is not ready", async () => {
    const { create, live } = await begin();
    const { id } = await create();

    expect(await failureOf(create({ snapshot: "missing", lock: undefined }))).toMatchObject({
      code: "snapshot_not_built",
    });

    expect(live()).toMatchObject([{ id, state: "started" }]);
  });

  test("whose name is taken by what cannot be found is a conflict, after few requests", async () => {
    const { api, create } = await begin();
    const answer = { status: 409, message: "taken", times: Number.POSITIVE_INFINITY };
    api.fail({ answer: { method: "POST", path: "/sandbox", ...answer } });

    expect(await failureOf(create())).toMatchObject({ code: "conflict", reason: "taken" });
    expect(api.requests.length).toBeLessThan(50);
  });

  test("is used where the server says no time", async () => {
    const { api, create } = await begin();
    api.version = "0.190"; // it knows no end of a sandbox
    const { id } = await create();

    expect((await create()).id).toBe(id);
  });

  test("is gone with its life, and made again", async () => {
    const { api, create, live } = await begin();
    await create();
    await pass(api, 61 * MINUTE);
    expect(live()).toEqual([]);

    await create();
    expect(live()).toHaveLength(1);
  });
});

test.each([
  { fallbackSnapshot: "other" },
  { reuse: "" },
  { reuse: "a/b" },
  { reuse: "x".repeat(81) },
  { name: "mine" },
])("%o is refused before anything is asked", async (options) => {
  const { api, create } = await begin();

  const error = await failureOf(create(options));

  expect(error).toBeInstanceOf(PithyDaytonaError);
  expect(error).toMatchObject({ code: "configuration" });
  expect(api.requests).toEqual([]);
});
