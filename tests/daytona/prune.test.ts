/** Snapshots that nobody needs any longer: what is deleted, and above all what is not. */
import { Image, type Lock, lockEntry } from "pithy-image";
import { describe, expect, type onTestFinished, test } from "vitest";
import { bound } from "./bound.ts";
import type { State } from "./build.ts";
import { dockerfile, post } from "./calls.ts";
import { Gate } from "./gate.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const HOUR = 3_600_000;

/** A name as ours are. */
const named = (prefix: string, digit: string): string => `${prefix}-${digit.repeat(20)}`;

async function setting(sdk: Sdk, finished: typeof onTestFinished) {
  const pithy = await bound(sdk, finished);
  const { api, time } = pithy;
  const hoursAgo = (hours: number): Date => new Date(time.now() - hours * HOUR);
  const snapshot = async (name: string, age: number, more: { state?: State; usedHoursAgo?: number } = {}) => {
    await post(api, "/snapshots", { name, ...dockerfile(`FROM ${name}\n`) });
    const made = api.snapshots.find((candidate) => candidate.name === name);
    made?.settle(more.state ?? "active");
    Object.assign(made ?? {}, { createdAt: hoursAgo(age), lastUsedAt: hoursAgo(more.usedHoursAgo ?? age) });
    return name;
  };
  const live = () => api.snapshots.filter(({ state }) => state === "active").map(({ name }) => name);
  return { ...pithy, snapshot, live };
}

/** A lock that names a snapshot. */
async function lockOf(snapshotName: string): Promise<Lock> {
  const entry = lockEntry(await Image.base("debian:12").resolve());
  return { format: "pithy-image-lock/1", images: { agent: { ...entry, snapshotName } } };
}

const PREFIX = "acme/agent";

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("deletes what nobody needs, and tells of the rest why it stays", async ({ onTestFinished }) => {
    const { api, snapshot, live, pruneSnapshots } = await setting(sdk, onTestFinished);
    const old = await snapshot(named(PREFIX, "0"), 200);
    const failed = await snapshot(named(PREFIX, "1"), 100, { state: "build_failed" });
    const asleep = await snapshot(named(PREFIX, "2"), 190, { state: "inactive" });
    const locked = await snapshot(named(PREFIX, "3"), 300);
    const used = await snapshot(named(PREFIX, "4"), 250, { usedHoursAgo: 47 });
    const newest = [];
    for (const digit of ["5", "6", "7"]) newest.push(await snapshot(named(PREFIX, digit), 150));
    const building = named(PREFIX, "8");
    await post(api, "/snapshots", { name: building, ...dockerfile("FROM slow\n") });
    const keep = [await lockOf(locked)];
    const before = live();

    const plan = await pruneSnapshots({ prefix: PREFIX, keep, keepNewest: 4 });
    expect(live()).toEqual(before);
    const done = await pruneSnapshots({ prefix: PREFIX, keep, keepNewest: 4, dryRun: false });

    expect(done).toEqual(plan);
    expect(new Set(done.deleted)).toEqual(new Set([old, failed, asleep]));
    expect(Object.fromEntries(done.kept.map(({ name, reason }) => [name, reason]))).toEqual({
      [locked]: "in a lock",
      [used]: "used lately",
      [building]: "in progress",
      ...Object.fromEntries(newest.map((name) => [name, "newest"])),
    });
    expect(new Set(live())).toEqual(new Set(before.filter((name) => !done.deleted.includes(name))));
  });

  test("knows no other prefix, and no name that was typed", async ({ onTestFinished }) => {
    const { snapshot, live, pruneSnapshots } = await setting(sdk, onTestFinished);
    const names = [named("acme/agent-web", "0"), named("x/acme/agent", "1"), "acme/agent-v1", `${named(PREFIX, "a")}0`];
    for (const name of names) await snapshot(name, 200);

    const pruned = await pruneSnapshots({ prefix: PREFIX, keep: [], keepNewest: 0, usedWithinHours: 0, dryRun: false });

    expect(pruned).toEqual({ deleted: [], kept: [] });
    expect(live()).toEqual(names);
  });

  test("may be called by several at once", async ({ onTestFinished }) => {
    const { snapshot, live, pruneSnapshots } = await setting(sdk, onTestFinished);
    for (const digit of "0123456") await snapshot(named(PREFIX, digit), 200 - Number(digit));

    await Promise.all(Array.from({ length: 4 }, () => pruneSnapshots({ prefix: PREFIX, keep: [], dryRun: false })));

    expect(live()).toEqual(["4", "5", "6"].map((digit) => named(PREFIX, digit)));
  });

  test("leaves what came into use after it was listed", async ({ onTestFinished }) => {
    const { api, snapshot, live, pruneSnapshots } = await setting(sdk, onTestFinished);
    const [first, second] = [await snapshot(named(PREFIX, "0"), 200), await snapshot(named(PREFIX, "1"), 200)];
    const gate = new Gate();
    api.fail({ answer: { method: "DELETE", path: /snapshots/, until: gate.until } });

    const pruning = pruneSnapshots({ prefix: PREFIX, keep: [], keepNewest: 0, dryRun: false });
    await gate.arrived;
    await post(api, "/sandbox", { snapshot: second });
    gate.open();

    expect(await pruning).toEqual({ deleted: [first], kept: [{ name: second, reason: "used lately" }] });
    expect(live()).toContain(second);
  });

  test("makes room for a snapshot beyond the quota, once, and leaves what a lock names", async ({ onTestFinished }) => {
    const { api, snapshot, live, ensureSnapshot } = await setting(sdk, onTestFinished);
    const names = [];
    for (const digit of "01234") names.push(await snapshot(named(PREFIX, digit), 200 - Number(digit)));
    api.quota = { snapshots: 5 };
    const keep = [await lockOf(names[0] ?? "")];

    const { outcome, name } = await ensureSnapshot(Image.base("debian:12"), { prefix: PREFIX, keep });

    expect(outcome).toBe("created");
    expect(live()).toEqual([...names.filter((_, i) => i !== 1), name]);
  });

  test("gets the quota error when there is nothing to prune", async ({ onTestFinished }) => {
    const { api, snapshot, live, ensureSnapshot } = await setting(sdk, onTestFinished);
    const names = [await snapshot(named(PREFIX, "0"), 1), await snapshot(named("other", "0"), 200)];
    api.quota = { snapshots: 2 };

    const ensuring = ensureSnapshot(Image.base("debian:12"), { prefix: PREFIX });

    await expect(ensuring).rejects.toMatchObject({ code: "quota_exceeded" });
    expect(live()).toEqual(names);
  });
});
