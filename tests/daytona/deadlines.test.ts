/**
 * Calls end when they have to, whatever hangs; what they created is deleted afterwards, or is said to remain.
 */
import { getEventListeners } from "node:events";
import { Image, PithyImageError } from "pithy-image";
import { describe, expect, type onTestFinished, test } from "vitest";
import { asked, type Bound, bound, cleaned, failureOf, LOCK, ready, remains, SNAPSHOT } from "./bound.ts";
import { eventually, post } from "./calls.ts";
import { Gate } from "./gate.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const NEWEST = SDKS[2] as Sdk;
const TTL = { ttlMinutes: 30 };
const ALWAYS = Number.POSITIVE_INFINITY;
/** Seconds, and in milliseconds. */
const DEADLINE = 30;
const DEADLINE_MS = DEADLINE * 1_000;
/** Milliseconds that deleting may take. */
const BOUND = 300_000;

const image = () => Image.base("debian:12-slim").addFile("/file", crypto.randomUUID());
/** The body of the last request that creates a sandbox. */
const wanted = ({ api }: Pick<Bound, "api">) =>
  api.requests.findLast(({ method, path }) => method === "POST" && path === "/sandbox")?.body;

/** What hangs until the gate is opened, and whether anything was created by then. */
const HANGING: readonly [what: string, creates: boolean, arrange: (setting: Bound, gate: Gate) => void][] = [
  ["where files go", false, ({ api }, { until }) => api.fail({ answer: { path: "/object-storage", until } })],
  ["an upload", false, ({ s3 }, { until }) => s3.fail({ until })],
  ["the request", true, ({ api }, { until }) => api.fail({ answer: { method: "POST", path: "/sandbox", until } })],
  ["the state", true, ({ api }, { until }) => api.fail({ answer: { method: "GET", path: "/sandbox/", until } })],
];

describe.concurrent.each(SDKS.filter(({ format }) => format === "cjs"))("$name", (sdk) => {
  const begin = async (arrange: (typeof HANGING)[number][2], finished: typeof onTestFinished) => {
    const setting = await bound(sdk, finished);
    const gate = new Gate();
    finished(gate.open);
    arrange(setting, gate);
    return { ...setting, gate };
  };

  test.for(HANGING)("a deadline ends a call while %s hangs", async ([, creates, arrange], { onTestFinished }) => {
    const setting = await begin(arrange, onTestFinished);
    void setting.gate.arrived.then(() => setting.time.pass(DEADLINE_MS));

    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, deadline: DEADLINE }));

    expect(error.code).toBe("timed_out");
    expect(setting.time.elapsed - DEADLINE_MS).toBeLessThan(250);
    expect(error.leftBehind !== undefined).toBe(creates);
    setting.gate.open();
    expect(await error.cleanedUp).toEqual({});
    await setting.sdkIsDone();
    await setting.time.quiet();
    expect(remains(setting)).toEqual([]);
  });

  test.for(HANGING)("a signal ends a call while %s hangs", async ([, creates, arrange], { onTestFinished }) => {
    const setting = await begin(arrange, onTestFinished);
    const stop = new AbortController();
    void setting.gate.arrived.then(() => stop.abort());

    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, signal: stop.signal }));

    expect(error.code).toBe("aborted");
    expect(error.leftBehind !== undefined).toBe(creates);
    setting.gate.open();
    expect(await error.cleanedUp).toEqual({});
    await setting.sdkIsDone();
    await setting.time.quiet();
    expect(remains(setting)).toEqual([]);
  });

  test("what the application has made endless is said to remain until it is reaped", async ({ onTestFinished }) => {
    if (sdk.alias !== "sdk-0115") return;
    const setting = await bound(sdk, onTestFinished);
    setting.api.fail({ build: { reason: "exit code: 7" } });

    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, params: { autoStopInterval: 0 } }));

    expect(error.leftBehind).toBe(`sandbox ${error.id}; it stays until \`reapSandboxes\` deletes it`);
  });

  test("what may remain is said with its end, as the SDK in use has one", async ({ onTestFinished }) => {
    const setting = await bound(sdk, onTestFinished);
    setting.api.fail({ answer: { method: "DELETE", path: "/sandbox", status: 403, times: ALWAYS } });
    setting.api.fail({ slow: ALWAYS });

    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, deadline: DEADLINE }));

    const [made] = setting.api.sandboxes;
    const end = new Date((made?.createdAt.getTime() ?? 0) + 30 * 60_000).toISOString();
    expect(error.leftBehind).toBe(
      sdk.alias === "sdk-0115"
        ? `sandbox ${made?.id}; once it has started, Daytona deletes it after 30 idle minutes; if it never starts, it stays until \`reapSandboxes\` deletes it`
        : `sandbox ${made?.id}; Daytona deletes it at ${end}`,
    );
    expect(error.message).toContain(`May be left behind: ${error.leftBehind}.`);
    expect(await error.cleanedUp).toEqual({ leftBehind: error.leftBehind });
  });
});

describe.concurrent("what a call created", () => {
  test("is reported to no listener once the call has ended", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    const stop = new AbortController();
    const states: string[] = [];
    const listeners = { onCreated: () => stop.abort(), onState: (state: string) => states.push(state) };

    await cleaned(setting.createSandbox({ image: image(), ...TTL, ...listeners, signal: stop.signal }));

    expect(states).toEqual([]);
  });

  test("is deleted after the error of a failed build, too", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    const gate = new Gate();
    onTestFinished(gate.open);
    setting.api.fail({ build: { reason: "exit code: 7" } });
    setting.api.fail({ answer: { method: "DELETE", path: "/sandbox", until: gate.until } });

    const { signal } = new AbortController();
    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, signal }));

    expect(error.code).toBe("build_failed");
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(remains(setting)).toEqual(["build_failed"]);
    gate.open();
    expect(await error.cleanedUp).toEqual({});
    expect(remains(setting)).toEqual([]);
  });

  test("is deleted however long Daytona refuses that, with growing pauses", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ answer: { method: "DELETE", path: "/sandbox", status: 409, times: 20 } });

    await cleaned(setting.createSandbox({ image: image(), ...TTL, onState: () => Promise.reject(new Error("stop")) }));

    expect(asked(setting, "DELETE")).toHaveLength(21);
    expect(setting.time.elapsed).toBeGreaterThan(120_000);
    expect(remains(setting)).toEqual([]);
  });

  test("is deleted although Daytona is unavailable meanwhile", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ answer: { method: "DELETE", path: "/sandbox", status: 503, times: 20 } });
    setting.api.fail({ build: { reason: "exit code: 7" } });

    await cleaned(setting.createSandbox({ image: image(), ...TTL }));

    expect(remains(setting)).toEqual([]);
  });

  test("remains if it cannot be deleted within five minutes", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    setting.api.fail({ answer: { method: "DELETE", path: "/sandbox", status: 409, times: ALWAYS } });
    setting.api.fail({ build: { reason: "exit code: 7" } });

    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL }));
    const failedAt = setting.time.elapsed;

    expect(await error.cleanedUp).toEqual({ leftBehind: error.leftBehind });
    const took = setting.time.elapsed - failedAt;
    expect(took).toBeGreaterThan(0.9 * BOUND);
    expect(took).toBeLessThan(1.1 * BOUND);
    expect(asked(setting, "DELETE").length).toBeLessThan(40);
  });

  test("after the request was given up is found by its name", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    const gate = new Gate();
    onTestFinished(gate.open);
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", status: "cut", until: gate.until } });
    let looks = 0;
    const until = async () => {
      looks += 1;
      if (looks === 12) gate.open();
    };
    setting.api.fail({ answer: { method: "GET", path: "/sandbox/", until, times: ALWAYS } });
    void gate.arrived.then(() => setting.time.pass(DEADLINE_MS));

    const error = await failureOf(setting.createSandbox({ image: image(), ...TTL, deadline: DEADLINE }));

    expect(error.leftBehind).toMatch(
      /^sandbox `pithy-.*`, if it was created; Daytona deletes it 30 minutes after its creation$/,
    );
    expect(await error.cleanedUp).toEqual({});
    expect(setting.api.sandboxes).toHaveLength(1);
    expect(remains(setting)).toEqual([]);
  });

  /** A gate, and a signal that is aborted when a request has arrived there. */
  async function stoppable(finished: typeof onTestFinished) {
    const setting = await bound(NEWEST, finished);
    await ready(setting);
    const [gate, stop] = [new Gate(), new AbortController()];
    finished(gate.open);
    void gate.arrived.then(() => stop.abort());
    return { setting, gate, stop };
  }

  test("is looked for no longer once the request was refused", async ({ onTestFinished }) => {
    const { setting, gate, stop } = await stoppable(onTestFinished);
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", status: 403, until: gate.until } });

    const error = await failureOf(setting.createSandbox({ lock: LOCK, ...TTL, signal: stop.signal }));
    const stoppedAt = setting.time.elapsed;
    gate.open();

    expect(error.leftBehind).toMatch(/if it was created/);
    expect(await error.cleanedUp).toEqual({});
    expect(setting.time.elapsed - stoppedAt).toBeLessThan(35_000);
  });

  test("is remembered while it is looked for", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    await ready(setting);
    const [created, looked] = [new Gate(), new Gate()];
    onTestFinished(() => [created, looked].forEach(({ open }) => void open()));
    const stop = new AbortController();
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", until: created.until } });
    setting.api.fail({ answer: { method: "GET", path: "/sandbox/", until: looked.until, status: 404 } });
    void created.arrived.then(() => stop.abort());

    const error = await failureOf(setting.createSandbox({ lock: LOCK, ...TTL, signal: stop.signal }));
    await looked.arrived;
    created.open();
    await eventually(() => expect(setting.api.sandboxes[0]?.state).toBe("started"));
    await setting.time.quiet(); // the response has come
    looked.open();

    expect(await error.cleanedUp).toEqual({});
    expect(asked(setting, "GET")).toHaveLength(1);
    expect(asked(setting, "DELETE")).toEqual([`DELETE /sandbox/${setting.api.sandboxes[0]?.id}`]);
  });

  test("twice, since its name was free again, is deleted twice", async ({ onTestFinished }) => {
    const { setting, gate, stop } = await stoppable(onTestFinished);
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", status: "cut" } });
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", until: gate.until } });

    const error = await failureOf(setting.createSandbox({ lock: LOCK, ...TTL, signal: stop.signal }));
    await eventually(() => expect(asked(setting, "DELETE")).toHaveLength(1));
    gate.open();

    expect(await error.cleanedUp).toEqual({});
    expect(setting.api.sandboxes).toHaveLength(2);
    expect(remains(setting)).toEqual([]);
  });

  test("and fails to start is reported with the reason, and deleted", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    await ready(setting);
    const message = "Sandbox failed to start: no space left on device";
    const until = async () => {
      await post(setting.api, "/sandbox", wanted(setting));
      setting.api.sandboxes[0]?.settle("error");
    };
    setting.api.fail({ answer: { method: "POST", path: "/sandbox", until, status: 400, message } });
    setting.api.fail({ answer: { method: "POST", path: "/sandbox" } }); // that of the test

    const error = await cleaned(setting.createSandbox({ lock: LOCK, ...TTL }));

    expect(error).toMatchObject({ code: "gone", state: "error", id: setting.api.sandboxes[0]?.id, retryable: true });
    expect(asked(setting, "POST")).toHaveLength(2); // it is not tried again under the same name
    expect(remains(setting)).toEqual([]);
  });

  test("is deleted if the application throws an error of this package", async ({ onTestFinished }) => {
    const setting = await bound(NEWEST, onTestFinished);
    const cause = new PithyImageError([{ code: "empty", message: "a", hint: "b", path: "" } as never]);
    const onCreated = () => {
      throw cause;
    };

    expect(await cleaned(setting.createSandbox({ image: image(), ...TTL, onCreated }))).toMatchObject({
      code: "aborted",
      cause,
    });
    expect(remains(setting)).toEqual([]);
  });
});

test("a server that holds the request is asked once", async ({ onTestFinished }) => {
  const setting = await bound(NEWEST, onTestFinished);
  await ready(setting);
  const until = async () => setting.time.pass(45_000);
  setting.api.fail({ answer: { method: "POST", path: "/sandbox", until } });

  await setting.createSandbox({ lock: LOCK, ...TTL });

  expect(asked(setting, "POST")).toEqual(["POST /sandbox"]);
});

/** A call that creates nothing, once what it needs is there. */
type Begin = (options: { deadline: number }) => Promise<unknown>;

/** A command in a sandbox that runs. */
async function taskIn({ createSandbox, startTask }: Bound) {
  const sandbox = await createSandbox({ image: image(), ttlMinutes: 1_440 });
  return startTask(sandbox, { command: ["sleep", "1000"] });
}

test.for<[call: string, prepare: (setting: Bound) => Begin | Promise<Begin>]>([
  ["ensureSnapshot", (setting) => (options) => setting.ensureSnapshot(image(), options)],
  ["ensureSnapshot of a lock", (setting) => (options) => setting.ensureSnapshot(LOCK, options)],
  ["verifySnapshot", (setting) => (options) => setting.verifySnapshot(SNAPSHOT, LOCK, options)],
  ["snapshotLog", (setting) => (options) => setting.snapshotLog(SNAPSHOT, options)],
  ["pruneSnapshots", (setting) => (options) => setting.pruneSnapshots({ prefix: "agent", keep: [], ...options })],
  ["reapSandboxes", (setting) => (options) => setting.reapSandboxes({ label: { a: "b" }, olderThan: 1, ...options })],
  [
    "startTask",
    async ({ createSandbox, startTask }) => {
      const sandbox = await createSandbox({ image: image(), ...TTL });
      return (options) => startTask(sandbox, { command: ["true"], ...options });
    },
  ],
  [
    "task.wait",
    async (setting) => {
      const task = await taskIn(setting);
      return (options) => task.wait(options);
    },
  ],
  [
    "task.cancel",
    async (setting) => {
      const task = await taskIn(setting);
      return (options) => task.cancel(options);
    },
  ],
])("%s ends at its deadline, whatever hangs", async ([, prepare], { onTestFinished }) => {
  const setting = await bound(NEWEST, onTestFinished);
  const begin = await prepare(setting);
  const gate = new Gate();
  onTestFinished(gate.open);
  setting.api.fail({ answer: { until: gate.until, times: ALWAYS } });
  const began = setting.time.elapsed;
  void gate.arrived.then(() => setting.time.pass(DEADLINE_MS));

  const error = await failureOf(begin({ deadline: DEADLINE }));

  expect(error).toMatchObject({ code: "timed_out", leftBehind: undefined });
  expect(setting.time.elapsed - began - DEADLINE_MS).toBeLessThan(250);
  gate.open();
  expect(await error.cleanedUp).toEqual({});
});
