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
    expect(it.api.sandboxes).toMatchObject([{ request: { snapshot: `${it.derived}-unchecked` } }]);
    expect(remains(it)).toEqual([]);
    await pass(it.api, it.api.pace.remove);
    expect(it.names()).toEqual([it.derived]);
    expect(await it.ensure({ check: FAILS })).toMatchObject({ outcome: "reused" });
  });

  test("a command that fails leaves no snapshot with the name, and is told with its output", async () => {
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

    const ensured = await Promise.all([1, 2, 3].map(() => it.ensure({ check: WORKS })));

    expect(new Set(ensured.map(({ id }) => id)).size).toBe(1);
    expect([...it.api.builds.values()]).toEqual([1]);
    expect(remains(it)).toEqual([]);
  });

  test.each([{ check: [] }, { check: "python" }, { check: WORKS, wait: false }])("%o is refused", async (options) => {
    const it = await begin();

    expect(await failureOf(it.ensure(options as never))).toMatchObject({ code: "configuration" });
    expect(it.api.requests).toEqual([]);
  });
});
