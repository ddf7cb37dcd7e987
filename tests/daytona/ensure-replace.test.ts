/**
 * `ensureSnapshot` with names that were chosen by hand: what is in the way is named, and replaced where that is wished; and
 * snapshots of a registry's image.
 */
import { Image } from "pithy-image";
import { type EnsureSnapshotOptions, PithyDaytonaError } from "pithy-image/daytona";
import { describe, expect, onTestFinished, test } from "vitest";
import { bound, failureOf } from "./bound.ts";
import { get, pass, post } from "./calls.ts";
import type { DaytonaApi } from "./fixture.ts";
import { SDKS } from "./sdks.ts";

const NEWEST = SDKS[2] as (typeof SDKS)[number];
const NAME = "pithy-jaunt-dev";
const before = () => Image.base("debian:12").env({ MODE: "slow" }).runCommands("echo built");
const after = () => Image.base("debian:12").env({ MODE: "fast" }).runCommands("echo built");

const live = (api: DaytonaApi) =>
  api.snapshots.filter(({ gone }) => !gone).map(({ name, state }) => `${name} ${state}`);
const posted = (api: DaytonaApi) =>
  api.requests
    .filter(({ method, path }) => method !== "GET" && path.startsWith("/snapshots"))
    .map(({ method, body }) => `${method} ${(body as { name?: string } | undefined)?.name ?? ""}`.trim());

/** A Daytona with the former image under the name. */
async function withFormer(sdk = NEWEST) {
  const setting = await bound(sdk, onTestFinished);
  const former = await setting.ensureSnapshot(before(), { name: NAME });
  const replace = (options: EnsureSnapshotOptions = {}) =>
    setting.ensureSnapshot(after(), { name: NAME, replace: true, ...options });
  setting.api.requests.length = 0;
  return { ...setting, former, replace, derived: (await after().resolve()).snapshotName() };
}

describe.each(SDKS)("$name", (sdk) => {
  test("a name that holds another image is a conflict, which says what differs and what to do", async () => {
    const { api, ensureSnapshot } = await withFormer(sdk);

    const error = await failureOf(ensureSnapshot(after(), { name: NAME }));

    expect(error).toMatchObject({ code: "conflict" });
    expect(error.message).toMatch(
      /exists with a different image\.\n.*ensure-replace\.test\.ts:\d+:\d+: `ENV MODE="slow"` is now `ENV MODE="fast"`/,
    );
    expect(error.message).toContain("`replace: true`");
    expect(posted(api)).toEqual([]);
  });

  test("is replaced by what was built under another name before, with a gap of seconds", async () => {
    const { api, derived, former, replace } = await withFormer(sdk);

    const ensured = await replace();

    expect(ensured).toMatchObject({ outcome: "replaced", name: NAME, snapshot: { state: "active" } });
    expect(ensured.id).not.toBe(former.id);
    expect(ensured.gap).toBeGreaterThanOrEqual(api.pace.remove);
    expect(ensured.gap).toBeLessThan(api.pace.remove + 3_000);
    expect(posted(api).filter((each) => each.startsWith("POST"))[0]).toBe(`POST pending/${derived}`);
    expect([...api.builds.values()]).toEqual([1, 1]);
    await pass(api, api.pace.remove);
    expect(live(api)).toEqual([`${NAME} active`]);
  });
});

describe("a name that is replaced", () => {
  test.each(SDKS)("keeps its warm pools: $name", async (sdk) => {
    const { api, replace } = await withFormer(sdk);
    api.organization = { ...api.organization, warmPools: true };
    await post(api, "/warm-pools", { snapshot: NAME, pool: 3 });

    await replace();

    expect((await get(api, "/warm-pools")).body).toMatchObject([{ snapshot: NAME, pool: 3, target: "us" }]);
  });

  test("is left as it is when the new image cannot be built", async () => {
    const { api, former, replace } = await withFormer();
    api.fail({ build: { reason: "exit code: 1" } });

    expect(await failureOf(replace())).toMatchObject({ code: "build_failed" });

    expect((await get(api, `/snapshots/${NAME}`)).body).toMatchObject({ id: former.id, state: "active" });
  });

  test.each([
    ["before the old one is deleted", "active"],
    ["before the name is taken again", "removing"],
  ])("is taken again by the next call when one was stopped %s", async (_, state) => {
    const { api, derived, replace, time } = await withFormer();
    const stop = new AbortController();
    const stopAt = (name: string, at: string) =>
      api.snapshots.find((snapshot) => snapshot.name === name && snapshot.state === at) && stop.abort();
    api.fail({
      answer: { method: "GET", until: async () => stopAt(NAME, "removing"), times: Number.POSITIVE_INFINITY },
    });
    const onState = () => state === "active" && stopAt(`pending/${derived}`, "active");

    expect(await failureOf(replace({ signal: stop.signal, onState }))).toMatchObject({ code: "aborted" });
    expect((await get(api, `/snapshots/${NAME}`)).body.state).toBe(state);
    await time.quiet();
    api.faults.clear();

    const again = await replace();

    expect(again).toMatchObject({ name: NAME, snapshot: { state: "active" } });
    expect(again.snapshot.buildInfo?.dockerfileContent).toContain("fast");
    expect([...api.builds.values()]).toEqual([1, 1]);
  });

  test("by several calls at once ends with one snapshot of the name", async () => {
    const { api, replace } = await withFormer();

    const ensured = await Promise.all([replace(), replace(), replace()]);

    expect(new Set(ensured.map(({ id }) => id)).size).toBe(1);
    expect(ensured.filter(({ outcome }) => outcome === "replaced")).toHaveLength(1);
    await pass(api, api.pace.remove);
    expect(live(api)).toEqual([`${NAME} active`]);
  });

  test("leaves what others made of the image alone", async () => {
    const { api, derived, ensureSnapshot, replace } = await withFormer();

    const [replaced, made] = await Promise.all([replace(), ensureSnapshot(after())]);

    expect(replaced.name).toBe(NAME);
    expect(made.name).toBe(derived);
    await pass(api, api.pace.remove);
    expect(live(api).sort()).toEqual([`${NAME} active`, `${derived} active`].sort());
  });

  test("that could not be taken again says that the old one is gone, and the next call takes it", async () => {
    const { api, replace } = await withFormer();
    const until = async () => {
      api.fail({ answer: { method: "POST", path: "/snapshots", status: 403, message: "Access denied" } });
    };
    api.fail({ answer: { method: "DELETE", path: "/snapshots", until } });

    const error = await failureOf(replace());
    expect(error.message).toContain("The old snapshot `pithy-jaunt-dev` was deleted. Repeat the call");

    expect(await replace()).toMatchObject({ name: NAME, snapshot: { state: "active" } });
    expect([...api.builds.values()]).toEqual([1, 1]);
  });

  test("with the same image is used as it is", async () => {
    const { api, former, ensureSnapshot } = await withFormer();

    expect(await ensureSnapshot(before(), { name: NAME, replace: true })).toMatchObject({
      outcome: "reused",
      id: former.id,
    });
    expect(posted(api)).toEqual([]);
  });
});

describe("`wait: false`", () => {
  test("answers with what was started or found, and what it is by then", async () => {
    const { api, ensureSnapshot, time } = await bound(NEWEST, onTestFinished);
    const ensure = () => ensureSnapshot(before(), { wait: false });

    const created = await ensure();
    const pending = await ensure();
    await pass(api, api.pace.assign + api.pace.build + 1);
    const reused = await ensure();
    api.snapshots[0]?.sleep();
    const activated = await ensure();

    expect(
      [created, pending, reused, activated].map(({ outcome, snapshot }) => `${outcome} ${snapshot.state}`),
    ).toEqual(["created pending", "pending pending", "reused active", "activated pending"]);
    expect(time.elapsed).toBeLessThan(api.pace.assign + api.pace.build + 2_500);
  });

  test("reports at once what Daytona does not wake yet", async () => {
    const { api, ensureSnapshot, time } = await bound(NEWEST, onTestFinished);
    const { id } = await ensureSnapshot(before());
    api.snapshots[0]?.sleep();
    const message = "Snapshot was recently deactivated";
    api.fail({ answer: { method: "POST", path: /activate$/, status: 400, message, times: 60 } });
    const began = time.elapsed;

    const error = await failureOf(ensureSnapshot(before(), { wait: false }));

    expect(error).toMatchObject({
      code: "snapshot_not_built",
      state: "inactive",
      reason: message,
      retryable: true,
      id,
    });
    expect(error.message).toContain("Try again in some minutes");
    expect(time.elapsed - began).toBeLessThan(1_000);
  });

  test.each([{ warmPool: 1 }, { replace: true }])("cannot be combined with %o", async (options) => {
    const { api, ensureSnapshot } = await bound(NEWEST, onTestFinished);

    const error = await failureOf(ensureSnapshot(before(), { wait: false, name: NAME, ...options }));

    expect(error).toMatchObject({ code: "configuration" });
    expect(api.requests).toEqual([]);
  });
});

describe.each(SDKS)("an image of a registry, $name", (sdk) => {
  const REFERENCE = "ghcr.io/acme/agent:1.4";

  test("becomes a snapshot with its name, once, or with another", async () => {
    const { api, ensureSnapshot } = await bound(sdk, onTestFinished);

    const created = await ensureSnapshot(REFERENCE, { resources: { cpu: 2 } });
    const reused = await ensureSnapshot(REFERENCE, { resources: { cpu: 2 } });
    const named = await ensureSnapshot(REFERENCE, { name: "agent" });

    expect(created).toMatchObject({ outcome: "created", name: REFERENCE, snapshot: { state: "active", cpu: 2 } });
    expect(reused).toMatchObject({ outcome: "reused", id: created.id });
    expect(named).toMatchObject({ outcome: "created", name: "agent" });
    expect(api.snapshots.map(({ request }) => request.imageName)).toEqual([REFERENCE, REFERENCE]);
  });

  test.each([
    ["machine", { resources: { cpu: 4 } }],
    ["region", { region: "eu" }],
  ])("is not reused for another %s", async (what, other) => {
    const { ensureSnapshot } = await bound(sdk, onTestFinished);
    await ensureSnapshot(REFERENCE, { resources: { cpu: 2 }, region: "us" });

    const error = await failureOf(ensureSnapshot(REFERENCE, other));

    expect(error.code).toBe("conflict");
    expect(error.message).toContain(`exists with a different ${what}.\nPass a \`name\` for this one.`);
    expect(await ensureSnapshot(REFERENCE, { ...other, name: "other" })).toMatchObject({ outcome: "created" });
  });

  test("is a conflict where the name holds another", async () => {
    const { ensureSnapshot } = await bound(sdk, onTestFinished);
    await ensureSnapshot(REFERENCE, { name: "agent" });

    expect(await failureOf(ensureSnapshot("ghcr.io/acme/agent:1.5", { name: "agent" }))).toMatchObject({
      code: "conflict",
    });
    expect(await failureOf(ensureSnapshot(before(), { name: "agent" }))).toMatchObject({ code: "conflict" });
    expect(await ensureSnapshot(before(), { name: "agent", replace: true })).toMatchObject({ outcome: "replaced" });
  });

  test.each(["debian", "debian:latest", "a b:1", "debian:", ""])("is refused as %j", async (reference) => {
    const { api, ensureSnapshot } = await bound(sdk, onTestFinished);

    const error = await failureOf(ensureSnapshot(reference));

    expect(error).toBeInstanceOf(PithyDaytonaError);
    expect(error.message).toContain("tag");
    expect(api.requests).toEqual([]);
  });
});
