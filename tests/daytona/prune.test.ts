/** Snapshots that nobody needs any longer: what is deleted, and above all what is not. */
import { randomUUID } from "node:crypto";
import { Image, type Lock, lockEntry } from "pithy-image";
import type { PruneSnapshotsOptions } from "pithy-image/daytona";
import { describe, expect, type onTestFinished, test } from "vitest";
import { type Bound, bound, failureOf } from "./bound.ts";
import { Build, type State } from "./build.ts";
import { dockerfile, pass, post } from "./calls.ts";
import { Gate } from "./gate.ts";
import { SDKS, type Sdk } from "./sdks.ts";
import { VirtualTime } from "./time.ts";

const HOUR = 3_600_000;

/** A name as ours are. */
const named = (prefix: string, digit: string): string => `${prefix}-${digit.repeat(20)}`;

async function setting(sdk: Sdk, finished: typeof onTestFinished, how?: Parameters<typeof bound>[2]) {
  const pithy = await bound(sdk, finished, how);
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

/** A sandbox of a snapshot, as if it had been made so long ago that the snapshot's record says nothing of it. */
async function sandboxOf({ api }: Pick<Bound, "api">, name: string): Promise<Build> {
  const snapshot = api.snapshots.find((candidate) => candidate.name === name);
  const { lastUsedAt = null } = snapshot ?? {};
  const { body } = await post(api, "/sandbox", { snapshot: name });
  if (snapshot) snapshot.lastUsedAt = lastUsedAt;
  const made = api.sandboxes.find(({ id }) => id === body.id);
  if (!made) throw new Error(`no sandbox: ${JSON.stringify(body)}`);
  return made;
}

const deletions = ({ api }: Pick<Bound, "api">) => api.requests.filter(({ method }) => method === "DELETE");

/** A lock that names a snapshot. */
async function lockOf(snapshotName: string): Promise<Lock> {
  const entry = lockEntry(await Image.base("debian:12").resolve());
  return { format: "pithy-image-lock/1", images: { agent: { ...entry, snapshotName } } };
}

const PREFIX = "acme/agent";
/** Everything with the prefix goes that is not kept for another reason. */
const ALL = { prefix: PREFIX, keep: [], keepNewest: 0, dryRun: false };

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

  test("deletes what a stopped call left waiting for its name, which is none of the newest", async ({
    onTestFinished,
  }) => {
    const { snapshot, pruneSnapshots } = await setting(sdk, onTestFinished);
    const left = await snapshot(`pending/${named(PREFIX, "0")}`, 100);
    const newest = await snapshot(named(PREFIX, "1"), 200);

    const { deleted, kept } = await pruneSnapshots({ prefix: PREFIX, keep: [], keepNewest: 1, dryRun: false });

    expect(deleted).toEqual([left]);
    expect(kept).toEqual([{ name: newest, reason: "newest" }]);
  });
  test("knows no other prefix, and no name that was typed", async ({ onTestFinished }) => {
    const { snapshot, live, pruneSnapshots } = await setting(sdk, onTestFinished);
    const names = [
      ...[named("acme/agent-web", "0"), named("x/acme/agent", "1"), named("Acme/Agent", "2"), named("acme_agent", "3")],
      ...["acme/agent-v1", `${named(PREFIX, "a")}0`, named(PREFIX, "A"), `${named(PREFIX, "b")}-x`, "acme/agent-0123"],
    ];
    for (const name of names) await snapshot(name, 200);

    expect(await pruneSnapshots({ ...ALL, usedWithinHours: 0 })).toEqual({ deleted: [], kept: [], failed: [] });
    expect(live()).toEqual(names);
  });

  test("takes `_` as it is, not as any character", async ({ onTestFinished }) => {
    const { snapshot, pruneSnapshots } = await setting(sdk, onTestFinished);
    const mine = await snapshot(named("acme_agent", "0"), 200);
    await snapshot(named("acme-agent", "1"), 200);

    expect(await pruneSnapshots({ ...ALL, prefix: "acme_agent" })).toMatchObject({ deleted: [mine], kept: [] });
  });

  test.for<[string, unknown]>([
    ["nothing", undefined],
    ["an empty one", ""],
    ["the beginning of others", "acme/"],
    ["the beginning of names", "acme/agent-"],
    ["two letters", "ac"],
    ["a pattern", "acme/%"],
    ["a blank", "acme/agent "],
    ["what precedes names without a prefix", "pithy-image"],
  ])("refuses as a prefix, before anything is asked: %s", async ([, prefix], { onTestFinished }) => {
    const { api, pruneSnapshots } = await setting(sdk, onTestFinished);

    const pruning = pruneSnapshots({ ...ALL, prefix } as PruneSnapshotsOptions);

    await expect(pruning).rejects.toMatchObject({
      code: "configuration",
      message: expect.stringMatching(/^`prefix` must be (a whole prefix such as|the application's own)/),
    });
    expect(api.requests).toEqual([]);
  });

  test("leaves what only has such a name: it was pulled, or is Daytona's own", async ({ onTestFinished }) => {
    const [pulled, general, mine] = [named(PREFIX, "0"), named(PREFIX, "1"), named(PREFIX, "2")];
    const ofAll = (record: { name: string }) => (record.name === general ? { ...record, general: true } : record);
    const answer = (_: string, body: unknown) => {
      const { items } = Object(body) as { items?: { name: string }[] };
      return items ? { ...Object(body), items: items.map(ofAll) } : body;
    };
    const it = await setting(sdk, onTestFinished, { answer });
    await post(it.api, "/snapshots", { name: pulled, imageName: "debian:12" });
    it.api.snapshots[0]?.settle("active");
    Object.assign(it.api.snapshots[0] ?? {}, { createdAt: new Date(0), lastUsedAt: null });
    for (const name of [general, mine]) await it.snapshot(name, 200);

    expect(await it.pruneSnapshots(ALL)).toEqual({ deleted: [mine], kept: [], failed: [] });
  });

  test("deletes nothing that a server lists without being asked to", async ({ onTestFinished }) => {
    const request = (url: URL) => url.searchParams.delete("name");
    const { snapshot, live, pruneSnapshots } = await setting(sdk, onTestFinished, { request });
    const mine = await snapshot(named(PREFIX, "0"), 200);
    const others = [await snapshot(named("other", "0"), 200), await snapshot("typed", 200)];

    expect(await pruneSnapshots(ALL)).toEqual({ deleted: [mine], kept: [], failed: [] });
    expect(live()).toEqual(others);
  });

  test("leaves what is another snapshot when it is looked at again", async ({ onTestFinished }) => {
    const answer = (path: string, body: unknown) =>
      /^\/snapshots\/./.test(path) ? { ...Object(body), name: named("other", "0") } : body;
    const it = await setting(sdk, onTestFinished, { answer });
    const name = await it.snapshot(named(PREFIX, "0"), 200);

    expect(await it.pruneSnapshots(ALL)).toEqual({ deleted: [], kept: [{ name, reason: "not ours" }], failed: [] });
    expect(deletions(it)).toEqual([]);
  });

  test("leaves what a sandbox uses in any state, also where a server lists all sandboxes", async ({
    onTestFinished,
  }) => {
    const request = (url: URL) => url.searchParams.delete("snapshots");
    const it = await setting(sdk, onTestFinished, { request });
    const names = [];
    for (const digit of "01234567") names.push(await it.snapshot(named(PREFIX, digit), 200));
    await pass(it.api, it.api.pace.spread);
    const states: State[] = ["started", "stopped", "archived", "restoring", "error", "destroying", "destroyed"];
    for (const [i, state] of states.entries()) (await sandboxOf(it, names[i] ?? "")).settle(state);
    await pass(it.api, it.api.pace.lag);

    const { deleted, kept } = await it.pruneSnapshots(ALL);

    expect(deleted).toEqual(names.slice(5));
    expect(kept).toEqual(names.slice(0, 5).map((name) => ({ name, reason: "used by a sandbox" })));
  });

  test("leaves what a sandbox began to use while the sandboxes are listed again", async ({ onTestFinished }) => {
    const it = await setting(sdk, onTestFinished);
    const name = await it.snapshot(named(PREFIX, "0"), 200);
    await pass(it.api, it.api.pace.spread);
    const listed = { method: "GET", path: /^\/sandbox(\/paginated)?(\?|$)/ };
    it.api.fail({ answer: { ...listed, until: async () => {} } });
    it.api.fail({ answer: { ...listed, until: () => post(it.api, "/sandbox", { snapshot: name }) } });

    expect(await it.pruneSnapshots(ALL)).toEqual({ deleted: [], kept: [{ name, reason: "used lately" }], failed: [] });
    expect(it.api.sandboxes).toHaveLength(1);
  });

  test("leaves what a sandbox began to use without a trace in the record", async ({ onTestFinished }) => {
    const it = await setting(sdk, onTestFinished);
    const [first, second] = [await it.snapshot(named(PREFIX, "0"), 200), await it.snapshot(named(PREFIX, "1"), 200)];
    await pass(it.api, it.api.pace.spread);
    const gate = new Gate();
    it.api.fail({ answer: { method: "DELETE", path: /snapshots/, until: gate.until } });

    const pruning = it.pruneSnapshots(ALL);
    await gate.arrived;
    await sandboxOf(it, second);
    await pass(it.api, it.api.pace.lag);
    gate.open();

    expect(await pruning).toMatchObject({ deleted: [first], kept: [{ name: second, reason: "used by a sandbox" }] });
  });

  test("leaves what was used so lately that no list has it yet", async ({ onTestFinished }) => {
    const it = await setting(sdk, onTestFinished);
    const name = await it.snapshot(named(PREFIX, "0"), 200);
    await pass(it.api, it.api.pace.spread);
    it.api.pace = { ...it.api.pace, lag: 60_000 };
    await post(it.api, "/sandbox", { snapshot: name });
    await pass(it.api, 30_000);

    const { deleted, kept } = await it.pruneSnapshots({ ...ALL, usedWithinHours: 0 });

    expect({ deleted, kept }).toEqual({ deleted: [], kept: [{ name, reason: "used lately" }] });
  });

  test.for([["1999"], ["2099"]])("goes by the server's clock, in %s", async ([year], { onTestFinished }) => {
    const time = new VirtualTime(Date.parse(`${year}-06-01`));
    const { snapshot, pruneSnapshots } = await setting(sdk, onTestFinished, { time });
    const [old, young] = [await snapshot(named(PREFIX, "0"), 49), await snapshot(named(PREFIX, "1"), 47)];

    expect(await pruneSnapshots(ALL)).toMatchObject({ deleted: [old], kept: [{ name: young, reason: "used lately" }] });
  });

  test("deletes nothing where the server's time is not known", async ({ onTestFinished }) => {
    const answer = (_: string, body: unknown, headers: Record<string, string>) => {
      delete headers.date;
      return body;
    };
    const it = await setting(sdk, onTestFinished, { answer });
    await it.snapshot(named(PREFIX, "0"), 200);

    await expect(it.pruneSnapshots(ALL)).rejects.toMatchObject({ code: "network" });
    expect(deletions(it)).toEqual([]);
  });

  test("tells what could not be deleted, without stopping, and ends at its deadline", async ({ onTestFinished }) => {
    const it = await setting(sdk, onTestFinished);
    const names = [];
    for (const digit of "0123") names.push(await it.snapshot(named(PREFIX, digit), 200));
    const [refused = "", busy = "", throttled = "", held = ""] = it.api.snapshots.map(({ id }) => `/snapshots/${id}`);
    const fail = (path: string, status: number, times: number) =>
      it.api.fail({ answer: { method: "DELETE", path, status, times } });
    fail(refused, 403, 1);
    fail(busy, 409, 3);
    fail(throttled, 429, 12);
    fail(held, 409, Number.POSITIVE_INFINITY);

    const { deleted, failed } = await it.pruneSnapshots(ALL);

    expect(new Set(deleted)).toEqual(new Set(names.slice(1, 3)));
    expect(failed).toMatchObject([
      { name: names[0], error: { status: 403 } },
      { name: names[3], error: { code: "timed_out" } },
    ]);
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
    await pass(api, api.pace.spread);
    const gate = new Gate();
    api.fail({ answer: { method: "DELETE", path: /snapshots/, until: gate.until } });

    const pruning = pruneSnapshots({ prefix: PREFIX, keep: [], keepNewest: 0, dryRun: false });
    await gate.arrived;
    await post(api, "/sandbox", { snapshot: second });
    gate.open();

    expect(await pruning).toMatchObject({ deleted: [first], kept: [{ name: second, reason: "used lately" }] });
    expect(live()).toContain(second);
  });

  test("makes room for a snapshot beyond the quota, once, and leaves what a lock names", async ({ onTestFinished }) => {
    const { api, snapshot, live, ensureSnapshot } = await setting(sdk, onTestFinished);
    const names = [];
    for (const digit of "01234") names.push(await snapshot(named(PREFIX, digit), 200 - Number(digit)));
    api.quota = { snapshots: 5 };
    const keep = [await lockOf(names[0] ?? "")];

    const { outcome, name, pruned } = await ensureSnapshot(Image.base("debian:12"), { prefix: PREFIX, keep });

    expect({ outcome, pruned }).toEqual({ outcome: "created", pruned: [names[1]] });
    expect(live()).toEqual([...names.filter((_, i) => i !== 1), name]);
  });

  test("tells what was pruned for a name that is replaced", async ({ onTestFinished }) => {
    const { api, snapshot, ensureSnapshot } = await setting(sdk, onTestFinished);
    await ensureSnapshot(Image.base("debian:11"), { name: "typed" });
    const names = [];
    for (const digit of "0123") names.push(await snapshot(named(PREFIX, digit), 200 - Number(digit)));
    api.quota = { snapshots: 5 };
    const options = { name: "typed", replace: true, prefix: PREFIX, prune: true };

    const { outcome, pruned } = await ensureSnapshot(Image.base("debian:12"), options);

    expect({ outcome, pruned }).toEqual({ outcome: "replaced", pruned: names.slice(0, 1) });
  });

  test("does not wait for what is busy when it makes room", async ({ onTestFinished }) => {
    const { api, snapshot, ensureSnapshot } = await setting(sdk, onTestFinished);
    const names = [];
    for (const digit of "01234") names.push(await snapshot(named(PREFIX, digit), 200 - Number(digit)));
    api.quota = { snapshots: 5 };
    const path = `/snapshots/${api.snapshots[0]?.id}`;
    api.fail({ answer: { method: "DELETE", path, status: 409, times: Number.POSITIVE_INFINITY } });

    const ensuring = ensureSnapshot(Image.base("debian:12"), { prefix: PREFIX, prune: true });

    expect(await ensuring).toMatchObject({ outcome: "created", pruned: names.slice(1, 2) });
  });

  test("makes room where it is asked to without a lock", async ({ onTestFinished }) => {
    const { api, snapshot, ensureSnapshot } = await setting(sdk, onTestFinished);
    const names = [];
    for (const digit of "0123") names.push(await snapshot(named(PREFIX, digit), 200 - Number(digit)));
    api.quota = { snapshots: 4 };

    const { pruned } = await ensureSnapshot(Image.base("debian:12"), { prefix: PREFIX, prune: true });

    expect(pruned).toEqual(names.slice(0, 1));
  });

  test("prunes nothing by itself when the quota is reached, and names the option", async ({ onTestFinished }) => {
    const it = await setting(sdk, onTestFinished);
    for (const digit of "0123") await it.snapshot(named(PREFIX, digit), 200);
    it.api.quota = { snapshots: 4 };
    const image = Image.base("debian:12");
    const empty: Lock = { format: "pithy-image-lock/1", images: {} };

    const lock = await lockOf(named(PREFIX, "0"));
    for (const more of [{}, { keep: [] }, { keep: [empty] }, { keep: [lock], prune: false }]) {
      const error = await failureOf(it.ensureSnapshot(image, { prefix: PREFIX, ...more }));
      expect(error).toMatchObject({ code: "quota_exceeded", message: expect.stringMatching(/`prune: true`.*--prune/) });
      expect(error.pruned).toBeUndefined();
    }
    expect(deletions(it)).toEqual([]);
  });

  test("waits for a quota that only creates of others exceed, before it prunes or gives up", async ({
    onTestFinished,
  }) => {
    const it = await setting(sdk, onTestFinished);
    for (const digit of "0123") await it.snapshot(named(PREFIX, digit), 200);
    const answer = { method: "POST", path: "/snapshots", status: 400, message: "Snapshot quota exceeded" };

    for (const [i, more] of [{}, { prune: true }].entries()) {
      it.api.fail({ answer });
      const ensuring = it.ensureSnapshot(Image.base(`debian:${12 + i}`), { prefix: PREFIX, ...more });
      expect(await ensuring).toMatchObject({ outcome: "created", pruned: [] });
    }
    expect(deletions(it)).toEqual([]);
  });

  test("gets the quota error when there is nothing to prune, or it may not be deleted", async ({ onTestFinished }) => {
    const { api, snapshot, live, ensureSnapshot } = await setting(sdk, onTestFinished);
    const names = [await snapshot(named(PREFIX, "0"), 1), await snapshot(named("other", "0"), 200)];
    api.quota = { snapshots: 2 };
    const ensure = () => ensureSnapshot(Image.base("debian:12"), { prefix: PREFIX, prune: true });

    expect(await failureOf(ensure())).toMatchObject({ code: "quota_exceeded" });
    expect(live()).toEqual(names);

    api.quota = {};
    for (const digit of "1234") await snapshot(named(PREFIX, digit), 200);
    api.organization = { ...api.organization, permissions: ["write:snapshots"] };
    api.quota = { snapshots: 2 };
    expect(await failureOf(ensure())).toMatchObject({ code: "quota_exceeded", cause: { status: 403 } });
  });

  test("tells what was pruned also when the build fails then", async ({ onTestFinished }) => {
    const { api, snapshot, ensureSnapshot } = await setting(sdk, onTestFinished);
    const names = [];
    for (const digit of "0123") names.push(await snapshot(named(PREFIX, digit), 200 - Number(digit)));
    api.quota = { snapshots: 4 };
    api.fail({ build: { reason: "exit code: 1" } });

    const error = await failureOf(ensureSnapshot(Image.base("debian:12"), { prefix: PREFIX, prune: true }));

    expect(error).toMatchObject({ code: "build_failed", pruned: [names[0]] });
    expect(error.message).toContain(`Deleted because the quota was reached: ${names[0]}.`);
  });

  test("makes room only below a prefix of its own, and says so before anything is asked", async ({
    onTestFinished,
  }) => {
    const { api, ensureSnapshot } = await setting(sdk, onTestFinished);
    const image = Image.base("debian:12");
    const prune = true;
    const nobodys = await lockOf(named("pithy-image", "0"));

    const refused: Parameters<typeof ensureSnapshot>[] = [
      [image, { prune }],
      [image, { keep: [await lockOf(named(PREFIX, "0"))] }],
      [image, { prune, name: named(PREFIX, "0") }],
      [image, { prune, prefix: "pithy-image" }],
      [nobodys, { prune }],
      [await lockOf("typed"), { prune }],
    ];

    for (const given of refused) {
      const { code, message } = await failureOf(ensureSnapshot(...given));
      expect({ code, message }).toEqual({
        code: "configuration",
        message: expect.stringMatching(/prefix.*\n.*`prune`/),
      });
    }
    expect(api.requests).toEqual([]);
  });
});

describe.concurrent.each(SDKS.filter(({ name }) => !name.includes("0.115")))("$name", (sdk) => {
  /** A snapshot with a warm pool. */
  async function pooled(finished: typeof onTestFinished) {
    const it = await setting(sdk, finished);
    it.api.organization = { ...it.api.organization, warmPools: true };
    const name = await it.snapshot(named(PREFIX, "0"), 200);
    const { body } = await post(it.api, "/warm-pools", { snapshot: name, pool: 1, target: "us" });
    await pass(it.api, it.api.pace.fill + it.api.pace.spread);
    return { ...it, name, poolId: String(body.id) };
  }

  test("leaves what has a warm pool, which would go with it", async ({ onTestFinished }) => {
    const { name, live, pruneSnapshots } = await pooled(onTestFinished);

    expect(await pruneSnapshots(ALL)).toMatchObject({ deleted: [], kept: [{ name, reason: "in a warm pool" }] });
    expect(live()).toEqual([name]);
  });

  test("leaves what a claimed sandbox uses, which the record does not say", async ({ onTestFinished }) => {
    const { api, name, poolId, pruneSnapshots } = await pooled(onTestFinished);
    const before = api.snapshots[0]?.lastUsedAt;
    await post(api, "/sandbox", { snapshot: name, target: "us" });
    expect({ claimed: api.claimed.length, lastUsedAt: api.snapshots[0]?.lastUsedAt }).toEqual({
      claimed: 1,
      lastUsedAt: before,
    });
    const headers = { authorization: "Bearer dtn_stand_in" };
    await fetch(`${api.url}/warm-pools/${poolId}`, { method: "DELETE", headers });
    await pass(api, api.pace.lag);

    expect(await pruneSnapshots(ALL)).toMatchObject({ deleted: [], kept: [{ name, reason: "used by a sandbox" }] });
  });

  test("deletes nothing where it is not known which pools there are", async ({ onTestFinished }) => {
    const it = await pooled(onTestFinished);
    it.api.fail({ answer: { path: "/warm-pools", status: 403, message: "Access denied" } });

    await expect(it.pruneSnapshots(ALL)).rejects.toMatchObject({ status: 403 });
    expect(deletions(it)).toEqual([]);
  });
});

test("goes over 10,000 snapshots, and says of each what happened to it", async ({ onTestFinished }) => {
  const [sdk] = SDKS;
  if (!sdk) throw new Error("there is no SDK");
  const { api, time, pruneSnapshots } = await setting(sdk, onTestFinished);
  const names = Array.from({ length: 10_000 }, (_, i) => `${PREFIX}-${String(i).padStart(20, "0")}`);
  const input = { dockerfileContent: "FROM a\n", contextHashes: [] };
  for (const [i, name] of names.entries()) {
    const begun = { kind: "snapshot", id: randomUUID(), name, region: "us", request: {}, input, world: api } as const;
    const made = new Build(begun);
    made.settle("active");
    made.createdAt = made.lastUsedAt = new Date(time.now() - 200 * HOUR - i);
    (api.snapshots as Build[]).push(made);
  }

  const plan = await pruneSnapshots({ prefix: PREFIX, keep: [] });
  expect(new Set(plan.deleted)).toEqual(new Set(names.slice(3)));
  expect(plan.kept.map(({ reason }) => reason)).toEqual(["newest", "newest", "newest"]);

  api.fail({
    answer: { method: "GET", path: `/snapshots/${api.snapshots[5]?.id}`, until: async () => time.pass(300_000) },
  });
  const { deleted, kept, failed } = await pruneSnapshots({ prefix: PREFIX, keep: [], dryRun: false });

  expect([deleted.length, kept.length, failed.length]).toEqual([2, 3, 9_995]);
  expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set(["timed_out"]));
});
