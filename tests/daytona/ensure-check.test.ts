/**
 * `ensureSnapshot(image, { check })`: a new snapshot gets its name only after a command has succeeded in a sandbox of it.
 */
import { Image } from "pithy-image";
import type { EnsureSnapshotOptions } from "pithy-image/daytona";
import { describe, expect, onTestFinished, test } from "vitest";
import { bound, failureOf, remains } from "./bound.ts";
import { pass } from "./calls.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const NEWEST = SDKS[2] as Sdk;
const image = () => Image.base("debian:12").runCommands("echo built");
const WORKS = ["sh", "-c", "echo tried"];
const FAILS = ["sh", "-c", "echo no module named openai >&2; exit 3"];

async function begin(sdk = NEWEST) {
  const setting = await bound(sdk, onTestFinished);
  const names = () => setting.api.snapshots.filter(({ gone }) => !gone).map(({ name }) => name);
  const ensure = (options: EnsureSnapshotOptions) => setting.ensureSnapshot(image(), options);
  return { ...setting, names, ensure, derived: (await image().resolve()).snapshotName() };
}

describe.each(SDKS)("$name", (sdk) => {
  test("a command that succeeds gives the snapshot its name, and its sandbox is deleted", async () => {
    const it = await begin(sdk);

    const ensured = await it.ensure({ check: WORKS });

    expect(ensured).toMatchObject({ outcome: "created", name: it.derived, snapshot: { state: "active" } });
    expect([...it.api.builds.values()]).toEqual([1]);
    expect(it.api.sandboxes).toMatchObject([{ request: { snapshot: `pending/${it.derived}` } }]);
    expect(remains(it)).toEqual([]);
    await pass(it.api, it.api.pace.remove);
    expect(it.names()).toEqual([it.derived]);
    expect(await it.ensure({ check: FAILS })).toMatchObject({ outcome: "reused" });
  });

  test("a command that fails leaves no snapshot with the name, and the error has its output", async () => {
    const it = await begin(sdk);

    const error = await failureOf(it.ensure({ check: FAILS }));

    expect(error).toMatchObject({ code: "check_failed", log: "no module named openai\n", retryable: false });
    expect(error.message).toContain("failed with exit code 3: `sh -c echo no module");
    expect(remains(it)).toEqual([]);
    await pass(it.api, it.api.pace.remove);
    expect(it.names()).toEqual([]);
  });
});

describe("a check", () => {
  test("comes before a name is given to another image", async () => {
    const it = await begin();
    await it.ensureSnapshot(Image.base("other:1"), { name: "dev" });

    expect(await failureOf(it.ensure({ name: "dev", replace: true, check: FAILS }))).toMatchObject({
      code: "check_failed",
    });
    expect(it.names()).toContain("dev");
    expect(await it.ensure({ name: "dev", replace: true, check: WORKS })).toMatchObject({ outcome: "replaced" });
  });

  test("that is stopped deletes its sandbox", async () => {
    const it = await begin();
    const stop = new AbortController();
    const checking = failureOf(it.ensure({ check: ["sleep", "1000"], signal: stop.signal }));
    const started = async () => {
      while (!it.api.toolbox.some(({ kind }) => kind === "session-command")) await new Promise(setImmediate);
    };
    await started();
    stop.abort();

    expect(await checking).toMatchObject({ code: "aborted" });
    await it.time.quiet();
    expect(remains(it)).toEqual([]);
  });

  test("of several calls at once ends with one snapshot", async () => {
    const it = await begin();
    const commands = [WORKS, ["sh", "-c", "sleep 0.3"], ["sh", "-c", "sleep 0.6"]];

    const ensured = await Promise.all(commands.map((check) => it.ensure({ check })));

    expect(new Set(ensured.map(({ id }) => id)).size).toBe(1);
    expect([...it.api.builds.values()]).toEqual([1]);
    expect(remains(it)).toEqual([]);
  });

  test("that begins when another call has just taken the name and deleted what was tried is not needed", async () => {
    const it = await begin();
    const stop = async () => {
      if (!it.names().includes(it.derived)) await it.ensure({ check: WORKS });
    };
    it.api.fail({ answer: { method: "POST", path: "/sandbox" } }); // that of the first call
    it.api.fail({ answer: { method: "POST", path: "/sandbox", until: stop } });

    expect(await it.ensure({ check: WORKS })).toMatchObject({ name: it.derived });
    expect([...it.api.builds.values()]).toEqual([1]);
  });

  test("that takes longer than the call may is ended by the deadline, at once and by that name", async () => {
    const it = await begin();
    const checking = failureOf(it.ensure({ check: ["sleep", "1000"], deadline: 600 }));
    const until = async () => it.time.pass(600_000);
    it.api.fail({ answer: { method: "DELETE", path: "/sandbox", status: "lost" } });
    while (!it.api.toolbox.some(({ kind }) => kind === "session-command")) await new Promise(setImmediate);
    await until();

    const error = await checking;

    expect(error).toMatchObject({ code: "timed_out", message: expect.stringContaining("within 600 seconds") });
  });

  test("that was stopped leaves what the next call uses and deletes", async () => {
    const it = await begin();
    const stop = new AbortController();
    const stopped = failureOf(it.ensure({ check: ["sleep", "1000"], signal: stop.signal }));
    while (!it.api.toolbox.some(({ kind }) => kind === "session-command")) await new Promise(setImmediate);
    stop.abort();
    expect(await stopped).toMatchObject({ code: "aborted" });
    expect(it.names()).toEqual([`pending/${it.derived}`]);

    await it.ensure({ check: WORKS });

    await pass(it.api, it.api.pace.remove);
    expect(it.names()).toEqual([it.derived]);
  });

  test("of a registry's image with a digest has a name that Daytona accepts", async () => {
    const it = await begin();
    const reference = `debian@sha256:${"a".repeat(64)}`;

    expect(await it.ensureSnapshot(reference, { check: WORKS })).toMatchObject({ name: reference });
  });

  test("that cannot delete what it tried is fine all the same", async () => {
    const it = await begin();
    const answer = { status: 409, times: Number.POSITIVE_INFINITY };
    it.api.fail({ answer: { method: "DELETE", path: "/snapshots", ...answer } });

    expect(await it.ensure({ check: WORKS })).toMatchObject({ outcome: "created" });
    expect(await failureOf(it.ensure({ name: "other", check: FAILS }))).toMatchObject({ code: "check_failed" });
  });

  test.each([{ check: [] }, { check: "python" }, { check: WORKS, wait: false }])("%o is refused", async (options) => {
    const it = await begin();

    expect(await failureOf(it.ensure(options as never))).toMatchObject({ code: "configuration" });
    expect(it.api.requests).toEqual([]);
  });
});
