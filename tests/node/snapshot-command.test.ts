/** `pithy-image snapshot`: ensure, list, logs, prune and verify, in an application with the stand-in for Daytona. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lock } from "pithy-image";
import { type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import { describe, expect, onTestFinished, test } from "vitest";
import { CLI, files, modules, node, type Outcome, resultOf } from "./helpers.ts";

const IMAGE = `import { Image } from "pithy-image";
export default Image.base("debian:12").addLocalFile("run.sh", "/run.sh").env({ MODE: "fast" });
`;
const APPLICATION = { "package.json": '{"name":"@acme/agent"}', "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" };
const TWO = {
  ...APPLICATION,
  "package.json": '{"name":"app","pithyImage":{"a":"daytona/image.ts","b":"b.mjs"}}',
  "b.mjs": `${IMAGE}export const snapshot = { resources: { cpu: 2 } };\n`,
};
const HOUR = 3_600_000;

interface Setting {
  readonly api: DaytonaFixture["api"];
  readonly cwd: string;
  cli(...args: string[]): Promise<Outcome>;
  /** Asks the API itself. */
  post(path: string, body: object): Promise<Response>;
}

/** An application, and a Daytona of its own. */
async function setting(content: Readonly<Record<string, string>> = APPLICATION): Promise<Setting> {
  const { api, config, stop } = await startDaytona();
  onTestFinished(stop);
  const cwd = modules(content);
  const env = { DAYTONA_API_KEY: config.apiKey, DAYTONA_API_URL: config.apiUrl, DAYTONA_TARGET: config.target };
  const headers = { authorization: `Bearer ${config.apiKey}` };
  return {
    api,
    cwd,
    cli: (...args) => node([CLI, ...args], { cwd, env }),
    post: (path, body) => fetch(api.url + path, { method: "POST", headers, body: JSON.stringify(body) }),
  };
}

const lockIn = (cwd: string): Lock => JSON.parse(readFileSync(join(cwd, "pithy-image.lock.json"), "utf8"));

describe("snapshot ensure", () => {
  test("builds the snapshots that the lock names, and then finds them", async () => {
    const { api, cwd, cli } = await setting(TWO);
    await cli("lock");
    api.fail({ slow: 2 });

    const first = await cli("snapshot", "ensure", "--json");
    const second = await cli("snapshot", "ensure");

    expect(first.code, first.stderr).toBe(0);
    const { images } = lockIn(cwd);
    const { snapshots } = resultOf<{ snapshots: object[] }>(first);
    expect(snapshots).toMatchObject([
      { image: "a", name: images.a?.snapshotName, outcome: "created" },
      { image: "b", name: images.b?.snapshotName, outcome: "created" },
    ]);
    expect(first.stderr).toMatch(/^a: building$/m);
    expect(first.stderr).toMatch(/^b: .*Successfully built$/m);
    expect(api.snapshots.find(({ name }) => name === images.b?.snapshotName)?.request).toMatchObject({ cpu: 2 });
    expect(second).toEqual({
      code: 0,
      stdout: `a  ${images.a?.snapshotName}  reused\nb  ${images.b?.snapshotName}  reused\n`,
      stderr: expect.stringMatching(/^(?:[ab]: active\n){2}$/),
    });
  });

  test("builds nothing that the lock does not name", async () => {
    const { api, cwd, cli } = await setting();
    await cli("lock");
    writeFileSync(join(cwd, "run.sh"), "#!/bin/bash\n");

    expect(await cli("snapshot", "ensure")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "pithy-image.lock.json does not match `agent`.\nUpdate it, and commit it: `npx pithy-image lock`. (lock_stale)\n",
    });
    expect(resultOf(await cli("snapshot", "ensure", "--json"))).toMatchObject({
      snapshots: [{ image: "agent", error: { code: "lock_stale" } }],
    });
    expect(api.snapshots).toEqual([]);
  });

  test("ends with 1 when a build fails, and goes on with the others", async () => {
    const { api, cli } = await setting({ ...TWO, "b.mjs": IMAGE.replace("fast", "slow") });
    api.fail({ build: { reason: "exit code: 100", log: "E: Unable to locate package" } });

    const { code, stdout, stderr } = await cli("snapshot", "ensure", "--json");

    expect(code).toBe(1);
    expect(stderr).toContain("E: Unable to locate package");
    const { snapshots } = resultOf<{ snapshots: { error?: { code: string }; outcome?: string }[] }>({ stdout });
    expect(snapshots.map(({ error, outcome }) => error?.code ?? outcome).toSorted()).toEqual([
      "build_failed",
      "created",
    ]);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ["a mistake in the image", { "daytona/image.ts": IMAGE.replace("run.sh", "walk.sh") }, /`walk\.sh` does not exist/],
    ["wrong credentials", { ".env.local": "DAYTONA_USE_DECLARATIVE_IMAGE=perhaps\n" }, /must be `true` or `false`/],
  ])("ends with 2 for %s", async (_, change, message) => {
    const { api, cli } = await setting({ ...APPLICATION, ...change });

    const { code, stderr } = await cli("snapshot", "ensure");

    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(api.snapshots).toEqual([]);
  });

  test("ends with 2 where no SDK is installed", async () => {
    const { code, stderr } = await node([CLI, "snapshot", "ensure"], { cwd: files() });

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^No Daytona SDK is installed\. /) });
  });
});

describe("a full quota", () => {
  /** An application whose quota is reached, and whose image is new. */
  async function full() {
    const it = await crowded();
    writeFileSync(join(it.cwd, "run.sh"), "#!/bin/bash\n");
    writeFileSync(join(it.cwd, "other.json"), readFileSync(join(it.cwd, "pithy-image.lock.json")));
    await it.cli("lock");
    it.api.quota = { snapshots: 5 };
    const states = () => Object.fromEntries(it.api.snapshots.map(({ name, state }) => [name, state]));
    return { ...it, states };
  }

  test("fails, deletes nothing, and names the option", async () => {
    const { cli, names, states } = await full();

    const { code, stderr } = await cli("snapshot", "ensure");

    expect(code).toBe(1);
    expect(stderr).toMatch(/`snapshot ensure --prune`.*\(quota_exceeded\)/);
    expect(states()).toEqual(Object.fromEntries(names.map((name) => [name, "active"])));
  });

  test("is pruned with --prune, which tells what it deleted, and keeps what locks name", async () => {
    const { cwd, cli, names, states } = await full();

    const { code, stdout, stderr } = await cli("snapshot", "ensure", "--prune", "--keep", "other.json");

    expect(code, stderr).toBe(0);
    const made = lockIn(cwd).images.agent?.snapshotName;
    expect(stdout).toBe(`agent  ${made}  created\nagent  ${names[1]}  deleted: the quota was reached\n`);
    expect(Object.keys(states()).filter((name) => states()[name] === "removed")).toEqual([names[1]]);
  });

  test("is printed as JSON", async () => {
    const { cli, names } = await full();

    const { stdout } = await cli("snapshot", "ensure", "--prune", "--json");

    expect(resultOf({ stdout })).toMatchObject({ snapshots: [{ outcome: "created", pruned: names.slice(0, 2) }] });
  });

  test.each([
    ["--prune without a lock", ["--prune"], /pithy-image\.lock\.json does not exist/],
    ["--keep without --prune", ["--keep", "other.json"], /`--keep` is only for `--prune`/],
  ])("%s is wrong usage", async (_, args, message) => {
    const { api, cli } = await setting();

    const { code, stderr } = await cli("snapshot", "ensure", ...args);

    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    expect(api.requests).toEqual([]);
  });
});

describe("the prefix", () => {
  const prefixIn = async (json: object): Promise<string[]> => {
    const { cwd, cli } = await setting({ ...APPLICATION, "package.json": JSON.stringify(json) });
    expect(await cli("lock")).toMatchObject({ code: 0 });
    return Object.values(lockIn(cwd).images).map(({ snapshotName }) => snapshotName.replace(/-[0-9a-f]{20}$/, ""));
  };
  const web = { web: "daytona/image.ts" };

  test("is another for each package", async () => {
    const prefixes = await Promise.all([
      prefixIn({ name: "@a/web" }),
      prefixIn({ name: "@b/web" }),
      prefixIn({ name: "web" }),
      prefixIn({ name: "a", pithyImage: web }),
      prefixIn({ name: "@a/web", pithyImage: web }),
    ]);
    expect(prefixes.flat()).toEqual(["a/web", "b/web", "web", "a:web", "a/web:web"]);
  });

  test.each<[string, object]>([
    ["no name", {}],
    ["no name, with several images", { pithyImage: web }],
    ["a name that no snapshot can have", { name: "a b" }],
  ])("is nobody's with %s: nothing is looked for or deleted by it", async (_, json) => {
    const { api, cli } = await setting({ ...APPLICATION, "package.json": JSON.stringify(json) });
    await cli("lock");

    const refused = await Promise.all([
      cli("snapshot", "list"),
      cli("snapshot", "prune", "--yes"),
      cli("snapshot", "ensure", "--prune"),
    ]);

    for (const { code, stderr } of refused) {
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("package.json has no usable name") });
    }
    expect(api.requests).toEqual([]);
  });
});

describe("snapshot list", () => {
  test("tells name, state, age, and whether the lock names it", async () => {
    const it = await setting();
    await it.cli("snapshot", "ensure");
    Object.assign(it.api.snapshots[0] ?? {}, { createdAt: new Date(Date.now() - 72 * HOUR) });
    writeFileSync(join(it.cwd, "run.sh"), "#!/bin/bash\n");
    await it.cli("lock");
    await it.cli("snapshot", "ensure");
    const { snapshotName } = lockIn(it.cwd).images.agent ?? {};
    const old = it.api.snapshots.find(({ name }) => name !== snapshotName)?.name;

    expect(await it.cli("snapshot", "list")).toEqual({
      code: 0,
      stdout: `${old}  active  3 days old\n${snapshotName}  active  0 hours old  in the lock\n`,
      stderr: "",
    });
    const { stdout } = await it.cli("snapshot", "list", "--json");
    expect(resultOf({ stdout })).toMatchObject({
      snapshots: [
        { name: old, state: "active", locked: false },
        { name: snapshotName, state: "active", locked: true },
      ],
    });
  });
});

test.each(["list", "prune"])("snapshot %s says so when there are none", async (command) => {
  const { cli } = await setting();
  await cli("lock");
  const { code, stdout } = await cli("snapshot", command);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^There are no snapshots of these images\./),
  });
});

/** Five old snapshots, each an hour younger than the one before; the lock names the first. */
async function crowded(): Promise<Setting & { names: string[] }> {
  const it = await setting();
  await it.cli("lock");
  const locked = lockIn(it.cwd).images.agent?.snapshotName ?? "";
  const names = [locked, ...["1", "2", "3", "4"].map((digit) => `acme/agent-${digit.repeat(20)}`)];
  for (const [i, name] of names.entries()) {
    await it.post("/snapshots", { name, buildInfo: { dockerfileContent: `FROM a:${i}\n` } });
    it.api.snapshots[i]?.settle("active");
    const old = new Date(Date.now() - (100 - i) * HOUR);
    Object.assign(it.api.snapshots[i] ?? {}, { createdAt: old, lastUsedAt: old });
  }
  return { ...it, names };
}

describe("snapshot prune", () => {
  test("deletes nothing without --yes, and then what nobody needs", async () => {
    const { api, cli, names } = await crowded();
    const [locked, old, ...newest] = names;

    const dry = await cli("snapshot", "prune");
    expect(api.snapshots.map(({ state }) => state)).toEqual(names.map(() => "active"));
    const done = await cli("snapshot", "prune", "--yes", "--json");

    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toContain(`would delete  ${old}\nkept  ${locked}  in a lock\n`);
    expect(dry.stdout).toMatch(/Nothing was deleted\..*--yes/);
    expect(resultOf(done)).toEqual({
      dryRun: false,
      deleted: [old],
      kept: [{ name: locked, reason: "in a lock" }, ...newest.map((name) => ({ name, reason: "newest" }))],
      failed: [],
    });
    expect(api.snapshots.map(({ state }) => state === "active")).toEqual(names.map((name) => name !== old));
  });

  test("keeps what other locks name", async () => {
    const { cwd, cli, names } = await crowded();
    const lock = lockIn(cwd);
    const staging = { ...lock, images: { agent: { ...lock.images.agent, snapshotName: names[1] } } };
    writeFileSync(join(cwd, "staging.json"), JSON.stringify(staging));

    const { stdout } = await cli("snapshot", "prune", "--keep", "staging.json", "--json");

    expect(resultOf({ stdout })).toMatchObject({ dryRun: true, deleted: [] });
  });

  test("ends with 2 without a lock", async () => {
    const { cli } = await setting();

    const { code, stderr } = await cli("snapshot", "prune", "--yes");

    expect(code).toBe(2);
    expect(stderr).toMatch(/pithy-image\.lock\.json does not exist/);
  });

  test("fails when a snapshot cannot be deleted, and tells which", async () => {
    const { api, cli, names } = await crowded();
    api.organization = { ...api.organization, permissions: [] };

    const { code, stdout, stderr } = await cli("snapshot", "prune", "--yes");

    expect(code).toBe(2);
    expect(stdout).toContain(`failed  ${names[1]}\n`);
    expect(stderr).toContain(`Daytona refused to delete snapshot \`${names[1]}\`: Access denied`);
  });
});

describe("snapshot logs", () => {
  test("prints the log of a build, also of one that failed, and what would move the terminal as escapes", async () => {
    const { api, cli, post } = await setting();
    api.fail({ build: { reason: "exit code: 1", log: "\u001b[31m\u001b]0;x\u0007 no such\u001b[0m package" } });
    await post("/snapshots", { name: "a", buildInfo: { dockerfileContent: "FROM a\n" } });

    const followed = await cli("snapshot", "logs", "a", "--follow");
    const asJson = await cli("snapshot", "logs", "a", "--json");

    expect(followed).toMatchObject({ code: 0, stdout: "#1 FROM a\n\\u001b]0;x\\u0007 no such package\n" });
    expect(await cli("snapshot", "logs", "a")).toEqual(followed);
    expect(resultOf(asJson)).toEqual({ name: "a", log: expect.stringContaining("no such") });
  });

  test.each([
    ["does not exist", "none", 1, /^Snapshot `none` does not exist\./],
    ["was pulled", "pulled", 2, /^Snapshot `pulled` was pulled from a registry/],
  ])("fails for a snapshot that %s", async (_, name, code, stderr) => {
    const { cli, post } = await setting();
    await post("/snapshots", { name: "pulled", imageName: "debian:12" });

    expect(await cli("snapshot", "logs", name)).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringMatching(stderr),
    });
  });
});

describe("snapshot verify", () => {
  test("ends with 0 when the snapshots are the images, and with 1 when one is not", async () => {
    const { cwd, cli } = await setting(TWO);
    await cli("lock");
    await cli("snapshot", "ensure");
    const { images } = lockIn(cwd);

    expect(await cli("snapshot", "verify")).toEqual({
      code: 0,
      stdout: `a  ${images.a?.snapshotName}  is the same\nb  ${images.b?.snapshotName}  is the same\n`,
      stderr: "",
    });

    writeFileSync(join(cwd, "b.mjs"), IMAGE.replace("fast", "slow"));
    const { code, stdout } = await cli("snapshot", "verify");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^b {2}\S+ {2}differs\n {2}\S*b\.mjs:2:\d+ instruction\n {2}- ENV MODE="fast"\n {2}\+ ENV MODE="slow"\n/m,
    );
    expect((await cli("snapshot", "verify", "a")).code).toBe(0);

    writeFileSync(join(cwd, "run.sh"), "other\n");
    const { stdout: json } = await cli("snapshot", "verify", "a", "--json");
    expect(JSON.parse(json)).toMatchObject({ command: "snapshot verify", error: { code: "snapshot_differs" } });
    expect(resultOf({ stdout: json })).toMatchObject({
      images: [{ image: "a", matches: false, differences: [{ kind: "source", source: "run.sh" }] }],
    });
  });

  test("looks at the snapshot that is named, and ends with 2 for an image that is not there", async () => {
    const { cli } = await setting();

    expect(await cli("snapshot", "verify", "--snapshot", "none")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Snapshot `none` does not exist."),
    });
    expect(await cli("snapshot", "verify", "web")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is no image `web`. The images are: `agent`."),
    });
  });
});

test("the commands are found by their help, and completed", async () => {
  const { cli } = await setting(TWO);

  expect((await cli("snapshot", "--help")).stdout).toMatch(/ensure.*list.*logs.*prune.*verify/s);
  expect((await cli("snapshot", "ensure", "--help")).stdout).toMatch(/Examples:.*Exit codes:/s);
  expect((await cli("complete", "--", "snapshot", "ver")).stdout).toMatch(/^verify\t/);
  expect((await cli("complete", "--", "snapshot", "verify", "")).stdout).toBe("a\t\nb\t\n");
});
