/**
 * The stand-in, tried with the real SDKs: what they send arrives, and what they are answered is what they expect.
 */
import { createHash } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  activeSnapshot,
  call,
  daytona,
  dockerfile,
  eventually,
  get,
  pass,
  post,
  states,
  virtualDaytona,
} from "./calls.ts";
import { entrypointOf, ORGANIZATION, snapshotRef, startDaytona, USUAL_PACE } from "./fixture.ts";
import { SDKS, type SdkModule } from "./sdks.ts";

const CONTENT = "print('hello from the context')\n";

/** The SDK's own image with one local file. */
async function imageWithFile({ Image }: SdkModule, directory: string) {
  const file = join(directory, "main.py");
  await writeFile(file, CONTENT);
  return Image.debianSlim("3.12").pipInstall("openai").addLocalFile(file, "/app/x");
}

/** The message of what was thrown; a test that expects an error fails without one. */
async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => new Error("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
  return error instanceof Error ? error.message : String(error);
}

describe.concurrent.each(SDKS)("$name", ({ alias, load }) => {
  test("create({image}) uploads the context and reaches started", async ({ onTestFinished }) => {
    const { api, s3, config } = await daytona(onTestFinished);
    const sdk = await load();
    const image = await imageWithFile(sdk, s3.scratch);
    const logs: string[] = [];

    const sandbox = await new sdk.Daytona(config).create({ image }, { onSnapshotCreateLogs: (log) => logs.push(log) });

    const [created] = api.sandboxes;
    expect(sandbox).toMatchObject({ id: created?.id, state: "started" });
    expect(created?.dockerfileContent).toBe(image.dockerfile);
    expect(created?.contextHashes).toHaveLength(1);
    const parts = image.dockerfile + created?.contextHashes.join("");
    expect(created?.ref).toBe(`daytona-${createHash("sha256").update(parts).digest("hex")}:daytona`);
    expect(await s3.keys()).toEqual([`${ORGANIZATION}/${created?.contextHashes[0]}/context.tar`]);
    expect((await s3.read(`${ORGANIZATION}/${created?.contextHashes[0]}/context.tar`)).includes(CONTENT)).toBe(true);
    expect(logs.join("\n")).toMatch(/#1 FROM python:3\.12.*Successfully built/s);
  });

  test("snapshot.create reaches active, and a sandbox starts from it with one POST and a look", async ({
    onTestFinished,
  }) => {
    const { api, s3, config } = await daytona(onTestFinished);
    const sdk = await load();
    const client = new sdk.Daytona(config);
    const image = await imageWithFile(sdk, s3.scratch);
    const logs: string[] = [];
    api.fail({ slow: 2 }); // the SDK looks once a second

    const snapshot = await client.snapshot.create({ name: "team/app:1", image }, { onLogs: (log) => logs.push(log) });
    const before = api.requests.length;
    const sandbox = await client.create({ snapshot: snapshot.name });

    expect(snapshot.state).toBe("active");
    expect(api.snapshots).toMatchObject([{ name: "team/app:1", dockerfileContent: image.dockerfile }]);
    expect(logs.join("\n")).toContain("Successfully built");
    expect(sandbox.state).toBe("started");
    expect(api.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /sandbox",
      `GET /sandbox/${sandbox.id}`,
    ]);
  });

  test("a failed build surfaces with its log, although the log never ends", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    api.fail({ build: { reason: "exit code: 100", log: "E: Unable to locate package", state: "error" } });
    const logs: string[] = [];

    const creating = new sdk.Daytona(config).create(
      { image: sdk.Image.base("debian:12") },
      { onSnapshotCreateLogs: (log) => logs.push(log) },
    );

    expect(await messageOf(creating)).toContain("exit code: 100");
    expect(logs.join("\n")).toContain("E: Unable to locate package");
    expect(api.sandboxes).toMatchObject([{ state: "error" }]);
  });

  test("`build_failed` ends a create at once, except in 0.115, which does not know it", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    api.fail({ build: { reason: "exit code: 1" } });

    const [timeout, message] = alias === "sdk-0115" ? [5, "within the timeout period"] : [300, "exit code: 1"];
    const creating = new sdk.Daytona(config).create({ image: sdk.Image.base("debian:12") }, { timeout });

    expect(await messageOf(creating)).toContain(message);
    expect(api.sandboxes).toMatchObject([{ state: "build_failed" }]);
  });

  test("an image of another SDK or module format silently gets a default sandbox", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    const others = (await Promise.all(SDKS.map((other) => other.load()))).filter(({ Image }) => Image !== sdk.Image);

    for (const { Image } of others) await new sdk.Daytona(config).create({ image: Image.base("debian:12") });

    expect(api.sandboxes.map(({ ref }) => ref)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("a failed snapshot build surfaces with its reason", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    api.fail({ build: { reason: "exit code: 1" } });
    const image = sdk.Image.base("debian:12");

    const creating = new sdk.Daytona(config).snapshot.create({ name: "app", image });

    expect(await messageOf(creating)).toMatch(/Failed to create snapshot.*exit code: 1/);
    expect(api.snapshots).toMatchObject([{ state: "error" }]);
  });

  test("a taken snapshot name is refused", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    const client = new sdk.Daytona(config);
    await post(api, "/snapshots", { name: "app", buildInfo: { dockerfileContent: "FROM a\n" } });

    const creating = client.snapshot.create({ name: "app", image: sdk.Image.base("debian:12") });

    expect(await messageOf(creating)).toContain("already exists");
    expect(api.snapshots).toHaveLength(1);
  });

  test("a Dockerfile over 100 kB is refused", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    const image = sdk.Image.base("debian:12").runCommands(`echo ${"x".repeat(100 * 1024)}`);

    expect(await messageOf(new sdk.Daytona(config).create({ image }))).toContain("request entity too large");
    expect(api.sandboxes).toEqual([]);
  });

  test("a deleted sandbox is gone", async ({ onTestFinished }) => {
    const { api, config } = await daytona(onTestFinished);
    const sdk = await load();
    const client = new sdk.Daytona(config);
    const sandbox = await client.create();

    await sandbox.delete();

    await states(api, `/sandbox/${sandbox.id}`);
    await expect(client.get(sandbox.id)).rejects.toBeInstanceOf(sdk.DaytonaNotFoundError ?? sdk.DaytonaError);
    expect(api.sandboxes).toMatchObject([{ state: "destroyed" }]);
  });
});

describe("the rules of the server", () => {
  test("the build key sorts the hashes and joins everything without a separator", () => {
    expect(snapshotRef("FROM a\n", ["b", "a"])).toBe(
      "daytona-9323d53587ad3e87b1c60e73d51634d8806741e0a193335de1f9bdd6a9d29d0f:daytona",
    );
    expect(snapshotRef("FROM a\n")).toBe(
      "daytona-20a51c1806196a27c0b6855656a7480447832e6a755ca8b4f0e582a41fa2534c:daytona",
    );
  });

  test.each([
    ["FROM a\n", ["sleep", "infinity"]],
    ['FROM a\nCMD ["x"]\n', ["sleep", "infinity"]],
    ['ENTRYPOINT ["a", "b"]\n', ["a", "b"]],
    ['ENTRYPOINT ["a"]\n# ENTRYPOINT ["b", ""]\n', ["b"]],
    ["ENTRYPOINT run 'it'\n", ["run it"]],
    ['entrypoint ["a"]\n', ["sleep", "infinity"]],
    ['ENTRYPOINT "a"\n', ["sleep", "infinity"]],
  ])("the entrypoint of %j is %j", (dockerfile, expected) => {
    expect(entrypointOf(dockerfile)).toEqual(expected);
  });
});

describe.concurrent("the API", () => {
  test("sandboxes and snapshots pass through every state, as time goes by", async ({ onTestFinished }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    const sandbox = await post(api, "/sandbox", dockerfile("FROM a\n"));
    const snapshot = await post(api, "/snapshots", { name: "app", ...dockerfile("FROM a\n") });

    expect([sandbox.body.state, snapshot.body.state]).toEqual(["pending_build", "pending"]);
    const [ofSandbox, ofSnapshot] = await Promise.all([
      states(api, `/sandbox/${sandbox.body.id}`),
      states(api, "/snapshots/app"),
    ]);
    expect(ofSandbox).toEqual(["pending_build", "building_snapshot", "creating", "starting", "started"]);
    expect(ofSnapshot).toEqual(["pending", "building", "active"]);
    expect(time.elapsed).toBe(22_805);
  });

  test("a ref that has been built is not built again", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const first = await post(api, "/sandbox", dockerfile("FROM a\n"));
    await states(api, `/sandbox/${first.body.id}`);

    const second = await post(api, "/sandbox", dockerfile("FROM a\n"));

    expect(second.body.state).toBe("creating");
    expect(await states(api, `/sandbox/${second.body.id}`)).toEqual(["creating", "starting", "started"]);
  });

  test("a ref whose build failed fails again, with the old error", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.fail({ build: { reason: "exit code: 1" } });
    for (const expected of [["building_snapshot", "build_failed"], ["build_failed"]]) {
      const { body } = await post(api, "/sandbox", dockerfile("FROM a\n"));
      expect(await states(api, `/sandbox/${body.id}`)).toEqual(["pending_build", ...expected]);
      expect((await get(api, `/sandbox/${body.id}`)).body.errorReason).toBe("exit code: 1");
    }
  });

  test("a context that was never uploaded fails the build", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const { body } = await post(api, "/sandbox", dockerfile("FROM a\n", ["0123abcd"]));
    await states(api, `/sandbox/${body.id}`);

    const { state, errorReason } = (await get(api, `/sandbox/${body.id}`)).body;
    expect({ state, errorReason }).toEqual({
      state: "build_failed",
      errorReason: expect.stringContaining(`${ORGANIZATION}/0123abcd/context.tar`),
    });
  });

  test("the URL of a snapshot's log is waited for, until there is a runner or half a minute is over", async ({
    onTestFinished,
  }) => {
    const { api, time } = await virtualDaytona(onTestFinished);
    await post(api, "/snapshots", { name: "app", ...dockerfile("FROM a\n") });

    expect((await get(api, "/snapshots/app/build-logs-url")).status).toBe(200);
    expect(time.elapsed).toBe(USUAL_PACE.assign + 5);
    api.pace = { ...api.pace, assign: 60_000 };
    await post(api, "/snapshots", { name: "other", ...dockerfile("FROM b\n") });
    expect((await get(api, "/snapshots/other/build-logs-url")).status).toBe(404);
    expect(time.elapsed).toBe(USUAL_PACE.assign + 30_010);
    api.fail({ logUrlMissing: 1 });
    const statuses = [await get(api, "/snapshots/app/build-logs-url"), await get(api, "/snapshots/app/build-logs-url")];
    expect(statuses).toMatchObject([{ status: 404 }, { status: 200 }]);
  });

  test("a slow build takes longer, and its log stays open until it is done", async ({ onTestFinished }) => {
    const { api, config, time } = await virtualDaytona(onTestFinished);
    api.fail({ slow: 10 });
    const path = `/sandbox/${(await post(api, "/sandbox", dockerfile("FROM a\n"))).body.id}`;
    await pass(api, api.pace.assign);
    const { url } = (await get(api, `${path}/build-logs-url`)).body;
    const log = await fetch(`${url}?follow=true`, { headers: { authorization: `Bearer ${config.apiKey}` } });

    await pass(api, api.pace.build + 9_999);
    expect((await get(api, path)).body.state).toBe("building_snapshot");
    time.pass(1);
    expect((await get(api, path)).body.state).toBe("creating");
    expect(await log.text()).toBe("#1 FROM a\nSuccessfully built\n");
  });

  test("after a build that failed, the log stays open", async ({ onTestFinished }) => {
    const { api, config } = await virtualDaytona(onTestFinished);
    api.fail({ build: { reason: "exit code: 1", log: "E: no such package" } });
    const path = `/sandbox/${(await post(api, "/sandbox", dockerfile("FROM a\n"))).body.id}`;
    await pass(api, api.pace.assign);
    const running = (await get(api, path)).body;
    expect([running.state, running.errorReason]).toEqual(["building_snapshot", undefined]);
    const { url } = (await get(api, `${path}/build-logs-url`)).body;
    const headers = { authorization: `Bearer ${config.apiKey}` };

    const aborting = new AbortController();
    const log = await fetch(`${url}?follow=true`, { headers, signal: aborting.signal });
    let seen = "";
    const reading = (async () => {
      for await (const chunk of log.body ?? []) seen += Buffer.from(chunk).toString();
    })();
    reading.catch(() => {});

    await states(api, path);
    await eventually(() => expect(seen).toBe("#1 FROM a\nE: no such package\n"));
    aborting.abort();
    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    expect((await get(api, path)).body).toMatchObject({ state: "build_failed", errorReason: "exit code: 1" });
  });

  test("of two requests for one name at once, one is refused", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    for (const path of ["/snapshots", "/sandbox"]) {
      const body = { name: "app", ...dockerfile("FROM a\n", ["0123abcd"]) };
      const answers = await Promise.all([post(api, path, body), post(api, path, body)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
    expect([api.sandboxes.length, api.snapshots.length]).toEqual([1, 1]);
  });

  test("a sandbox is not deleted while its state changes", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const path = `/sandbox/${(await post(api, "/sandbox", dockerfile("FROM a\n"))).body.id}`;
    await pass(api, api.pace.assign);
    expect((await call(api, "DELETE", path)).status).toBe(409);
    await states(api, path);
    expect((await call(api, "DELETE", path)).status).toBe(200);
    expect((await get(api, path)).body.state).toBe("destroying");
    await pass(api, api.pace.remove);
    expect((await get(api, path)).status).toBe(404);
  });

  test("snapshots are listed, activated and removed; a removed name is free again", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    const body = { name: "app", ...dockerfile("FROM a\n") };
    await activeSnapshot(api, "app");
    const { id } = (await get(api, "/snapshots/app")).body;
    api.snapshots[0]?.sleep();
    const fromInactive = await post(api, "/sandbox", { snapshot: "app" });
    const activated = await post(api, `/snapshots/${id}/activate`, {});
    const passed = await states(api, "/snapshots/app");
    const listed = await get(api, "/snapshots?page=1&limit=10");
    await call(api, "DELETE", `/snapshots/${id}`);

    expect(fromInactive).toMatchObject({ status: 400, body: { message: "Snapshot app is inactive" } });
    expect(activated.body.state).toBe("pending");
    expect(passed).toEqual(["pending", "building", "active"]);
    expect(listed.body).toMatchObject({ total: 1, totalPages: 1, items: [{ name: "app", state: "active" }] });
    expect((await post(api, "/snapshots", body)).status).toBe(409);
    expect((await get(api, "/snapshots/app")).body.state).toBe("removing");
    await pass(api, api.pace.remove);
    expect((await get(api, "/snapshots/app")).status).toBe(404);
    expect((await post(api, "/snapshots", body)).status).toBe(200);
  });

  test.each([
    ["a name with a blank", "/snapshots", { name: "a b", ...dockerfile("FROM a\n") }, 400],
    ["a name that is a URL", "/snapshots", { name: "https://a/b", ...dockerfile("FROM a\n") }, 400],
    ["an entrypoint with a number", "/snapshots", { name: "a", ...dockerfile("ENTRYPOINT [1]\n") }, 500],
    ["a build and a snapshot at once", "/sandbox", { snapshot: "a", ...dockerfile("FROM a\n") }, 400],
    ["resources with a snapshot", "/sandbox", { snapshot: "a", cpu: 2 }, 400],
    ["a snapshot that is not there", "/sandbox", { snapshot: "a" }, 400],
    ["a route that it does not have", "/volumes", {}, 501],
  ])("%s is refused", async (_, path, body, status) => {
    const { api, stop } = await startDaytona();
    const answer = await post(api, path, body).finally(stop);
    expect(answer).toMatchObject({ status, body: { statusCode: status } });
    expect([api.sandboxes, api.snapshots]).toEqual([[], []]);
    expect(api.requests).toMatchObject([{ method: "POST", path, body }]);
  });

  test("another key is not let in", async ({ onTestFinished }) => {
    const { config } = await virtualDaytona(onTestFinished);
    const answer = await fetch(`${config.apiUrl}/snapshots`, { headers: { authorization: "Bearer other" } });
    expect(answer.status).toBe(401);
  });

  test("an arranged answer is given as often as asked", async ({ onTestFinished }) => {
    const { api } = await virtualDaytona(onTestFinished);
    api.fail({ answer: { method: "POST", path: "/sandbox", status: 503, message: "no runners", times: 2 } });
    const answers = [await post(api, "/sandbox", {}), await post(api, "/sandbox", {})];
    expect(answers).toMatchObject([{ status: 503, body: { message: "no runners" } }, { status: 503 }]);
    expect((await get(api, "/snapshots")).status).toBe(200);
    expect((await post(api, "/sandbox", {})).status).toBe(200);
  });

  test("a lost answer leaves its sandbox behind", async ({ onTestFinished }) => {
    const { api, config } = await virtualDaytona(onTestFinished);
    api.fail({ answer: { method: "POST", status: "lost" } });
    const aborting = new AbortController();
    const headers = { authorization: `Bearer ${config.apiKey}` };
    const init = { method: "POST", headers, body: "{}", signal: aborting.signal };
    const asking = fetch(`${config.apiUrl}/sandbox`, init);

    await eventually(() => expect(api.sandboxes).toMatchObject([{ state: "started" }]));
    aborting.abort();

    await expect(asking).rejects.toMatchObject({ name: "AbortError" });
  });
});

test("`stop()` removes the servers and their directory", async () => {
  const { config, s3, stop } = await startDaytona();
  await stop();
  await stop();
  await expect(fetch(config.apiUrl)).rejects.toThrow();
  await expect(fetch(s3.endpoint)).rejects.toThrow();
  await expect(s3.keys()).rejects.toMatchObject({ code: "ENOENT" });
  await expect(stat(dirname(s3.scratch))).rejects.toMatchObject({ code: "ENOENT" });
});
