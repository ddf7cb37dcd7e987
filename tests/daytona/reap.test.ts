/** Sandboxes that a process left behind, deleted by the application's cron: what is deleted, and above all what is not. */
import { PithyImageError } from "pithy-image";
import type { ReapOptions } from "pithy-image/daytona";
import { describe, expect, type onTestFinished, test } from "vitest";
import { type Bound, bound } from "./bound.ts";
import { call, dockerfile, pass, post } from "./calls.ts";
import { Gate } from "./gate.ts";
import { SDKS, type Sdk } from "./sdks.ts";
import { VirtualTime } from "./time.ts";

const NONCE = "pithy-image/nonce";
const OURS = { [NONCE]: "1", app: "a" };
const HOUR = 60 * 60_000;
const OLD = { label: { app: "a" }, olderThan: 30 };

/** A bound client, and what makes sandboxes that are an hour old. */
async function setting(sdk: Sdk, finished: typeof onTestFinished, how?: Parameters<typeof bound>[2]) {
  const pithy = await bound(sdk, finished, how);
  const { api, time } = pithy;
  const old = async (labels: object, more: object = {}): Promise<string> => {
    const { body } = await post(api, "/sandbox", { labels, ...more });
    const made = api.sandboxes.find(({ id }) => id === body.id);
    if (made) made.createdAt = new Date(time.now() - HOUR);
    return String(body.id);
  };
  const states = () => Object.fromEntries(api.sandboxes.map(({ id, state }) => [id, state]));
  return { ...pithy, old, states };
}

const deletions = ({ api }: Pick<Bound, "api">) => api.requests.filter(({ method }) => method === "DELETE");

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("deletes what is ours, has the labels and is old, and nothing else", async ({ onTestFinished }) => {
    const { api, old, states, reapSandboxes } = await setting(sdk, onTestFinished);
    const mine = await old(OURS);
    const theirs = await old({ app: "a" });
    const other = await old({ ...OURS, app: "b" });
    const { body } = await post(api, "/sandbox", { labels: OURS });
    await pass(api, api.pace.lag);

    const { deleted, kept, failed } = await reapSandboxes(OLD);

    expect({ deleted, failed }).toEqual({ deleted: [mine], failed: [] });
    expect(kept).toHaveLength(2);
    expect(kept).toEqual(
      expect.arrayContaining([
        { id: theirs, reason: "not ours" },
        { id: body.id, reason: "young" },
      ]),
    );
    expect(states()).toMatchObject({ [mine]: "destroying", [theirs]: "started", [other]: "started" });
    await pass(api, api.pace.remove + api.pace.lag);
    expect(await reapSandboxes(OLD)).toMatchObject({ deleted: [], failed: [] });
  });

  test.for<[string, unknown]>([
    ["no label", {}],
    ["an empty label", { app: "" }],
    ["an undefined one", { app: undefined }],
    ["one among others", { app: "a", team: undefined }],
    ["labels of a prototype", Object.create({ app: "a" })],
    ["an array", ["app"]],
    ["nothing", undefined],
  ])("refuses %s before anything is asked", async ([, label], { onTestFinished }) => {
    const { api, reapSandboxes } = await setting(sdk, onTestFinished);

    const reaping = reapSandboxes({ label, olderThan: 0 } as ReapOptions);

    await expect(reaping).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringMatching(/^`label(\["\w+"\])?` must .*, got .*\nCorrect the call of `reapSandboxes`\./),
    });
    expect(api.requests).toEqual([]);
  });

  test("deletes nothing that a server lists without being asked to", async ({ onTestFinished }) => {
    const request = (url: URL) => url.searchParams.delete("labels");
    const { old, reapSandboxes } = await setting(sdk, onTestFinished, { request });
    const mine = await old(OURS);
    await old({ [NONCE]: "1" });
    await old({ ...OURS, app: "A" });
    const theirs = await old({ [NONCE]: "", app: "a" });

    expect(await reapSandboxes(OLD)).toEqual({
      deleted: [mine],
      kept: [{ id: theirs, reason: "not ours" }],
      failed: [],
    });
  });

  test("looks at a sandbox again before it deletes it", async ({ onTestFinished }) => {
    const it = await setting(sdk, onTestFinished);
    const id = await it.old(OURS);
    const gate = new Gate();
    it.api.fail({ answer: { method: "GET", path: `/sandbox/${id}`, until: gate.until } });

    const reaping = it.reapSandboxes(OLD);
    await gate.arrived;
    await call(it.api, "PUT", `/sandbox/${id}/labels`, { labels: { ...OURS, app: "b" } });
    gate.open();

    expect(await reaping).toEqual({ deleted: [], kept: [{ id, reason: "not ours" }], failed: [] });
    expect(deletions(it)).toEqual([]);
  });

  test.for([["1999"], ["2099"]])("goes by the server's clock, in %s", async ([year], { onTestFinished }) => {
    const time = new VirtualTime(Date.parse(`${year}-06-01`));
    const { api, old, reapSandboxes } = await setting(sdk, onTestFinished, { time });
    const hour = await old(OURS);
    const { body: young } = await post(api, "/sandbox", { labels: OURS });
    await pass(api, api.pace.lag);

    expect(await reapSandboxes(OLD)).toEqual({
      deleted: [hour],
      kept: [{ id: young.id, reason: "young" }],
      failed: [],
    });
  });

  test("deletes nothing where the server's time is not known", async ({ onTestFinished }) => {
    const answer = (_: string, body: unknown, headers: Record<string, string>) => {
      delete headers.date;
      return body;
    };
    const it = await setting(sdk, onTestFinished, { answer });
    await it.old(OURS);

    await expect(it.reapSandboxes(OLD)).rejects.toMatchObject({
      code: "network",
      message: expect.stringContaining("no `Date` header"),
    });
    expect(deletions(it)).toEqual([]);
  });

  test("goes over all pages", async ({ onTestFinished }) => {
    const { old, reapSandboxes } = await setting(sdk, onTestFinished);
    const ids = await Promise.all(Array.from({ length: 230 }, () => old(OURS)));

    const { deleted } = await reapSandboxes(OLD);

    expect(new Set(deleted)).toEqual(new Set(ids));
  });

  test("deletes nothing in a dry run", async ({ onTestFinished }) => {
    const it = await setting(sdk, onTestFinished);
    const id = await it.old(OURS);

    expect(await it.reapSandboxes({ ...OLD, dryRun: true })).toMatchObject({ deleted: [id] });

    expect(deletions(it)).toEqual([]);
  });

  test("may be called by several at once", async ({ onTestFinished }) => {
    const { old, reapSandboxes } = await setting(sdk, onTestFinished);
    const ids = await Promise.all(Array.from({ length: 20 }, () => old(OURS)));

    const all = await Promise.all(Array.from({ length: 4 }, () => reapSandboxes(OLD)));

    expect(all.flatMap(({ failed }) => failed)).toEqual([]);
    expect(new Set(all.flatMap(({ deleted }) => deleted))).toEqual(new Set(ids));
  });

  test("tries again while a state is changing, and tells what fails without stopping", async ({ onTestFinished }) => {
    const { api, old, reapSandboxes } = await setting(sdk, onTestFinished);
    const [refused, busy, well] = [await old(OURS), await old(OURS), await old(OURS)];
    const answer = { method: "DELETE", message: "no" };
    api.fail({ answer: { ...answer, path: `/sandbox/${refused}`, status: 403 } });
    api.fail({ answer: { ...answer, path: `/sandbox/${busy}`, status: 409, times: 3 } });

    const { deleted, failed } = await reapSandboxes(OLD);

    expect(new Set(deleted)).toEqual(new Set([busy, well]));
    expect(failed).toEqual([{ id: refused, error: expect.any(PithyImageError) }]);
    expect(failed[0]?.error).toMatchObject({ id: refused, status: 403 });
  });

  test("waits for a build, and while it is throttled, as long as the deadline lets it", async ({ onTestFinished }) => {
    const { api, old, reapSandboxes } = await setting(sdk, onTestFinished);
    api.fail({ slow: 180 });
    const building = await old(OURS, dockerfile("FROM a\n"));
    const throttled = await old(OURS);
    await pass(api, api.pace.assign);
    api.fail({ answer: { method: "DELETE", path: `/sandbox/${throttled}`, status: 429, retryAfter: 9, times: 12 } });

    const { deleted, failed } = await reapSandboxes({ ...OLD, deadline: 600 });

    expect({ deleted: new Set(deleted), failed }).toEqual({ deleted: new Set([building, throttled]), failed: [] });
  });

  test("ends at its deadline, and tells what is left", async ({ onTestFinished }) => {
    const { api, old, reapSandboxes } = await setting(sdk, onTestFinished);
    api.fail({ slow: Number.POSITIVE_INFINITY });
    const busy = await old(OURS, dockerfile("FROM a\n"));
    const well = await old(OURS);
    api.sandboxes[0]?.settle("starting");

    const { deleted, failed } = await reapSandboxes({ ...OLD, deadline: 30 });

    expect(deleted).toEqual([well]);
    expect(failed).toMatchObject([{ id: busy, error: { code: "timed_out" } }]);
  });

  test("is stopped by its signal", async ({ onTestFinished }) => {
    const { old, reapSandboxes } = await setting(sdk, onTestFinished);
    await old(OURS);

    const reaping = reapSandboxes({ ...OLD, signal: AbortSignal.abort() });

    await expect(reaping).rejects.toMatchObject({ code: "aborted" });
  });
});
