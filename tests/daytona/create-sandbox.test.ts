/**
 * `createSandbox` over the real SDKs: what it makes runs, or is reported and deleted.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { Image } from "pithy-image";
import { type CreateSandboxOptions, pithyDaytona } from "pithy-image/daytona";
import { describe, expect, type onTestFinished, test, vi } from "vitest";
import { asked, type Bound, bindClient, bound, cleaned, failureOf, LOCK, ready, remains, SNAPSHOT } from "./bound.ts";
import { type State, USUAL_PACE } from "./build.ts";
import { activeSnapshot, post, virtualDaytona } from "./calls.ts";
import { Gate } from "./gate.ts";
import { SDKS } from "./sdks.ts";

const NEWEST = SDKS[2] as (typeof SDKS)[number];
const TTL = { ttlMinutes: 30 };
const image = () => Image.base("debian:12-slim").runCommands("echo é");
const deepFrozen = <Value>(value: Value): Value => {
  if (typeof value === "object" && value !== null)
    for (const field of Object.values(Object.freeze(value))) deepFrozen(field);
  return value;
};

/** Every state of a start is seen. */
const SLOW_START = { ...USUAL_PACE, create: 3_000, start: 3_000 };

describe.concurrent.each(SDKS)("$name", (sdk) => {
  const isOld = sdk.alias === "sdk-0115";

  test("an image class of another copy of the SDK is refused before anything is created", async ({
    onTestFinished,
  }) => {
    const fixture = await virtualDaytona(onTestFinished);
    const other = await (SDKS.find(({ name }) => name !== sdk.name) as typeof sdk).load();
    const client = new (await sdk.load()).Daytona(fixture.config);
    const { createSandbox } = bindClient(fixture, client, other.Image);

    const failure = await failureOf(createSandbox({ image: image(), ...TTL }));

    expect(failure.code).toBe("configuration");
    expect(failure.message).toContain("`Image` and `daytona` come from different copies of the Daytona SDK.");
    expect(fixture.api.sandboxes).toEqual([]);
  });

  test("an SDK that leaves out the files of an image is noticed before anything is created", async ({
    onTestFinished,
  }) => {
    const setting = await bound(sdk, onTestFinished);
    type Api = { sandboxApi: { createSandbox(request: object): Promise<object> } };
    const create = async function (this: Api, { image }: { image: { dockerfile: string } }): Promise<object> {
      return this.sandboxApi.createSandbox({ buildInfo: { dockerfileContent: image.dockerfile } });
    };
    Object.assign(setting.client, { create });

    const failure = await failureOf(setting.createSandbox({ image: image().addFile("/file", "a"), ...TTL }));

    expect(failure.message).toContain("The Daytona SDK does not send the image's files.");
    expect(setting.api.sandboxes).toEqual([]);
  });

  test("an image of the SDK's own class is refused, and the error says which import to use", async ({
    onTestFinished,
  }) => {
    const setting = await bound(sdk, onTestFinished);
    const { Image: SdkImage } = await sdk.load();
    const own = SdkImage.base("debian:12-slim") as never;
    for (const call of [
      () => setting.ensureSnapshot(own, { name: "own" }),
      () => setting.verifySnapshot("own", own),
      () => setting.createSandbox({ image: own, ...TTL }),
    ]) {
      expect((await failureOf(call())).message).toMatch(/pithy-image/);
    }
    expect(asked(setting)).toEqual([]);
  });

  test("a dropped call on an image is an error in a strict client", async ({ onTestFinished }) => {
    const fixture = await virtualDaytona(onTestFinished);
    const { Daytona, Image: SdkImage } = await sdk.load();
    const client = new Daytona(fixture.config);
    const strict = pithyDaytona({ daytona: client, Image: SdkImage, strict: true });
    const dropped = image();
    dropped.env({ A: "1" });
    for (const call of [
      () => strict.createSandbox({ image: dropped, ...TTL }),
      () => strict.ensureSnapshot(dropped, { name: "dropped" }),
    ]) {
      const error = await call().then(String, String);
      expect(error).toContain("create-sandbox.test.ts:");
      expect(error).toContain("(dropped_call)");
    }
    expect(fixture.api.sandboxes).toEqual([]);
  });

  test("a snapshot that is ready costs a request and a look", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    await ready(setting);

    const sandbox = await setting.createSandbox({ lock: LOCK, envVars: { TASK: "7" }, labels: { app: "a" }, ...TTL });

    const [made] = setting.api.sandboxes;
    expect(asked(setting)).toEqual(["POST /sandbox", `GET /sandbox/${made?.id}`]);
    expect(sandbox).toMatchObject({ id: made?.id, state: "started" });
    expect(made?.request).toMatchObject({ snapshot: SNAPSHOT, env: { TASK: "7" } });
    expect(made?.request).toMatchObject(isOld ? { autoStopInterval: 30, autoDeleteInterval: 0 } : TTL);
    expect(made?.labels).toMatchObject({
      app: "a",
      "pithy-image/image": LOCK.images.agent.imageDigest,
      "pithy-image/lock": "agent",
      "pithy-image/nonce": made?.name.replace("pithy-", ""),
    });
  });

  test("an image is built, its log reported once and whole, its id before any waiting (33)", async ({
    onTestFinished,
  }) => {
    const setting = await bound(sdk, onTestFinished);
    setting.api.pace = SLOW_START;
    const told: string[] = [];
    let log = "";

    const sandbox = await setting.createSandbox({
      image: image(),
      ...TTL,
      onCreated: (id) => told.push(`${id} after ${asked(setting).at(-1)}`),
      onState: (state) => told.push(state),
      onLog: (text) => {
        log += text;
      },
    });

    const [made] = setting.api.sandboxes;
    expect(told).toEqual([
      `${made?.id} after POST /sandbox`,
      "pending_build",
      "building_snapshot",
      "creating",
      "starting",
      "started",
    ]);
    expect(sandbox).toMatchObject({ id: made?.id, state: "started" });
    expect(log).toBe(made?.log);
    expect(log).toContain("Successfully built");
  });

  test("the sandbox that is answered works after the call's deadline", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    await ready(setting);
    const locked = await setting.createSandbox({ lock: LOCK, ...TTL, deadline: 60 });
    const built = await setting.createSandbox({ image: image(), ...TTL, deadline: 60 });
    setting.time.pass(60_000);

    for (const sandbox of [locked, built]) {
      expect(await sandbox.setLabels({ state: "done" })).toEqual({ state: "done" });
      expect((await sandbox.process.executeCommand("true")).exitCode).toBe(0);
      setting.api.fail({ answer: { method: "DELETE", path: "/sandbox", status: 404, message: "not here" } });
      await expect(sandbox.delete()).rejects.toThrow("not here");
      await sandbox.delete();
    }
    expect(remains(setting)).toEqual([]);
  });

  test("a build that fails is reported with place, reason and log, and is deleted (41)", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    setting.api.fail({ build: { reason: "exit code: 7", log: 'Step 2/2 : RUN ["sh"]\nE: nö such thing' } });

    const error = await cleaned(setting.createSandbox({ image: image(), ...TTL }));

    expect(error).toMatchObject({
      code: "build_failed",
      id: setting.api.sandboxes[0]?.id,
      state: "build_failed",
      reason: "exit code: 7",
      instruction: expect.stringMatching(/^RUN .*echo é/),
      callSite: expect.stringMatching(/create-sandbox\.test\.ts:\d+:\d+$/),
      log: expect.stringContaining("E: nö such thing"),
      retryable: false,
    });
    expect(error.message).toContain("exit code: 7");
    expect(remains(setting)).toEqual([]);
  });

  test("neither the caller's options nor what they hold is changed (43)", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    await ready(setting);
    const options = deepFrozen({
      envVars: { A: "1" },
      labels: { app: "a" },
      params: { language: "python", volumes: [] },
    });

    await setting.createSandbox({ lock: deepFrozen(structuredClone(LOCK)), ...options, ...TTL });
    await setting.createSandbox({ image: image(), ...options, ...TTL });

    expect(setting.api.sandboxes.map(({ labels }) => labels.app)).toEqual(["a", "a"]);
  });
});

describe.concurrent("a lock", () => {
  const begin = async (finished: Parameters<typeof bound>[1], state?: State) => {
    const setting = await bound(NEWEST, finished);
    await ready(setting);
    const [snapshot] = setting.api.snapshots;
    if (state === "inactive") snapshot?.sleep();
    else if (state) snapshot?.settle(state);
    return setting;
  };

  test("a snapshot that sleeps is woken once, and the sandbox made", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished, "inactive");

    const sandbox = await setting.createSandbox({ lock: LOCK, ...TTL });

    expect(sandbox.state).toBe("started");
    const wake = `POST /snapshots/${setting.api.snapshots[0]?.id}/activate`;
    expect(asked(setting, "POST").slice(0, 3)).toEqual(["POST /sandbox", wake, "POST /sandbox"]);
    expect(asked(setting, "POST").filter((each) => each === wake)).toHaveLength(1);
    expect(asked(setting, "POST").length, "there are no runners at first").toBeLessThan(15);
  });

  test("many calls at once wake it together", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished, "inactive");

    const calls = Array.from({ length: 10 }, () => setting.createSandbox({ lock: LOCK, ...TTL }));

    expect((await Promise.all(calls)).map(({ state }) => state)).toEqual(Array(10).fill("started"));
  });

  test("a snapshot that cannot be woken yet is reported", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);
    setting.api.snapshots[0]?.settle("inactive");

    const error = await failureOf(setting.createSandbox({ lock: LOCK, ...TTL }));

    expect(error).toMatchObject({ code: "snapshot_not_built", state: "inactive", retryable: true });
    expect(error.reason).toContain("deactivation is still in progress");
    expect(asked(setting, "POST")).toHaveLength(2);
  });

  test("a snapshot that another call wakes is waited for", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished, "inactive");
    setting.api.snapshots[0]?.activate();

    expect((await setting.createSandbox({ lock: LOCK, ...TTL })).state).toBe("started");
    expect(asked(setting, "POST").filter((each) => each.includes("activate"))).toEqual([]);
  });

  test("a snapshot that has no runners yet is waited for, and that is said", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    const { name } = await setting.ensureSnapshot(image());
    const said: string[] = [];
    const onWait = (reason: string) => void said.push(reason);

    const sandbox = await setting.createSandbox({ snapshot: name, ...TTL, onWait });

    expect(sandbox.state).toBe("started");
    expect(said).toEqual(["No available runners"]);
    const runners = { message: "No available runners", status: 400, times: Number.POSITIVE_INFINITY };
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", ...runners } });
    expect(await failureOf(setting.createSandbox({ snapshot: name, ...TTL }))).toMatchObject({
      code: "timed_out",
      reason: "No available runners",
      leftBehind: undefined,
    });
  });

  test.for(["building", "pulling", "error", "build_failed", "removing"] as const)(
    "a snapshot that is `%s` is reported and not waited for",
    async (state, { onTestFinished }) => {
      const setting = await begin(onTestFinished, state);
      Object.assign(setting.api.snapshots[0] ?? {}, { lastUsedAt: null });

      const error = await failureOf(setting.createSandbox({ lock: LOCK, ...TTL }));

      expect(error).toMatchObject({ code: "snapshot_not_built", state });
      expect(error.message).toContain("npx pithy-image snapshot ensure");
      expect(asked(setting)).toEqual(["POST /sandbox", `GET /snapshots/${SNAPSHOT}`]);
      expect(setting.api.sandboxes).toEqual([]);
    },
  );

  test("a snapshot that is missing is reported, and no sandbox made", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);

    const error = await failureOf(setting.createSandbox({ lock: LOCK, ...TTL }));

    expect(error).toMatchObject({ code: "snapshot_not_built", state: undefined });
    expect(error.message).toContain(`\`${SNAPSHOT}\` of \`agent\` does not exist`);
    expect(setting.api.sandboxes).toEqual([]);
  });

  test("another snapshot is taken where one is given", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);
    const lock = { ...LOCK, images: { agent: { ...LOCK.images.agent, snapshotName: "missing" } } };

    await setting.createSandbox({ lock, fallbackSnapshot: SNAPSHOT, ...TTL });

    expect(setting.api.sandboxes).toMatchObject([
      { request: { snapshot: SNAPSHOT }, labels: { "pithy-image/image": SNAPSHOT } },
    ]);
    expect(await failureOf(setting.createSandbox({ lock, fallbackSnapshot: "missing-too", ...TTL }))).toMatchObject({
      code: "snapshot_not_built",
      message: expect.stringContaining("`missing` of"),
    });
  });

  test("a refusal to wake the snapshot is reported as it is, and another is taken where one is given", async ({
    onTestFinished,
  }) => {
    const setting = await begin(onTestFinished, "inactive");
    const refused = { path: /\/activate$/, status: 403, message: "write:snapshots is missing", times: 2 };
    setting.api.fail({ answer: refused });

    expect(await failureOf(setting.createSandbox({ lock: LOCK, ...TTL }))).toMatchObject({
      code: "configuration",
      reason: "write:snapshots is missing",
    });
    await activeSnapshot(setting.api, "other");
    await setting.createSandbox({ lock: LOCK, fallbackSnapshot: "other", ...TTL });
    expect(setting.api.sandboxes).toMatchObject([{ request: { snapshot: "other" } }]);
  });

  test("a snapshot by its name is one request, too, and one that is missing is reported", async ({
    onTestFinished,
  }) => {
    const setting = await begin(onTestFinished);

    await setting.createSandbox({ snapshot: SNAPSHOT, ...TTL });

    expect(asked(setting, "POST")).toEqual(["POST /sandbox"]);
    expect(setting.api.sandboxes).toMatchObject([
      { request: { snapshot: SNAPSHOT }, labels: { "pithy-image/image": SNAPSHOT } },
    ]);
    expect(await failureOf(setting.createSandbox({ snapshot: "missing", ...TTL }))).toMatchObject({
      code: "snapshot_not_built",
      message: expect.stringMatching(/^Snapshot `missing` does not exist\.\nCorrect the name, or create it/),
    });
  });

  test("a quota is reported, and whether to try again", async ({ onTestFinished }) => {
    const setting = await begin(onTestFinished);
    setting.api.quota = { sandboxes: 0 };

    expect(await failureOf(setting.createSandbox({ lock: LOCK, ...TTL }))).toMatchObject({
      code: "quota_exceeded",
      retryable: true,
      leftBehind: undefined,
    });
  });
});

describe.concurrent("the log of a build", () => {
  /** Builds, with a log that has characters of several bytes, and returns what was reported of it. */
  async function logOf(setting: Awaited<ReturnType<typeof bound>>): Promise<string> {
    let log = "";
    await setting.createSandbox({
      image: image(),
      ...TTL,
      onLog: (text) => {
        log += text;
      },
    });
    return log;
  }

  test.for(["truncated", "silent", "slow", "404", "500"] as const)(
    "one that is %s is reported whole, and nothing of it twice",
    async (log, { onTestFinished }) => {
      const setting = await bound(NEWEST, onTestFinished);
      setting.api.fail({ log });
      setting.api.fail({ slow: 5 });

      expect(await logOf(setting)).toBe(setting.api.sandboxes[0]?.log);
    },
  );

  test("one that never ends is ended by the state (34)", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ log: "endless" });

    expect(await logOf(setting)).toContain("Successfully built");
  });

  test("bytes that are not text do no harm", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ log: "binary" });

    expect(await logOf(setting)).toContain("#1 FROM debian:12-slim");
  });

  test("one whose place is not known yet neither shows that nor ends the call (35, 39)", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ logUrlMissing: 2, slow: 4 });
    setting.api.fail({ log: "404" });

    const log = await logOf(setting);

    expect(log).toBe(setting.api.sandboxes[0]?.log);
    expect(log).not.toMatch(/404|not found|no runner/i);
  });

  test("one of a build that was over before the call is reported, too (36)", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    const first = await logOf(setting);

    expect(await logOf(setting)).toBe(first);
    expect([...setting.api.builds.values()]).toEqual([1]);
    expect(setting.api.requests.filter(({ path }) => path === "/sandbox")).toHaveLength(2);
  });

  test("a failure that is remembered is reported with its log", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ build: { reason: "exit code: 7", log: "E: no such thing", state: "error" } });
    await cleaned(setting.createSandbox({ image: image(), ...TTL }));

    const again = await cleaned(setting.createSandbox({ image: image(), ...TTL }));

    expect(again).toMatchObject({ code: "build_failed", state: "error", log: expect.stringContaining("E: no such") });
    expect(remains(setting)).toEqual([]);
  });
});

describe.concurrent("what was made", () => {
  test.for(["cut", "lost"] as const)("is found again when its answer is %s", async (status, { onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    await ready(setting);
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", status } });

    const sandbox = await setting.createSandbox({ lock: LOCK, ...TTL });

    expect(setting.api.sandboxes).toMatchObject([{ id: sandbox.id, state: "started" }]);
  });

  test("is found again when it took the last of a quota", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    await ready(setting);
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", status: "cut" } });
    setting.api.fail({
      answer: { method: "POST", path: "/sandbox", status: 403, message: "Total CPU limit exceeded" },
    });

    const sandbox = await setting.createSandbox({ lock: LOCK, ...TTL });

    expect(setting.api.sandboxes).toMatchObject([{ id: sandbox.id }]);
  });

  test("by somebody else under the same name is left alone (40)", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    await ready(setting);
    await post(setting.api, "/sandbox", { name: "mine", labels: { "pithy-image/nonce": "another" } });

    const error = await failureOf(setting.createSandbox({ lock: LOCK, name: "mine", ...TTL }));

    expect(error).toMatchObject({ code: "conflict", leftBehind: undefined });
    expect(asked(setting, "DELETE")).toEqual([]);
    expect(remains(setting)).toEqual(["started"]);
  });

  test("and deleted by somebody else while it starts is reported", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.pace = SLOW_START;
    const onState = (state: string) => {
      if (state === "creating") setting.api.sandboxes[0]?.settle("destroyed");
    };

    expect(await cleaned(setting.createSandbox({ image: image(), ...TTL, onState }))).toMatchObject({
      code: "gone",
    });
  });

  test.for([
    ...(["stopped", "destroying"] as const).map((state) => [state, "gone"] as const),
    ...(["error", "build_failed"] as const).map((state) => [state, "build_failed"] as const),
  ])(
    "and becomes `%s` instead of running is reported as `%s`, and deleted",
    async ([end, code], { onTestFinished }) => {
      const setting = await bound(NEWEST, onTestFinished);
      setting.api.pace = SLOW_START;
      const onState = (state: string) => {
        if (state === "creating") setting.api.sandboxes[0]?.settle(end);
      };

      const error = await cleaned(setting.createSandbox({ image: image(), ...TTL, onState }));

      expect(error).toMatchObject({ code, state: end, id: setting.api.sandboxes[0]?.id });
      // What somebody else deletes is not deleted again.
      expect(remains(setting)).toEqual(end === "destroying" ? [end] : []);
    },
  );

  test("is waited for in states that nobody knows", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    const seen: string[] = [];
    const onState = (state: string) => {
      seen.push(state);
      const ahead = seen.length === 1 ? ["reticulating", "started"] : ["started"];
      setting.api.sandboxes[0]?.ahead.splice(0, 9, ...(ahead as State[]));
    };

    await setting.createSandbox({ image: image(), ...TTL, onState });

    expect(seen).toEqual(["pending_build", "reticulating", "started"]);
  });

  test("is looked for when something else answers the request, and deleted", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", status: 200 } });

    expect(await cleaned(setting.createSandbox({ image: image(), ...TTL }))).toMatchObject({
      code: "network",
      message: expect.stringContaining("The response to the request to create a sandbox did not come from Daytona"),
    });
    expect(asked(setting, "GET")).toContainEqual(expect.stringMatching(/^GET \/sandbox\/pithy-/));
  });

  test("and of which something else answers is deleted", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ answer: { method: "GET", path: "/sandbox/", status: 200 } });

    const error = await cleaned(setting.createSandbox({ image: image(), ...TTL }));

    expect(error).toMatchObject({
      code: "network",
      id: setting.api.sandboxes[0]?.id,
      message: expect.stringContaining("did not come from Daytona (HTTP 200)"),
    });
    expect(remains(setting)).toEqual([]);
  });

  test("and cannot be deleted is reported by its id, and ends by itself", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ slow: Number.POSITIVE_INFINITY });

    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, deadline: 30 }));

    const [made] = setting.api.sandboxes;
    expect(error).toMatchObject({ code: "timed_out", id: made?.id });
    expect(await error.cleanedUp).toEqual({ leftBehind: error.leftBehind });
    expect(error.leftBehind).toContain(`${made?.id}`);
    setting.time.pass(30 * 60_000);
    expect(remains(setting)).toEqual([]);
  });
});

describe.concurrent.each(SDKS.filter(({ format }) => format === "cjs"))("$name, whose files", (sdk) => {
  const withFile = () => image().addFile("/file", crypto.randomUUID());

  test("are not taken at first are sent again", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    setting.s3.fail({ status: 503, times: 4 }); // the SDK itself tries three times

    expect(await setting.createSandbox({ image: withFile(), ...TTL })).toMatchObject({ state: "started" });
  });

  test("are never taken are reported, and no sandbox is asked for", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    setting.s3.fail({ status: 503, times: Number.POSITIVE_INFINITY });

    expect(await failureOf(setting.createSandbox({ image: withFile(), ...TTL }))).toMatchObject({
      code: "upload_failed",
      retryable: true,
      leftBehind: undefined,
    });
    expect(asked(setting)).not.toContain("POST /sandbox");
  });
});

test("stopped before it begins, it asks for nothing", async ({ onTestFinished }) => {
  const setting = await bound(NEWEST, onTestFinished);

  const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, signal: AbortSignal.abort() }));

  expect(error).toMatchObject({ code: "aborted", leftBehind: undefined });
  expect(setting.api.requests).toEqual([]);
});

const POST = { method: "POST", path: "/sandbox", times: Number.POSITIVE_INFINITY };

/** Where a call is when it is stopped: brings it there, and says when it is. The gate is opened when the call has ended. */
const MOMENTS: readonly [moment: string, arrange: (setting: Bound, gate: Gate) => unknown][] = [
  [
    "while it is asked where files go",
    ({ api }, { until }) => api.fail({ answer: { path: "/object-storage", until, times: Number.POSITIVE_INFINITY } }),
  ],
  ["while files are sent", ({ s3 }, { until }) => s3.fail({ until, times: Number.POSITIVE_INFINITY })],
  [
    "while the sandbox is asked for",
    ({ api }, gate) => {
      api.fail({ answer: { ...POST, until: gate.until } });
      // It is made once the call, which has ended, looks for it.
      api.fail({ answer: { method: "GET", path: "/sandbox/", until: async () => gate.open() } });
    },
  ],
  [
    "while the sandbox was made, and nothing answers",
    ({ api }, { arrive }) => {
      api.fail({ answer: { ...POST, status: "lost", until: async () => arrive() } });
    },
  ],
  [
    "while it is waited for",
    ({ api }, { arrive }) => {
      api.fail({ slow: 5 });
      api.fail({ answer: { method: "GET", path: "/sandbox/", until: async () => arrive() } });
    },
  ],
];

describe.concurrent.each(SDKS.filter(({ format }) => format === "cjs"))("$name, stopped", (sdk) => {
  /** A call that is brought to a moment. */
  const begin = async (arrange: (typeof MOMENTS)[number][1], finished: typeof onTestFinished) => {
    const setting = await bound(sdk, finished);
    const gate = new Gate();
    arrange(setting, gate);
    await writeFile(join(setting.s3.scratch, "file"), crypto.randomUUID());
    const options = { image: image().addLocalFile("file", "/file"), root: setting.s3.scratch, ...TTL };
    /** Lets what the SDK still does come to its end, and returns what is left. */
    const left = async () => {
      gate.open();
      await setting.sdkIsDone();
      await setting.time.quiet();
      return remains(setting);
    };
    return { ...setting, gate, options, left };
  };

  test.for(MOMENTS)("%s, by its signal, it leaves nothing (42)", async ([, arrange], { onTestFinished }) => {
    const { createSandbox, gate, options, left } = await begin(arrange, onTestFinished);
    const stop = new AbortController();
    void gate.arrived.then(() => stop.abort());

    const error = await cleaned(createSandbox({ ...options, signal: stop.signal }));

    expect(error).toMatchObject({ code: "aborted" });
    expect(await left()).toEqual([]);
  });

  test.for(MOMENTS)("%s, by its deadline, it leaves nothing", async ([, arrange], { onTestFinished }) => {
    const { createSandbox, time, gate, options, left } = await begin(arrange, onTestFinished);
    void gate.arrived.then(() => time.pass(30_000));

    const error = await cleaned(createSandbox({ ...options, deadline: 30 }));

    expect(error).toMatchObject({ code: "timed_out" });
    expect(await left()).toEqual([]);
  });

  test("while files are sent, it asks for no sandbox afterwards", async ({ onTestFinished }) => {
    const setting = await begin(({ s3 }, { until }) => s3.fail({ until }), onTestFinished);
    const stop = new AbortController();
    void setting.gate.arrived.then(() => stop.abort());

    await failureOf(setting.createSandbox({ ...setting.options, signal: stop.signal }));

    expect(await setting.left()).toEqual([]);
    expect(await setting.s3.keys()).toHaveLength(1); // by the SDK
    expect(asked(setting)).not.toContain("POST /sandbox");
  });
});

describe.concurrent("the application's own mistakes", () => {
  const listeners = ["onCreated", "onState", "onLog"] as const;

  test.for(listeners.flatMap((name) => [[name, "throws"] as const, [name, "rejects"] as const]))(
    "%s that %s ends the call, and nothing is left",
    async ([name, how], { onTestFinished }) => {
      const setting = await bound(NEWEST, onTestFinished);
      const mistake = new Error("a mistake");
      const listener =
        how === "rejects"
          ? async () => {
              throw mistake;
            }
          : () => {
              throw mistake;
            };

      const error = await cleaned(setting.createSandbox({ image: image(), ...TTL, [name]: listener }));

      expect(error).toMatchObject({ code: "aborted", cause: mistake });
      expect(error.message).toContain("a mistake");
      expect(remains(setting)).toEqual([]);
    },
  );

  const lock = LOCK;
  test.for<[what: string, options: unknown]>([
    ["nothing", undefined],
    ["neither lock nor image", TTL],
    ["both", { lock, image: image(), ...TTL }],
    ["a lock and a snapshot", { lock, snapshot: "a", ...TTL }],
    ["no name of a snapshot", { snapshot: "", ...TTL }],
    ["resources of a named snapshot", { snapshot: "a", resources: { cpu: 2 }, ...TTL }],
    ["no lock", { lock: {}, ...TTL }],
    ["no image", { image: "debian:12", ...TTL }],
    ["another image's name", { lock, imageName: "other", ...TTL }],
    ["no end", { lock }],
    ["an end of no minutes", { lock, ttlMinutes: 0 }],
    ["a list for an object of strings", { lock, envVars: ["A=1"], ...TTL }],
    ["a number for a text", { lock, envVars: { A: 1 }, ...TTL }],
    ["a number for a label", { lock, labels: { a: 1 }, ...TTL }],
    ["no name", { lock, name: "", ...TTL }],
    ["a text for a function", { lock, onLog: "console.log", ...TTL }],
    ["resources of a snapshot", { lock, resources: { cpu: 2 }, ...TTL }],
    ["labels twice", { lock, params: { labels: {} }, ...TTL }],
    ["a text for a deadline", { lock, deadline: "5", ...TTL }],
    ["no deadline", { lock, deadline: 0, ...TTL }],
    ["a text for a signal", { lock, signal: "stop", ...TTL }],
    ["what the SDK refuses", { lock, params: { autoArchiveInterval: -1 }, ...TTL }],
  ])("%s is reported before anything is asked", async ([, options], { onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);

    const error = await failureOf(setting.createSandbox(options as CreateSandboxOptions));

    expect(error).toMatchObject({ code: "configuration", retryable: false });
    expect(setting.api.requests).toEqual([]);
  });
});

test("the key is in no error, and in nothing that is printed (47)", async ({ onTestFinished }) => {
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  const complained = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => void vi.restoreAllMocks());

  const errors = await Promise.all(
    SDKS.map(async (sdk) => {
      const setting = await bound(sdk, onTestFinished);
      await setting.api.pause();
      return failureOf(setting.createSandbox({ image: image(), ...TTL }));
    }),
  );

  expect(errors.map(({ code, leftBehind }) => [code, leftBehind])).toEqual(SDKS.map(() => ["network", undefined]));
  const everything = [errors, printed.mock.calls, complained.mock.calls];
  expect(inspect(everything, { depth: 10, showHidden: true })).not.toContain("dtn_stand_in");
});
