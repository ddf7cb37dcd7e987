/** The log of a snapshot's build, after the fact and while it grows. */
import { describe, expect, test } from "vitest";
import { bound, failureOf } from "./bound.ts";
import { dockerfile, pass, post, states } from "./calls.ts";
import { SDKS } from "./sdks.ts";

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test.for<[string, object]>([
    ["succeeded", {}],
    ["failed", { build: { reason: "exit code: 100", log: "E: Unable to locate package é" } }],
  ])("is read when the build has %s", async ([, fault], { onTestFinished }) => {
    const { api, snapshotLog } = await bound(sdk, onTestFinished);
    api.fail(fault);
    await post(api, "/snapshots", { name: "a", ...dockerfile("FROM a\nRUN b\n") });
    await states(api, "/snapshots/a");
    const parts: string[] = [];

    const log = await snapshotLog("a", { onLog: (text) => parts.push(text) });

    expect(log).toBe(api.snapshots[0]?.log);
    expect(parts.join("")).toBe(log);
    expect(await snapshotLog("a", { follow: true })).toBe(log);
  });

  test.for<[string, object]>([
    ["succeeds", {}],
    ["fails", { build: { reason: "exit code: 100", log: "E: é" } }],
  ])("is followed until the build %s, each part once", async ([, fault], { onTestFinished }) => {
    const { api, snapshotLog } = await bound(sdk, onTestFinished);
    api.fail(fault);
    api.fail({ log: "truncated" });
    await post(api, "/snapshots", { name: "a", ...dockerfile("FROM a\nRUN b\n") });
    const [parts, seen]: [string[], string[]] = [[], []];

    const log = await snapshotLog("a", {
      follow: true,
      onLog: (text) => parts.push(text),
      onState: (state) => seen.push(state),
    });

    expect(log).toBe(api.snapshots[0]?.log);
    expect(parts.join("")).toBe(log);
    expect(seen.slice(0, 2)).toEqual(["pending", "building"]);
  });

  test("is what there is so far, while the image is being built", async ({ onTestFinished }) => {
    const { api, snapshotLog } = await bound(sdk, onTestFinished);
    await post(api, "/snapshots", { name: "a", ...dockerfile("FROM a\nRUN b\n") });

    const early = await failureOf(snapshotLog("a"));
    expect(early).toMatchObject({ code: "gone", state: "pending", retryable: true });
    expect(early.message).toMatch(/^The build of snapshot `a` has no log yet: it is `pending`\.\n.*`follow`/);

    await pass(api, api.pace.assign);
    expect(await snapshotLog("a")).toBe("#1 FROM a\n#2 RUN b\n");
  });

  test("ends with the snapshot, if that is deleted meanwhile", async ({ onTestFinished }) => {
    const { api, snapshotLog } = await bound(sdk, onTestFinished);
    api.fail({ slow: Number.POSITIVE_INFINITY });
    await post(api, "/snapshots", { name: "a", ...dockerfile("FROM a\n") });
    const onState = (state: string) => {
      if (state === "building") api.snapshots[0]?.remove();
    };

    const error = await failureOf(snapshotLog("a", { follow: true, onState }));

    expect(error).toMatchObject({ code: "gone", retryable: false, id: api.snapshots[0]?.id });
    expect(error.message).toMatch(/^Snapshot `a` was deleted while its log was followed\./);
  });

  test("is asked for without what it would not use", async ({ onTestFinished }) => {
    const { snapshotLog } = await bound(sdk, onTestFinished);

    const error = await failureOf(snapshotLog("a", { onWait: () => {} } as object));

    expect(error).toMatchObject({
      code: "configuration",
      message: expect.stringContaining("`onWait` is not an option"),
    });
  });

  test("is missed with its reason", async ({ onTestFinished }) => {
    const { api, snapshotLog } = await bound(sdk, onTestFinished);
    await post(api, "/snapshots", { name: "pulled", imageName: "debian:12" });
    await post(api, "/snapshots", { name: "built", ...dockerfile("FROM a\n") });
    await states(api, "/snapshots/built");

    expect(await failureOf(snapshotLog("none"))).toMatchObject({
      code: "snapshot_not_built",
      message: expect.stringMatching(/^Snapshot `none` does not exist\./),
    });
    expect(await failureOf(snapshotLog("pulled"))).toMatchObject({
      code: "configuration",
      message: expect.stringMatching(/was pulled from a registry, not built/),
    });
    api.fail({ log: "404" });
    expect(await failureOf(snapshotLog("built"))).toMatchObject({
      code: "gone",
      state: "active",
      message: expect.stringMatching(/^The build log of snapshot `built` is gone/),
    });
  });

  test("is requested again when it cannot be read, but not for ever", async ({ onTestFinished }) => {
    const { api, snapshotLog } = await bound(sdk, onTestFinished);
    await post(api, "/snapshots", { name: "a", ...dockerfile("FROM a\n") });
    await states(api, "/snapshots/a");

    for (let i = 0; i < 2; i++) api.fail({ log: "500" });
    expect(await snapshotLog("a")).toContain("FROM a");
    for (let i = 0; i < 3; i++) api.fail({ log: "500" });
    expect(await failureOf(snapshotLog("a"))).toMatchObject({ code: "network", retryable: true });
  });
});
