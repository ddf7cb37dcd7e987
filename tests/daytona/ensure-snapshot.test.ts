/**
 * `ensureSnapshot`: from every state that a snapshot may be in, the way to one that is ready, or the error that says why not.
 */
import { Image, type Progress } from "pithy-image";
import { type EnsureSnapshotOptions, PithyDaytonaError } from "pithy-image/daytona";
import { Daytona, Image as SdkImage } from "sdk-latest";
import { describe, expect, onTestFinished, test } from "vitest";
import { bindClient, bound } from "./bound.ts";
import { eventually, get, pass, post, virtualDaytona } from "./calls.ts";
import type { DaytonaApi } from "./fixture.ts";
import { Gate } from "./gate.ts";
import { lockOf } from "./locks.ts";
import { SDKS } from "./sdks.ts";

const NEWEST = SDKS[2] as (typeof SDKS)[number];
const image = () => Image.base("debian:12").runCommands("echo built");

/** A Daytona of the test's own, and its `ensureSnapshot`. */
async function fresh() {
  const setting = await bound(NEWEST, onTestFinished);
  const ensure = (options: EnsureSnapshotOptions = {}) => setting.ensureSnapshot(image(), options);
  return { ...setting, ensure };
}

/** The error that a call ends with; a call must not succeed. */
async function errorOf(promise: Promise<unknown>): Promise<PithyDaytonaError> {
  const error = await promise.then(
    () => expect.unreachable("it succeeded"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PithyDaytonaError);
  return error as PithyDaytonaError;
}

const count = (api: DaytonaApi, method: string, path: RegExp): number =>
  api.requests.filter((request) => request.method === method && path.test(request.path)).length;
const buildsOf = (api: DaytonaApi): number => [...api.builds.values()].reduce((sum, builds) => sum + builds, 0);
const live = (api: DaytonaApi) => api.snapshots.filter(({ gone }) => !gone);
const last = (api: DaytonaApi) => api.snapshots.at(-1) ?? expect.unreachable("there is no snapshot");

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("a snapshot is made once, and used from then on", async ({ expect, onTestFinished }) => {
    const { api, ensureSnapshot } = await bound(sdk, onTestFinished);
    const [log, states]: [string[], string[]] = [[], []];
    const options = { onLog: (text: string) => log.push(text), onState: (state: string) => states.push(state) };

    const created = await ensureSnapshot(image(), options);
    const reused = await ensureSnapshot(image());

    const { snapshotRef } = await image().resolve();
    expect(created).toMatchObject({ outcome: "created", snapshot: { state: "active" } });
    expect(reused).toMatchObject({ outcome: "reused", id: created.id, name: created.name });
    expect(api.snapshots).toMatchObject([{ id: created.id, ref: snapshotRef }]);
    expect(log.join("")).toBe(api.snapshots[0]?.log);
    expect(states.at(0)).toBe("pending");
    expect(states.at(-1)).toBe("active");
    expect(new Set(states).size).toBe(states.length);
  });

  test("reading and packing local files is reported, also where a snapshot is compared", async ({
    expect,
    onTestFinished,
  }) => {
    const { ensureSnapshot, verifySnapshot } = await bound(sdk, onTestFinished);
    const works = new Set<string>();
    const onProgress = ({ work }: Progress) => works.add(work);
    const withFile = image().addLocalFile("setup.ts", "/setup.ts");
    const how = { root: import.meta.dirname, onProgress };

    const { name } = await ensureSnapshot(withFile, how);
    expect([...works]).toEqual(["read", "hash", "pack"]);
    works.clear();
    expect(await verifySnapshot(name, withFile, how)).toMatchObject({ matches: true });
    expect([...works]).toEqual(["read", "hash"]);
  });

  test("the machine, the region and the class arrive, also where the SDK knows less", async ({
    expect,
    onTestFinished,
  }) => {
    const { api, ensureSnapshot } = await bound(sdk, onTestFinished);
    const machine = { resources: { cpu: 2, memory: 4 }, region: "eu", sandboxClass: "linux-vm" };

    const small = await ensureSnapshot(image());
    const large = await ensureSnapshot(image(), machine);

    expect(large).toMatchObject({ outcome: "created", snapshot: { regionIds: ["eu"], cpu: 2, mem: 4 } });
    expect(large.name).not.toBe(small.name);
    expect(api.snapshots[1]?.request).toMatchObject({ regionId: "eu", sandboxClass: "linux-vm" });
  });

  test("what Daytona refuses is an error with its words", async ({ expect, onTestFinished }) => {
    const { api, ensureSnapshot } = await bound(sdk, onTestFinished);
    api.fail({ answer: { method: "POST", path: "/snapshots", status: 400, message: "no such base" } });
    const refused = await errorOf(ensureSnapshot(image()));
    api.fail({ answer: { path: "/object-storage", status: 401, message: "Unauthorized" } });
    const withFile = image().addLocalFile("setup.ts", "/setup.ts");
    const unauthorized = await errorOf(ensureSnapshot(withFile, { root: import.meta.dirname }));

    expect(refused).toMatchObject({ code: "refused", status: 400, reason: "no such base" });
    expect(unauthorized).toMatchObject({ code: "configuration", status: 401 });
    expect(api.snapshots).toEqual([]);
  });

  test("an older SDK says at once that it has no warm pools, a newer one fills and resizes them", async ({
    expect,
    onTestFinished,
  }) => {
    const { api, client, ensureSnapshot } = await bound(sdk, onTestFinished);
    if (sdk.alias === "sdk-0115") {
      expect(await errorOf(ensureSnapshot(image(), { warmPool: 2 }))).toMatchObject({ code: "configuration" });
      expect(api.requests).toEqual([]);
      return;
    }

    api.organization = { ...api.organization, warmPools: true };
    const { name } = await ensureSnapshot(image(), { warmPool: 2 });
    expect(await client.warmPool.list()).toMatchObject([{ snapshot: name, pool: 2 }]);
    await ensureSnapshot(image(), { warmPool: 3 });
    await ensureSnapshot(image(), { warmPool: 3 });
    expect(await client.warmPool.list()).toMatchObject([{ pool: 3 }]);
    await ensureSnapshot(image(), { warmPool: 0 });
    expect(await client.warmPool.list()).toMatchObject([{ pool: 0 }]);
    expect(count(api, "PATCH", /^\/warm-pools/)).toBe(2);
  });
});

describe("from the state that a snapshot is in", () => {
  test("mistake 40: one that somebody else is making is waited for, and its log is reported once", async () => {
    const { api, ensure } = await fresh();
    api.fail({ slow: 30 });
    const logs: string[][] = [[], [], [], []];

    const ensured = await Promise.all(logs.map((log) => ensure({ onLog: (text) => log.push(text) })));

    expect(ensured.map(({ outcome }) => outcome).sort()).toEqual(["created", "waited", "waited", "waited"]);
    expect(api.snapshots).toHaveLength(1);
    for (const log of logs) expect(log.join("")).toBe(last(api).log);
  });

  test("one that sleeps is woken; others wait for it", async () => {
    const { api, ensure } = await fresh();
    await ensure();
    last(api).sleep();
    const log: string[] = [];

    const ensured = await Promise.all([1, 2, 3].map(() => ensure({ onLog: (text) => log.push(text) })));

    expect(ensured.map(({ outcome }) => outcome)).toContain("activated");
    expect(ensured.filter(({ outcome }) => outcome === "activated")).toHaveLength(1);
    expect(api.snapshots).toMatchObject([{ state: "active" }]);
    expect(buildsOf(api)).toBe(1);
  });

  test("mistake 38: one that may not be woken yet is asked again with pauses, until it may", async () => {
    const { api, time, ensure } = await fresh();
    await ensure();
    last(api).settle("inactive");
    const rest = time.elapsed;

    expect(await ensure()).toMatchObject({ outcome: "activated" });
    expect(time.elapsed - rest).toBeGreaterThan(10 * 60_000);
    expect(count(api, "POST", /\/activate$/)).toBeLessThan(130);
  });

  test("mistake 38: one that is never woken ends with the deadline, after few requests, and with Daytona's reason", async () => {
    const { api, ensure } = await fresh();
    await ensure();
    last(api).sleep();
    api.fail({ answer: { path: /\/activate$/, status: 400, message: "recently deactivated", times: 1000 } });

    const error = await errorOf(ensure({ deadline: 12 }));

    expect(error).toMatchObject({ code: "timed_out", state: "inactive", reason: "recently deactivated" });
    expect(error.id).toBe(last(api).id);
    expect(count(api, "POST", /\/activate$/)).toBeLessThanOrEqual(3);
  });

  test("a refused activation is not repeated before `Retry-After`", async () => {
    const { api, ensure } = await fresh();
    await ensure();
    last(api).sleep();
    api.fail({ answer: { path: /\/activate$/, status: 400, retryAfter: 60, times: 1000 } });

    expect(await errorOf(ensure({ deadline: 59 }))).toMatchObject({ code: "timed_out" });
    expect(count(api, "POST", /\/activate$/)).toBe(1);
  });

  test("an activation that is forbidden is an error at once", async () => {
    const { api, ensure } = await fresh();
    await ensure();
    last(api).sleep();
    api.fail({ answer: { path: /\/activate$/, status: 401 } });

    expect(await errorOf(ensure())).toMatchObject({ code: "configuration", status: 401 });
  });

  test("one whose activation fails is built again", async () => {
    const { api, ensure } = await fresh();
    const { id } = await ensure();
    last(api).sleep();
    const onState = (state: string) => {
      if (state === "building" && live(api)[0]?.id === id) last(api).ahead = ["error"];
    };

    const ensured = await ensure({ onState });

    expect(ensured).toMatchObject({ outcome: "rebuilt", snapshot: { state: "active" } });
    expect(ensured.id).not.toBe(id);
  });

  test("mistake 38: the name of one that is being removed is taken when it is free", async () => {
    const { api, ensure } = await fresh();
    const { id } = await ensure();
    last(api).remove();

    const ensured = await ensure();

    expect(ensured).toMatchObject({ outcome: "created" });
    expect(ensured.id).not.toBe(id);
    expect(count(api, "POST", /^\/snapshots$/)).toBe(2);
  });

  test("mistake 38: one that stays in removal ends with the deadline", async () => {
    const { api, ensure } = await fresh();
    await ensure();
    last(api).settle("removing");

    expect(await errorOf(ensure({ deadline: 30 }))).toMatchObject({ code: "timed_out", state: "removing" });
  });

  test.each(["build_failed", "error"] as const)(
    "callers that all find it `%s` delete only that one, and one of them builds",
    async (state) => {
      const { api, ensure } = await fresh();
      api.fail({ build: { reason: "exit code: 1", state } });
      const { id } = await errorOf(ensure());
      api.fail({ slow: 60 });

      const ensured = await Promise.all(Array.from({ length: 8 }, () => ensure({ refresh: "again" })));

      // Who comes when it is in removal already does not know why.
      expect(ensured.filter(({ outcome }) => /rebuilt|created/.test(outcome))).toHaveLength(1);
      expect(ensured.filter(({ outcome }) => outcome === "waited")).toHaveLength(7);
      expect(api.snapshots).toHaveLength(2);
      expect(live(api)).toMatchObject([{ id: ensured[0]?.id, state: "active" }]);
      const deleted = api.requests.filter(({ method }) => method === "DELETE").map(({ path }) => path);
      expect(new Set(deleted)).toEqual(new Set([`/snapshots/${id}`]));
    },
  );

  test("one that failed is built again", async () => {
    const { api, ensure } = await fresh();
    await ensure();
    last(api).settle("build_failed");

    expect(await ensure()).toMatchObject({ outcome: "rebuilt", id: last(api).id, snapshot: { state: "active" } });
  });

  test("one that is gone while it is waited for is made again", async () => {
    const { api, ensure } = await fresh();
    api.fail({ slow: Number.POSITIVE_INFINITY });
    const onState = (state: string) => {
      if (state === "building" && api.snapshots.length === 1) last(api).settle("removed");
    };

    expect(await ensure({ onState })).toMatchObject({ outcome: "created", snapshot: { state: "active" } });
    expect(live(api)).toHaveLength(1);
  });

  test("a new snapshot of the name has states and a log of its own", async () => {
    const { api, ensure } = await fresh();
    api.fail({ slow: Number.POSITIVE_INFINITY });
    const states: string[] = [];
    const log: string[] = [];
    const onState = (state: string) => {
      states.push(state);
      if (state === "building" && api.snapshots.length === 1) last(api).settle("removed");
    };

    await ensure({ onState, onLog: (text) => log.push(text) });

    expect(states.filter((state) => state === "pending")).toHaveLength(2);
    expect(log.join("")).toContain(last(api).log);
  });
});

describe("a build that fails", () => {
  const failure = { build: { reason: "exit code: 1", log: "E: no such package" } };

  test("is reported to everyone that waits for it, and built once", async () => {
    const { api, ensure } = await fresh();
    api.fail({ ...failure, slow: 20 });

    const errors = await Promise.all(Array.from({ length: 6 }, () => errorOf(ensure())));

    for (const error of errors) {
      expect(error).toMatchObject({ code: "build_failed", state: "error", reason: "exit code: 1" });
      expect(error).toMatchObject({ id: last(api).id, log: expect.stringContaining("E: no such package") });
    }
    expect(api.snapshots).toHaveLength(1);
    expect(count(api, "DELETE", /./)).toBe(0);
  });

  test("is remembered by Daytona: the next call says so, and `refresh` builds it under the same name", async () => {
    const { api, ensure } = await fresh();
    api.fail(failure);
    await errorOf(ensure());

    const again = await errorOf(ensure());
    const rebuilt = await ensure({ refresh: "2026-11-26" });
    const reused = await ensure({ refresh: "2026-11-26" });
    const plain = await ensure();

    expect(again).toMatchObject({ code: "build_failed", message: expect.stringContaining("`refresh`") });
    expect(rebuilt).toMatchObject({ outcome: "rebuilt" });
    expect([reused, plain]).toMatchObject([
      { outcome: "reused", id: rebuilt.id },
      { outcome: "reused", id: rebuilt.id },
    ]);
    const [first, second, third] = api.snapshots;
    expect(new Set([first?.name, second?.name, third?.name]).size).toBe(1);
    expect(second?.ref).toBe(first?.ref);
    expect(third?.ref).not.toBe(first?.ref);
    expect([...api.builds.values()]).toEqual([1, 1]);
  });

  test("is reported with its log, though no listener was given and the log's stream never ends", async () => {
    const { api, ensure } = await fresh();
    api.fail({ ...failure, slow: 3 });
    api.fail({ log: "endless" });
    const log: string[] = [];

    const error = await errorOf(ensure({ onLog: (text) => log.push(text) }));

    expect(error.log).toContain("E: no such package");
    expect(log.join("").match(/E: no such package/g)).toHaveLength(1);
  });
});

describe("answers that go wrong", () => {
  test.each(["cut", 503, "reset"] as const)("a creation whose answer is `%s` builds once", async (status) => {
    const { api, ensure } = await fresh();
    api.fail({ answer: { method: "POST", path: "/snapshots", status } });

    const { outcome, id } = await ensure();

    expect(outcome).toBe(status === "cut" ? "waited" : "created");
    expect(api.snapshots).toMatchObject([{ id, state: "active" }]);
  });

  test("what is not a response of Daytona's is reported, and not waited for", async () => {
    const { api, ensure } = await fresh();
    api.fail({ answer: { method: "GET", path: "/snapshots/", status: 200 } });

    expect(await errorOf(ensure())).toMatchObject({
      code: "network",
      message: expect.stringMatching(/did not come from Daytona.*\n.*DAYTONA_API_URL/),
    });
    expect(api.requests).toHaveLength(1);
  });

  test("a name that is taken by what cannot be seen is a conflict, and not tried for ever", async () => {
    const { api, ensure } = await fresh();
    api.fail({
      answer: { method: "POST", path: "/snapshots", status: 409, message: "taken", times: Number.POSITIVE_INFINITY },
    });

    expect(await errorOf(ensure())).toMatchObject({ code: "conflict", reason: "taken" });
    expect(count(api, "POST", /^\/snapshots$/)).toBe(10);
  });

  test("a quota that this very snapshot has reached is not a quota error", async () => {
    const { api, ensure } = await fresh();
    api.quota = { snapshots: 1 };
    api.fail({ slow: 20 });
    const ensured = await Promise.all(Array.from({ length: 5 }, () => ensure()));

    expect(ensured.filter(({ outcome }) => outcome === "created")).toHaveLength(1);
    expect(api.snapshots).toHaveLength(1);
  });

  test.each([400, 403])(
    "a quota that is reached (%i): what is old makes room once, or it is the error",
    async (status) => {
      const { api, ensure, ensureSnapshot } = await fresh();
      const prefix = "acme/agent";
      for (const tag of ["a", "b", "c", "d"]) await ensureSnapshot(Image.base(`other:${tag}`), { prefix });
      api.quota = { snapshots: 4, status };
      expect(await errorOf(ensure())).toMatchObject({ code: "quota_exceeded", retryable: true });
      expect(live(api)).toHaveLength(4);

      const [oldest] = live(api);
      for (const snapshot of live(api)) snapshot.createdAt = snapshot.lastUsedAt = new Date("2026-01-02T00:00:00Z");
      Object.assign(oldest ?? {}, { createdAt: new Date("2026-01-01T00:00:00Z") });

      expect(await ensure({ prefix, prune: true })).toMatchObject({ outcome: "created", pruned: [oldest?.name] });
      expect(oldest?.gone).toBe(true);
      expect(live(api)).toHaveLength(4);
    },
  );
});

describe("callers end by themselves", () => {
  test("mistake 37: the deadline ends a call whose build never does, and the error says where it is", async () => {
    const { api, ensure } = await fresh();
    api.fail({ slow: Number.POSITIVE_INFINITY });

    const error = await errorOf(ensure({ deadline: 30, onLog: () => {} }));

    expect(error).toMatchObject({ code: "timed_out", retryable: true, id: last(api).id, state: "building" });
  });

  test("mistake 37: a creation that is never answered is asked for again, within the deadline", async () => {
    const { api, ensure } = await fresh();
    api.fail({ answer: { method: "POST", path: "/snapshots", status: "lost" } });

    expect(await ensure({ deadline: 240 })).toMatchObject({ outcome: "waited" });
    expect(api.snapshots).toHaveLength(1);
    api.fail({ answer: { status: "lost", times: 100 } });
    expect(await errorOf(ensure({ deadline: 240 }))).toMatchObject({ code: "timed_out" });
  });

  test("a caller that stops does not disturb those that wait with it", async () => {
    const { api, ensure } = await fresh();
    api.fail({ slow: 40 });
    const stop = new AbortController();
    const onState = (state: string) => state === "building" && stop.abort("enough");

    const stopped = errorOf(ensure({ signal: stop.signal, onState }));
    const others = await Promise.all([ensure(), ensure(), ensure()]);

    expect(await stopped).toMatchObject({ code: "aborted", cause: "enough", state: "building" });
    expect(new Set(others.map(({ id }) => id)).size).toBe(1);
    expect(api.snapshots).toMatchObject([{ state: "active" }]);
    expect(count(api, "DELETE", /./)).toBe(0);
  });

  test("a caller that stops while files are sent asks for no snapshot afterwards", async () => {
    const { api, ensureSnapshot, s3, sdkIsDone, time } = await fresh();
    const [gate, stop] = [new Gate(), new AbortController()];
    s3.fail({ until: gate.until });
    void gate.arrived.then(() => stop.abort());

    const ended = ensureSnapshot(image().addFile("/file", "text"), { signal: stop.signal });
    expect(await errorOf(ended)).toMatchObject({ code: "aborted" });
    gate.open();

    await sdkIsDone();
    await time.quiet();
    expect(await s3.keys()).toHaveLength(1); // by the SDK
    expect(count(api, "POST", /^\/snapshots$/)).toBe(0);
  });

  test("a signal that is aborted already sends nothing", async () => {
    const { api, ensure } = await fresh();

    expect(await errorOf(ensure({ signal: AbortSignal.abort() }))).toMatchObject({ code: "aborted" });
    expect(count(api, "POST", /./)).toBe(0);
  });

  test.each(["onState", "onLog"] as const)("what `%s` throws ends the call", async (listener) => {
    const { ensure } = await fresh();
    const mistake = new Error("a mistake of the application");
    const thrower = () => {
      throw mistake;
    };

    expect(await errorOf(ensure({ [listener]: thrower }))).toMatchObject({ code: "aborted", cause: mistake });
  });
});

describe("names and options", () => {
  test("a typed name is reused for the image, and for no other image or machine", async () => {
    const { api, ensure, ensureSnapshot } = await fresh();
    const resources = { cpu: 2 };
    const { id } = await ensure({ name: "pithy/dev:1", resources, refresh: "a" });

    expect(await ensure({ name: "pithy/dev:1", resources, refresh: "b" })).toMatchObject({ outcome: "reused", id });
    expect(await ensure({ name: "pithy/dev:1" })).toMatchObject({ outcome: "reused", id });
    const others = [
      ensure({ name: "pithy/dev:1", resources: { cpu: 4 } }),
      ensure({ name: "pithy/dev:1", region: "eu" }),
      ensureSnapshot(Image.base("other:1"), { name: "pithy/dev:1" }),
      ensureSnapshot(image().refresh("c"), { name: "pithy/dev:1" }),
    ];
    for (const error of await Promise.all(others.map(errorOf))) expect(error).toMatchObject({ code: "conflict", id });
    expect(api.snapshots).toHaveLength(1);
  });

  test("a sleeping snapshot of another image is not woken", async () => {
    const { api, ensure, ensureSnapshot } = await fresh();
    await ensure({ name: "dev" });
    last(api).sleep();

    expect(await errorOf(ensureSnapshot(Image.base("other:1"), { name: "dev" }))).toMatchObject({ code: "conflict" });
    expect(last(api).state).toBe("inactive");
  });

  test.each([
    ["name", "a b"],
    ["name", ""],
    ["name", ".."],
    ["refresh", 7],
    ["refresh", ""],
    ["resources", "2"],
    ["resources", { cpu: "2" }],
    ["region", 3],
    ["warmPool", -1],
    ["warmPool", 1.5],
    ["onLog", "console.log"],
    ["onState", {}],
    ["keep", true],
    ["signal", new AbortController()],
    ["deadline", "60"],
    ["deadline", Number.NaN],
    ["deadline", 0],
  ])("`%s` is checked: %o", async (name, value) => {
    const { api, ensure } = await fresh();

    const error = await errorOf(ensure({ [name]: value }));

    expect(error.message).toContain(name);
    expect(api.requests).toEqual([]);
  });

  test.each([[undefined], [null], ["pithy"], [7], [{}], [SdkImage.base("debian:12")]])(
    "what is neither an image nor a lock is refused: %o",
    async (of) => {
      const { api, ensureSnapshot } = await fresh();

      expect(await errorOf(ensureSnapshot(of as never))).toMatchObject({ code: "configuration" });
      expect(api.requests).toEqual([]);
    },
  );

  test("a mistake in the image is reported as such", async () => {
    const { ensureSnapshot } = await fresh();

    const wrong = Image.base("debian:12").addLocalFile("missing.sh", "/x");
    await expect(ensureSnapshot(wrong)).rejects.toMatchObject({ name: "PithyImageError", problems: [{}] });
  });

  test("a warm pool is in the snapshot's region", async () => {
    const { api, ensure } = await fresh();
    api.organization = { ...api.organization, warmPools: true };

    await ensure({ region: "eu", warmPool: 1 });

    expect(api.requests.filter(({ path }) => path === "/warm-pools")).toMatchObject([{ body: { target: "eu" } }]);
  });

  test("of several warm pools none is resized without a region", async () => {
    const fixture = await virtualDaytona(onTestFinished);
    const { api, config } = fixture;
    api.organization = { ...api.organization, warmPools: true };
    const client = new Daytona({ ...config, target: "" });
    const { ensureSnapshot } = bindClient(fixture, client, SdkImage);
    const { name } = await ensureSnapshot(image());
    last(api).regions = ["eu", "us"];
    for (const target of ["eu", "us"]) await post(api, "/warm-pools", { snapshot: name, pool: 2, target });

    expect(await errorOf(ensureSnapshot(image(), { warmPool: 1 }))).toMatchObject({ code: "conflict" });
    expect(await ensureSnapshot(image(), { region: "us", warmPool: 3 })).toMatchObject({ region: "us" });
    const pools = (await get(api, "/warm-pools")).body;
    expect(pools).toMatchObject([{ pool: 2 }, { pool: 2 }, { target: "us", pool: 3 }]);
  });

  test("a warm pool that cannot be listed after a 409 is an error", async () => {
    const { api, ensure } = await fresh();
    api.organization = { ...api.organization, warmPools: true };
    await ensure({ warmPool: 1 });
    api.fail({ answer: { method: "GET", path: "/warm-pools", status: 403 } });

    expect(await errorOf(ensure({ warmPool: 2 }))).toMatchObject({ code: "configuration", status: 403 });
  });
});

describe("of a lock", () => {
  /** A Daytona and a lock of the image. */
  async function locked() {
    const parts = await fresh();
    const { lock } = await lockOf(image());
    return { ...parts, lock, entry: lock.images.agent ?? expect.unreachable() };
  }

  test("what is ready is used, what is on its way waited for, what sleeps woken", async () => {
    const { api, ensure, ensureSnapshot, lock, entry } = await locked();
    api.fail({ slow: 10 });
    const building = ensure();
    await eventually(() => expect(api.snapshots).toHaveLength(1));

    expect(await ensureSnapshot(lock)).toMatchObject({ outcome: "waited", name: entry.snapshotName });
    await building;
    expect(await ensureSnapshot(lock, { imageName: "agent" })).toMatchObject({ outcome: "reused" });
    last(api).sleep();
    expect(await ensureSnapshot(lock)).toMatchObject({ outcome: "activated" });
    await pass(api, api.pace.spread);
    expect((await post(api, "/sandbox", { snapshot: entry.snapshotName })).status).toBe(200);
  });

  test("what is not there or failed is `snapshot_not_built`, and nothing is built or deleted", async () => {
    const { api, ensure, ensureSnapshot, lock, entry } = await locked();

    const missing = await errorOf(ensureSnapshot(lock));
    api.fail({ build: { reason: "exit code: 1" } });
    await errorOf(ensure());
    const failed = await errorOf(ensureSnapshot(lock));
    last(api).remove();
    const removed = await errorOf(ensureSnapshot(lock));

    for (const error of [missing, failed, removed]) {
      expect(error).toMatchObject({ code: "snapshot_not_built" });
      expect(error.message).toContain(entry.snapshotName);
      expect(error.message).toContain("npx pithy-image snapshot ensure");
    }
    expect(failed).toMatchObject({ state: "error", reason: "exit code: 1" });
    expect(count(api, "POST", /^\/snapshots$/)).toBe(1);
    expect(count(api, "DELETE", /./)).toBe(0);
  });

  test.each([
    [{ resources: { cpu: 2 } }, "resources"],
    [{ name: "dev" }, "name"],
    [{ refresh: "a" }, "refresh"],
    [{ imageName: "other" }, "other"],
  ])("what the lock says itself is not given beside it: %o", async (options, named) => {
    const { api, ensureSnapshot, lock } = await locked();

    const error = await errorOf(ensureSnapshot(lock, options));

    expect(error).toMatchObject({ code: "configuration", message: expect.stringContaining(`\`${named}\``) });
    expect(api.requests).toEqual([]);
  });
});
