/** `pithy-image doctor`: each thing that can be missing or wrong, and that the key is not shown. */
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Lock } from "pithy-image";
import { type DaytonaFixture, startDaytona } from "pithy-image-tests-daytona";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { CLI, files, modules, node, resultOf, TOP } from "./helpers.ts";

interface Finding {
  level: "ok" | "warning" | "problem";
  check: string;
  message: string;
  hint?: string;
}

const IMAGE = `import { Image } from "pithy-image";
export default Image.base("debian:12").addLocalFile("run.sh", "/run.sh");
`;
const APPLICATION = { "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" };

let standIn: DaytonaFixture;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  standIn = await startDaytona();
  const { apiKey, apiUrl } = standIn.config;
  env = { DAYTONA_API_KEY: apiKey, DAYTONA_API_URL: apiUrl, PITHY_IMAGE_BACKEND: undefined };
});

afterAll(() => standIn.stop());

/** An application outside of this workspace, in which both SDKs are installed: it has one, unless it brings its own. */
function application(content: Readonly<Record<string, string>>): string {
  const cwd = files({ "node_modules/@daytonaio/": "", ...content });
  for (const name of ["pithy-image", "@daytonaio/sdk"]) {
    const link = join(cwd, "node_modules", name);
    if (!existsSync(link)) symlinkSync(join(TOP, "node_modules", name), link);
  }
  return cwd;
}

/** The exit code, and what was found by one check. */
async function doctor(check: string, content: Readonly<Record<string, string>>, more: typeof env = {}) {
  const outcome = await node([CLI, "doctor", "--json"], { cwd: application(content), env: { ...env, ...more } });
  const { code, stdout, stderr } = outcome;
  const { findings } = resultOf<{ findings: Finding[] }>(outcome);
  expect(`${stdout}${stderr}`).not.toContain(more.DAYTONA_API_KEY ?? standIn.config.apiKey);
  expect(code).toBe(findings.some(({ level }) => level === "problem") ? 1 : 0);
  for (const { level, hint } of findings) expect(hint === undefined).toBe(level === "ok");
  return { code, found: findings.filter((finding) => finding.check === check) };
}

/** A server that treats every request like this; returns its address. */
async function serverThat(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer({}, listener);
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("doctor", () => {
  test("has nothing but a missing lock to say of an application that is well", async () => {
    const cwd = application(APPLICATION);
    const { code, stdout, stderr } = await node([CLI, "doctor"], { cwd, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/^(?:ok|warning|problem) +\w+/gm)?.map((line) => line.split(/ +/))).toEqual([
      ["ok", "version"],
      ["ok", "version"],
      ["ok", "sdk"],
      ["ok", "backend"],
      ["ok", "image"],
      ["warning", "lock"],
      ["ok", "credentials"],
      ["ok", "sandboxes"],
      ["ok", "api"],
      ["ok", "permissions"],
      ["ok", "cache"],
    ]);
    expect(stdout).toMatch(/\nproblems: 0, warnings: 1\n$/);
    expect(stdout).not.toContain("\x1b");
  });

  test("looks at every image, and goes on after one that is broken", async () => {
    const { found } = await doctor("image", {
      ...APPLICATION,
      "package.json": '{"pithyImage":{"a":"daytona/image.ts","b":"b.mjs","c":"c.mjs","d":"d.mjs"}}',
      "b.mjs": IMAGE.replace("run.sh", "walk.sh"),
      "c.mjs": "export default Image.",
      "d.mjs": IMAGE.replace(
        "export default Image",
        'export default Image.base("debian:11").user("nobody").aptInstall("git");Image',
      ),
    });
    expect(found.map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringMatching(/^ok a: daytona\/image\.ts, files: 1, of 10 B, below \//),
      expect.stringMatching(/^problem b: .*b\.mjs:2:\d+.*`walk\.sh` does not exist/s),
      expect.stringMatching(/^problem c: .*c\.mjs:1:\d+: Syntax error/),
      expect.stringMatching(/^ok d: d\.mjs, files: 0/),
      expect.stringMatching(/^warning d: findings in the image: 1/),
    ]);
  });

  test("says so when there is no image", async () => {
    const { found } = await doctor("image", {});
    expect(found).toMatchObject([
      { level: "problem", message: expect.stringMatching(/does not exist\..*pithy-image init/) },
    ]);
  });
});

describe("the SDK", () => {
  const installed = (name: string, version: string) => ({
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
  });

  test.each<[string, string, string, RegExp]>([
    ["0.100.0", "problem", "older than what is supported", /older than 0\.115/],
    ["0.115.2", "warning", "without an end of sandboxes", /`ttlMinutes`/],
    ["0.199.0", "ok", "with an end of sandboxes", /0\.199\.0$/],
    ["0.999.0", "ok", "newer than the tested ones", /0\.999\.0$/],
    ["2.0.0", "warning", "of another platform, too", /2\.0\.0 was not tested/],
  ])("%s is %s: %s", async (version, level, _, message) => {
    const { found } = await doctor("sdk", { ...APPLICATION, ...installed("@daytonaio/sdk", version) });
    expect(found).toMatchObject([{ level, message: expect.stringMatching(message) }]);
  });

  test("twice is a warning", async () => {
    const { found } = await doctor("sdk", { ...APPLICATION, ...installed("@daytona/sdk", "0.216.0") });
    expect(found.map(({ level }) => level)).toEqual(["ok", "ok", "warning"]);
  });

  test("is missed", async () => {
    const cwd = files(APPLICATION);
    const { code, stdout } = await node([CLI, "doctor"], { cwd, env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^problem +sdk +No Daytona SDK is installed\.\n +.*npm i @daytonaio\/sdk/m);
  });
});

describe("the core", () => {
  test.each([
    ["native", "ok"],
    ["wasm", "ok"],
    ["other", "problem"],
  ])("PITHY_IMAGE_BACKEND=%s is %s", async (backend, level) => {
    const { found } = await doctor("backend", APPLICATION, { PITHY_IMAGE_BACKEND: backend });
    expect(found).toMatchObject([{ level }]);
  });
});

describe("credentials", () => {
  test("are missed, and nothing is asked then", async () => {
    const before = standIn.api.requests.length;
    const missing = { DAYTONA_API_KEY: "", DAYTONA_USE_DECLARATIVE_IMAGE: "perhaps" };
    const cwd = application(APPLICATION);
    const { code, stdout } = await node([CLI, "doctor"], { cwd, env: { ...env, ...missing } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^problem +credentials .*\n.*`DAYTONA_USE_DECLARATIVE_IMAGE`.*\n.*`DAYTONA_API_KEY`/m);
    expect(standIn.api.requests.length).toBe(before);
  });

  test("may come from .env.local, which goes before .env", async () => {
    const { apiKey, apiUrl } = standIn.config;
    const dotenv = {
      ".env": "DAYTONA_API_KEY=wrong\n",
      ".env.local": `DAYTONA_API_KEY="${apiKey}"\nDAYTONA_API_URL=${apiUrl}\n`,
    };
    const cwd = modules({ ...APPLICATION, ...dotenv });
    const none = { DAYTONA_API_KEY: undefined, DAYTONA_API_URL: undefined };
    const { code, stdout } = await node([CLI, "doctor"], { cwd, env: { ...env, ...none } });
    expect({ code, api: stdout.match(/^ok +api .*$/m)?.[0] }).toEqual({
      code: 0,
      api: expect.stringContaining(apiUrl),
    });
    expect(stdout).not.toContain(apiKey);
  });
});

describe("Daytona", () => {
  const api = async (more: typeof env) => (await doctor("api", APPLICATION, more)).found[0];

  test("accepts the key, at the cost of two requests that change nothing", async () => {
    const before = standIn.api.requests.length;
    expect(await api({})).toMatchObject({ level: "ok" });
    expect(standIn.api.requests.slice(before).map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /snapshots",
      "GET /api-keys/current",
    ]);
  });

  test("refuses a suspended organization", async () => {
    standIn.api.fail({ answer: { path: "/snapshots", status: 403, message: "Organization is suspended: unpaid" } });
    expect(await api({})).toMatchObject({
      level: "problem",
      message: expect.stringContaining("Organization is suspended: unpaid (403)"),
      hint: expect.stringContaining("lift the suspension"),
    });
  });

  test("refuses the key", async () => {
    expect(await api({ DAYTONA_API_KEY: "dtn_wrong" })).toMatchObject({
      level: "problem",
      message: expect.stringMatching(/refuses the key \(401\)/),
    });
  });

  test("is unavailable", async () => {
    standIn.api.fail({ answer: { path: "/snapshots", status: 503 } });
    expect(await api({})).toMatchObject({
      level: "warning",
      message: expect.stringMatching(/unavailable or overloaded \(503\)/),
    });
  });

  test("is something else", async () => {
    const url = await serverThat((_, response) => void response.writeHead(404).end("<html>"));
    expect(await api({ DAYTONA_API_URL: url })).toMatchObject({
      level: "problem",
      message: expect.stringMatching(/not a Daytona API.*404/),
    });
  });

  test("cannot be reached", async () => {
    const url = await serverThat((request) => void request.socket.destroy());
    expect(await api({ DAYTONA_API_URL: url })).toMatchObject({
      level: "problem",
      message: expect.stringMatching(/cannot be reached/),
    });
  });

  test("does not answer", async () => {
    const url = await serverThat(() => {});
    expect(await api({ DAYTONA_API_URL: url })).toMatchObject({
      level: "problem",
      message: expect.stringMatching(/no response within/),
    });
  });
});

describe("permissions", () => {
  const permissions = async () => (await doctor("permissions", APPLICATION)).found;

  test("that the key lacks are named, with what needs them", async () => {
    const before = standIn.api.organization;
    onTestFinished(() => {
      standIn.api.organization = before;
    });
    standIn.api.organization = { ...before, permissions: ["write:snapshots", "write:sandboxes", "read:volumes"] };
    expect(await permissions()).toMatchObject(
      [
        { level: "warning", message: "The key lacks `delete:sandboxes`.", hint: /`reapSandboxes`/ },
        { level: "warning", message: "The key lacks `delete:snapshots`.", hint: /`snapshot prune`/ },
      ].map((found) => ({ ...found, hint: expect.stringMatching(found.hint) })),
    );
  });

  test.each<[string, string, number, string, RegExp]>([
    ["the organization is suspended", "problem", 403, "Organization is suspended: unpaid", /suspended: unpaid/],
    ["the server does not say", "warning", 404, "Cannot GET", /does not say.*\(404\)/],
  ])("are not known where %s", async (_, level, status, message, found) => {
    standIn.api.fail({ answer: { path: "/api-keys/current", status, message } });
    expect(await permissions()).toMatchObject([{ level, message: expect.stringMatching(found) }]);
  });
});

describe("the cache", () => {
  test("is where PITHY_IMAGE_CACHE says, with its size", async () => {
    const cache = join(files(), "cache");
    const { found } = await doctor("cache", APPLICATION, { PITHY_IMAGE_CACHE: cache });
    expect(found).toMatchObject([{ level: "ok", message: expect.stringMatching(/\/cache\/v1, \d+ B$/) }]);
  });

  test("cannot be used", async () => {
    const cache = join(files({ taken: "" }), "taken");
    const { found } = await doctor("cache", APPLICATION, { PITHY_IMAGE_CACHE: cache });
    expect(found).toMatchObject([{ level: "problem", hint: expect.stringContaining("PITHY_IMAGE_CACHE") }]);
  });
});

describe("Next.js", () => {
  const NEXT = { ...APPLICATION, "package.json": '{"dependencies":{"next":"16"}}' };
  const WRAPPED = 'import { withPithyImage } from "pithy-image/next"; export default withPithyImage';
  const EXTERNAL = 'serverExternalPackages: ["pithy-image", "@daytonaio/sdk"]';
  const TRACED = 'outputFileTracingIncludes: { "/*": ["run.sh"] }';

  test.each<[string, string[], Record<string, string>]>([
    ["wrapped", ["ok"], { "next.config.mjs": `${WRAPPED}();` }],
    ["wrapped, in TypeScript", ["ok"], { "next.config.ts": `${WRAPPED}(async (phase: string) => ({}));` }],
    ["wrapped twice", ["ok"], { "next.config.mjs": `${WRAPPED}((() => ({ ...withPithyImage({}) }))());` }],
    ["written by hand, in CommonJS", ["ok"], { "next.config.js": `module.exports = { ${EXTERNAL}, ${TRACED} };` }],
    [
      "one in which another wrapper takes the files away",
      ["ok", "warning"],
      {
        "next.config.mjs": `import { withPithyImage } from "pithy-image/next"; export default { ...withPithyImage({}), outputFileTracingIncludes: {} };`,
      },
    ],
    [
      "one in which another wrapper has the package bundled",
      ["problem"],
      {
        "next.config.mjs": `import { withPithyImage } from "pithy-image/next"; export default { ...withPithyImage({}), serverExternalPackages: ["sharp"] };`,
      },
    ],
    ["one that deploys no files", ["ok", "warning"], { "next.config.ts": `export default { ${EXTERNAL} };` }],
    ["one that bundles", ["problem", "warning"], { "next.config.ts": "export default {};" }],
    [
      "one that bundles the SDK",
      ["problem"],
      { "next.config.ts": `export default { serverExternalPackages: ["pithy-image"], ${TRACED} };` },
    ],
    ["missing", ["problem"], {}],
    ["one that cannot be loaded", ["warning"], { "next.config.mjs": 'import "not-there";' }],
  ])("has a configuration that is %s", async (_, levels, config) => {
    const { found } = await doctor("next", { ...NEXT, ...config });
    expect(found.map(({ level }) => level)).toEqual(levels);
    for (const { level, hint } of found) if (level !== "ok") expect(hint).toContain("withPithyImage(config)");
  });

  test("says what is bundled", async () => {
    const { found } = await doctor("next", { ...NEXT, "next.config.ts": "export default {};" });
    expect(found[0]?.message).toContain("bundle pithy-image and @daytonaio/sdk");
  });
});

describe("the lock", () => {
  test("is up to date, stale, of other images, or no lock", async () => {
    const cwd = application(APPLICATION);
    await node([CLI, "lock"], { cwd });
    const { images } = JSON.parse(readFileSync(join(cwd, "pithy-image.lock.json"), "utf8")) as Lock;
    const lock = async (images: unknown) => {
      const text = typeof images === "string" ? images : JSON.stringify({ format: "pithy-image-lock/1", images });
      const { found } = await doctor("lock", { ...APPLICATION, "pithy-image.lock.json": text });
      return found.map(({ level, message }) => `${level}: ${message}`);
    };
    const stale = ["problem: pithy-image.lock.json does not match image."];
    expect(await lock(images)).toEqual(["ok: pithy-image.lock.json matches image"]);
    expect(await lock({ image: { ...images.image, imageDigest: `sha256:${"0".repeat(64)}` } })).toEqual(stale);
    expect(await lock({ other: images.image })).toEqual(stale);
    expect(await lock("{")).toEqual([expect.stringMatching(/^problem: pithy-image\.lock\.json cannot be read/)]);
    expect(await lock("1")).toEqual([expect.stringMatching(/^problem: Invalid lock: /)]);
  });
});
