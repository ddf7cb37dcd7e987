/** Sandboxes that a process left behind, deleted by the application's cron. */
import { PithyImageError } from "pithy-image";
import { describe, expect, type onTestFinished, test } from "vitest";
import { bound } from "./bound.ts";
import { dockerfile, pass, post } from "./calls.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const OURS = { "pithy-image/nonce": "1", app: "a" };
const HOUR = 60 * 60_000;

/** A bound client, and what makes sandboxes that are an hour old. */
async function setting(sdk: Sdk, finished: typeof onTestFinished) {
  const pithy = await bound(sdk, finished);
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

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("deletes what is ours, has the labels and is old, and nothing else", async ({ onTestFinished }) => {
    const { api, old, states, reapSandboxes } = await setting(sdk, onTestFinished);
    const mine = await old(OURS);
    const theirs = await old({ app: "a" });
    const other = await old({ ...OURS, app: "b" });
    const { body } = await post(api, "/sandbox", { labels: OURS });
    await pass(api, api.pace.lag);

    const { deleted, kept, failed } = await reapSandboxes({ label: { app: "a" }, olderThan: 30 });

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
    expect(await reapSandboxes({ label: { app: "a" }, olderThan: 30 })).toMatchObject({ deleted: [], failed: [] });
  });

  test("goes over all pages", async ({ onTestFinished }) => {
    const { old, reapSandboxes } = await setting(sdk, onTestFinished);
    const ids = await Promise.all(Array.from({ length: 230 }, () => old(OURS)));

    const { deleted } = await reapSandboxes({ label: { app: "a" }, olderThan: 30 });

    expect(new Set(deleted)).toEqual(new Set(ids));
  });

  test("deletes nothing in a dry run", async ({ onTestFinished }) => {
    const { api, old, reapSandboxes } = await setting(sdk, onTestFinished);
    const id = await old(OURS);

    expect(await reapSandboxes({ label: { app: "a" }, olderThan: 30, dryRun: true })).toMatchObject({ deleted: [id] });

    expect(api.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
  });

  test("tries again while a state is changing, and tells what fails without stopping", async ({ onTestFinished }) => {
    const { api, old, reapSandboxes } = await setting(sdk, onTestFinished);
    const [refused, busy, well] = [await old(OURS), await old(OURS), await old(OURS)];
    const answer = { method: "DELETE", message: "no" };
    api.fail({ answer: { ...answer, path: `/sandbox/${refused}`, status: 403 } });
    api.fail({ answer: { ...answer, path: `/sandbox/${busy}`, status: 409, times: 3 } });

    const { deleted, failed } = await reapSandboxes({ label: { app: "a" }, olderThan: 30 });

    expect(new Set(deleted)).toEqual(new Set([busy, well]));
    expect(failed).toEqual([{ id: refused, error: expect.any(PithyImageError) }]);
    expect(failed[0]?.error).toMatchObject({ id: refused, status: 403 });
  });

  test("ends at its deadline, and tells what is left", async ({ onTestFinished }) => {
    const { api, old, reapSandboxes } = await setting(sdk, onTestFinished);
    api.fail({ slow: Number.POSITIVE_INFINITY });
    const busy = await old(OURS, dockerfile("FROM a\n"));
    const well = await old(OURS);
    api.sandboxes[0]?.settle("starting");

    const { deleted, failed } = await reapSandboxes({ label: { app: "a" }, olderThan: 30, deadline: 30 });

    expect(deleted).toEqual([well]);
    expect(failed).toMatchObject([{ id: busy, error: { code: "timed_out" } }]);
  });

  test("is stopped by its signal", async ({ onTestFinished }) => {
    const { old, reapSandboxes } = await setting(sdk, onTestFinished);
    await old(OURS);

    const reaping = reapSandboxes({ label: { app: "a" }, olderThan: 30, signal: AbortSignal.abort() });

    await expect(reaping).rejects.toMatchObject({ code: "aborted" });
  });
});
