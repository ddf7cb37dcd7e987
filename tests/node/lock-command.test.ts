/** `pithy-image lock`: what it writes, and what `--check` finds. */
import { existsSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Image, type Lock, lockEntry, serializeLock } from "pithy-image";
import { describe, expect, test } from "vitest";
import { CLI, modules, node, resultOf } from "./helpers.ts";

const FILE = "pithy-image.lock.json";

const IMAGE = `import { Image } from "pithy-image";
export default Image.base("debian:12").addLocalFile("run.sh", "/run.sh");
`;
const APPLICATION = { "package.json": '{"name":"@acme/agent"}', "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" };

const lock = (cwd: string, ...args: string[]) => node([CLI, "lock", ...args], { cwd });

const textOf = (cwd: string): string => readFileSync(join(cwd, FILE), "utf8");

/** An application whose lock is up to date. */
async function locked(content: Readonly<Record<string, string>> = APPLICATION): Promise<string> {
  const cwd = modules(content);
  expect(await lock(cwd)).toMatchObject({ code: 0, stderr: "" });
  return cwd;
}

describe("lock", () => {
  test("writes what the image is, under the package's name", async () => {
    const cwd = await locked();
    const resolved = await Image.base("debian:12").addLocalFile("run.sh", "/run.sh").resolve({ root: cwd });
    const images = { agent: lockEntry(resolved, { prefix: "acme/agent" }) };
    expect(textOf(cwd)).toBe(serializeLock({ format: "pithy-image-lock/1", images }));
  });

  test("writes all images, each for its machine", async () => {
    const snapshot = 'export const snapshot = { region: "eu", resources: { memory: 4, cpu: 2 } };\n';
    const cwd = await locked({
      "package.json": '{"name":"app","pithyImage":{"web":"web.mjs","agent":"agent.mjs"}}',
      "web.mjs": IMAGE,
      "agent.mjs": `${IMAGE}${snapshot}`,
      "run.sh": "",
    });
    const { images } = JSON.parse(textOf(cwd)) as Lock;
    expect(images.agent).toMatchObject({ region: "eu", resources: { cpu: 2, memory: 4 } });
    expect(images.agent?.snapshotName).toMatch(/^app:agent-[0-9a-f]+$/);
    expect(images.web?.snapshotName).toMatch(/^app:web-[0-9a-f]+$/);
    expect(images.web?.imageDigest).toBe(images.agent?.imageDigest);
    expect(await lock(cwd, "--check")).toMatchObject({ code: 0 });
  });

  test("that is interrupted says so, also as JSON, and writes nothing", async () => {
    const signalled = 'setTimeout(() => process.kill(process.pid, "SIGINT"), 300);\n';
    const cwd = modules({ ...APPLICATION, "daytona/image.ts": `${IMAGE}${signalled}` });
    truncateSync(join(cwd, "run.sh"), 4 * 2 ** 40); // no machine reads as much before the signal
    expect(await lock(cwd)).toEqual({ code: 128 + 2, stdout: "", stderr: "Interrupted.\n" });
    const { code, stdout } = await lock(cwd, "--check", "--json");
    expect(code).toBe(128 + 2);
    expect(JSON.parse(stdout)).toMatchObject({ command: "lock", ok: false, error: { code: "interrupted" } });
    expect(existsSync(join(cwd, FILE))).toBe(false);
  });

  test("that is interrupted does not wait for modules that never finish", async () => {
    const hanging = `${IMAGE}process.kill(process.pid, "SIGINT");
await new Promise((done) => setTimeout(done, 3_600_000));
`;
    const cwd = modules({ ...APPLICATION, "daytona/image.ts": hanging });
    expect(await lock(cwd)).toEqual({ code: 128 + 2, stdout: "", stderr: "Interrupted.\n" });
  });

  test("leaves a lock alone that is up to date", async () => {
    const cwd = await locked();
    const before = statSync(join(cwd, FILE));
    expect(await lock(cwd)).toEqual({ code: 0, stdout: `${FILE} is up to date.\n`, stderr: "" });
    expect(statSync(join(cwd, FILE))).toMatchObject({ ino: before.ino, mtimeMs: before.mtimeMs });
  });

  test("reads every file for a check, whatever the cache knows of it", async () => {
    const module = `${IMAGE.replace("export default", "const image =")}const { resolve } = image;
image.resolve = (options) => (console.error("reread:", options.reread), resolve.call(image, options));
export default image;
`;
    const cwd = modules({ ...APPLICATION, "daytona/image.ts": module });
    expect((await lock(cwd)).stderr).toBe("reread: false\n");
    expect((await lock(cwd, "--check")).stderr).toBe("reread: true\n");
  });

  test("overwrites what is not a lock", async () => {
    const cwd = modules({ ...APPLICATION, [FILE]: "<<<<<<< HEAD\n" });
    expect(await lock(cwd)).toMatchObject({ code: 0, stderr: "" });
    expect(await lock(cwd, "--check")).toMatchObject({ code: 0 });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    [
      "an image with a mistake",
      { "daytona/image.ts": IMAGE.replace("run.sh", "walk.sh") },
      /`walk\.sh` does not exist/,
    ],
    [
      "a machine with a mistake",
      { "daytona/image.ts": `${IMAGE}export const snapshot = { resources: { cpus: 2 } };` },
      /cpus/,
    ],
    ["no image", { "package.json": '{"pithyImage":"no.ts"}' }, /no\.ts does not exist/],
  ])("of %s writes nothing", async (_, change, message) => {
    const cwd = modules({ ...APPLICATION, ...change });
    const { code, stderr } = await lock(cwd);
    expect({ code, exists: existsSync(join(cwd, FILE)) }).toEqual({ code: 2, exists: false });
    expect(stderr).toMatch(message);
  });
});

describe("lock --check", () => {
  test("is fine with a lock that is up to date", async () => {
    expect(await lock(await locked(), "--check")).toEqual({ code: 0, stdout: `${FILE} is up to date.\n`, stderr: "" });
  });

  test("finds a changed file whose size and times are as they were", async () => {
    const cwd = await locked();
    const path = join(cwd, "run.sh");
    const { atime, mtime } = statSync(path);
    writeFileSync(path, "#!/bin/ab\n".slice(0, -1));
    utimesSync(path, atime, mtime);
    const before = textOf(cwd);
    const { code, stdout } = await lock(cwd, "--check");
    expect({ code, text: textOf(cwd) }).toEqual({ code: 1, text: before });
    expect(stdout).toMatch(/^agent\n {2}- step addLocalFile .*\n {2}- source run\.sh .*\n {2}\+ step addLocalFile /s);
    expect(stdout).toMatch(/is not up to date\. Write it: `pithy-image lock`\.\n$/);
  });

  test("says that there is none, rather than that it is not up to date", async () => {
    const cwd = modules(APPLICATION);
    expect(await lock(cwd, "--check")).toEqual({
      code: 1,
      stdout: `There is no ${FILE}. Write it: \`pithy-image lock\`.\n`,
      stderr: "",
    });
    expect(existsSync(join(cwd, FILE))).toBe(false);
  });

  test("finds a changed machine", async () => {
    const cwd = await locked();
    writeFileSync(join(cwd, "daytona/image.ts"), `${IMAGE}export const snapshot = { resources: { cpu: 2 } };`);
    const { code, stdout } = await lock(cwd, "--check", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      command: "lock",
      ok: false,
      result: {
        file: FILE,
        upToDate: false,
        images: {
          agent: {
            removed: [expect.stringMatching(/^snapshot name acme\/agent-/)],
            added: ["cpu 2", expect.stringMatching(/^snapshot name acme\/agent-/)],
          },
        },
        findings: { agent: [] },
      },
      error: { code: "lock_stale", message: `${FILE} is not up to date.`, hint: expect.stringContaining("Write it") },
    });
  });

  test("says what lint rules find, and is up to date for all that", async () => {
    const cwd = await locked();
    const open = IMAGE.replace('"/run.sh");', '"/run.sh")\n  .runCommands("chmod 777 /srv");');
    writeFileSync(join(cwd, "daytona/image.ts"), open);
    expect((await lock(cwd)).code).toBe(0);
    const { code, stdout, stderr } = await lock(cwd, "--check");
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${FILE} is up to date.\n` });
    expect(stderr).toMatch(/^agent: warning {2}world_writable {2}daytona\/image\.ts:3:\d: `chmod 777` lets everybody/);
  });

  test("finds an image that came, and one that went", async () => {
    const cwd = await locked();
    writeFileSync(join(cwd, "package.json"), '{"name":"app","pithyImage":{"web":"daytona/image.ts"}}');
    const outcome = await lock(cwd, "--check", "--json");
    const { images } = resultOf<{ images: Record<string, { removed: string[]; added: string[] }> }>(outcome);
    expect(outcome.code).toBe(1);
    expect(images.web).toMatchObject({ removed: [], added: expect.arrayContaining(["edition 2026-12"]) });
    expect(images.agent).toMatchObject({ added: [], removed: expect.arrayContaining(["edition 2026-12"]) });
  });

  test.each<[string, (steps: string[]) => string[]]>([
    ["another order", (steps) => steps.toReversed()],
    ["more of the same", (steps) => [...steps, ...steps]],
  ])("finds steps in a lock of %s", async (_, change) => {
    const cwd = await locked();
    const { images, ...rest } = JSON.parse(textOf(cwd)) as Lock;
    const agent = images.agent && { ...images.agent, steps: change(images.agent.steps) };
    writeFileSync(join(cwd, FILE), JSON.stringify({ ...rest, images: { agent } }));
    const { code, stdout } = await lock(cwd, "--check");
    expect(code).toBe(1);
    expect(stdout).toMatch(/^agent\n {2}- step .* {2}\+ step /s);
  });

  test.each(["constructor", "__proto__"])("takes an image called %s for one that is new", async (name) => {
    const cwd = await locked({
      ...APPLICATION,
      "package.json": `{"name":"app","pithyImage":{"${name}":"daytona/image.ts"}}`,
    });
    const written = textOf(cwd);
    writeFileSync(join(cwd, FILE), '{"format":"pithy-image-lock/1","images":{}}');
    const { code, stdout } = await lock(cwd, "--check");
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(new RegExp(`^${name}\\n {2}\\+ step base`)),
    });
    writeFileSync(join(cwd, FILE), written);
    expect(await lock(cwd, "--check")).toMatchObject({ code: 0 });
  });

  test("finds that there is no lock, and writes none", async () => {
    const cwd = modules(APPLICATION);
    expect(await lock(cwd, "--check")).toMatchObject({ code: 1, stderr: "" });
    expect(existsSync(join(cwd, FILE))).toBe(false);
  });

  test.each(["{", "1", '{"format":"pithy-image-lock/9","images":{}}'])("of %s is wrong input", async (text) => {
    const cwd = modules({ ...APPLICATION, [FILE]: text });
    const { code, stderr } = await lock(cwd, "--check");
    expect({ code, text: textOf(cwd) }).toEqual({ code: 2, text });
    expect(stderr).toMatch(/pithy-image lock/);
  });
});
