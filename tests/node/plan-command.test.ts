/** `pithy-image plan`: what it says of a change, and compared with what. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDaytona } from "pithy-image-tests-daytona";
import { describe, expect, onTestFinished, test } from "vitest";
import { CLI, modules, node } from "./helpers.ts";

const image = (packages: string, more = "") => `import { Image } from "pithy-image";
export default Image.base("debian:12")
  .aptInstall(${packages})
  .addLocalFile("run.sh", "/run.sh")
  .runCommands("true")${more};
`;
const APPLICATION = {
  "package.json": '{"name":"@acme/agent"}',
  "daytona/image.ts": image('["git"]'),
  "run.sh": "#!/bin/sh\n",
};
const NOWHERE = { DAYTONA_API_KEY: "" };

const plan = (cwd: string, args: readonly string[] = [], env: Record<string, string> = NOWHERE) =>
  node([CLI, "plan", ...args], { cwd, env });

const git = (cwd: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t.invalid", ...args], { cwd, stdio: "pipe" });

/** An application with a lock that is up to date, committed. */
async function application(content: Record<string, string> = APPLICATION): Promise<string> {
  const cwd = modules(content);
  expect(await node([CLI, "lock"], { cwd })).toMatchObject({ code: 0, stderr: "" });
  git(cwd, "init", "--quiet");
  git(cwd, "add", ".");
  git(cwd, "commit", "--quiet", "-m", "first");
  return cwd;
}

const change = (cwd: string, file: string, text: string) => writeFileSync(join(cwd, file), text);

describe("plan", () => {
  test("exits with 0 when nothing changed", async () => {
    const cwd = await application();
    const { code, stdout } = await plan(cwd);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^agent: unchanged\n {2}snapshot agent-/),
    });
  });

  test("says against the lock which steps changed, at which line, and which are built again", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", image('["git", "jq"]'));
    const { code, stdout } = await plan(cwd);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^agent: changed; 3 of 4 steps built anew$/m);
    expect(stdout).toMatch(/^ {2}kept {5}base {2}daytona\/image\.ts:2:\d+$/m);
    expect(stdout).toMatch(/^ {2}changed {2}aptInstall {2}daytona\/image\.ts:3:\d+$/m);
    expect(stdout).toMatch(/^ {2}rebuilt {2}addLocalFile {2}daytona\/image\.ts:4:\d+$/m);
    expect(stdout).toMatch(/^ {2}snapshot agent-[0-9a-f]+ → agent-[0-9a-f]+$/m);
  });

  test("says against a commit which fields and files changed, and leaves nothing behind", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", image('["jq"]'));
    change(cwd, "run.sh", "#!/bin/sh\nexit 1\n");
    const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith("pithy-image-plan-"));
    const before = temporary();
    const { code, stdout } = await plan(cwd, ["--against", "HEAD"]);
    expect(code).toBe(1);
    expect(stdout).toContain('packages.0: "git" → "jq"');
    expect(stdout).toMatch(/changed {2}run\.sh → \/run\.sh \(content\)/);
    expect(stdout).toMatch(/upload {3}17 B in 1 file/);
    expect(temporary()).toEqual(before);
    expect(execFileSync("git", ["status", "--short"], { cwd, encoding: "utf8" })).toBe(
      " M daytona/image.ts\n M run.sh\n",
    );
  });

  test("says when the image is for another machine", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", `${image('["git"]')}export const snapshot = { resources: { cpu: 4 } };\n`);
    const { code, stdout } = await plan(cwd);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^agent: unchanged, for another machine$/m),
    });
    expect(stdout).toMatch(/^ {2}snapshot agent-[0-9a-f]+ → agent-[0-9a-f]+$/m);
  });

  test("calls an image new that the commit does not have", async () => {
    const cwd = await application();
    git(cwd, "rm", "--quiet", "--cached", "daytona/image.ts");
    git(cwd, "commit", "--quiet", "-m", "without");
    expect(await plan(cwd, ["--against", "HEAD"])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^agent: new, 4 steps$/m),
    });
  });

  test.each(["definition.json", "resolved.json", "other.ts", "lock.json"])("compares with %s", async (file) => {
    const cwd = await application();
    const { stdout } = await node([CLI, "show", "--json"], { cwd });
    const texts: Record<string, string> = {
      "definition.json": JSON.stringify(JSON.parse(stdout).definition),
      "resolved.json": stdout,
      "other.ts": APPLICATION["daytona/image.ts"],
      "lock.json": readFileSync(join(cwd, "pithy-image.lock.json"), "utf8"),
    };
    change(cwd, file, texts[file] ?? "");
    expect(await plan(cwd, ["--against", file])).toMatchObject({ code: 0, stderr: "" });
    change(cwd, "daytona/image.ts", image('["jq"]'));
    expect(await plan(cwd, ["--against", file])).toMatchObject({ code: 1, stderr: "" });
  });

  test("is a comment for a pull request, in which nothing of the image is markup", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", image('["git"]', '.env({ A: "a|b`c`\\"<b>" })'));
    const { code, stdout } = await plan(cwd, ["--against", "HEAD", "--markdown"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^### agent: changed; 1 of 5 steps built anew$/m);
    expect(stdout).toMatch(/^\| kept \| `base` \| `daytona\/image\.ts:2:\d+` \| {2}\|$/m);
    expect(stdout).toMatch(/^\| added \| `env` \| `daytona\/image\.ts:5:\d+` \| {2}\|$/m);
    const { stdout: json } = await plan(cwd, ["--against", "HEAD", "--json"]);
    expect(JSON.parse(json)).toMatchObject({
      unchanged: false,
      images: [{ name: "agent", plan: { unchanged: false } }],
    });
  });

  test("asks Daytona what it has", async () => {
    const { api, config, stop } = await startDaytona();
    onTestFinished(stop);
    const cwd = await application();
    const env = { DAYTONA_API_KEY: config.apiKey, DAYTONA_API_URL: config.apiUrl };
    expect((await plan(cwd, [], env)).stdout).toContain("Daytona  does not have it: it will be built");
    const { images } = JSON.parse(readFileSync(join(cwd, "pithy-image.lock.json"), "utf8"));
    const body = JSON.stringify({ name: images.agent.snapshotName, buildInfo: { dockerfileContent: "FROM a\n" } });
    const headers = { authorization: `Bearer ${config.apiKey}` };
    await fetch(`${config.apiUrl}/snapshots`, { method: "POST", headers, body });
    const [snapshot] = api.snapshots;
    snapshot?.settle("active");
    Object.assign(snapshot ?? {}, { createdAt: new Date(Date.now() - 63.5 * 86_400_000) });
    const { stdout } = await plan(cwd, [], env);
    expect(stdout).toContain("Daytona  has it: nothing is built");
    expect(stdout).toContain("agent: unchanged; built 63 days ago");
  });

  test.each([
    ["no lock", async () => modules(APPLICATION), [], /There is no pithy-image\.lock\.json to compare with\. Write it/],
    ["nothing of that name", application, ["--against", "nothing"], /There is nothing called nothing to compare with/],
    ["what would be an option of git", application, ["--against=--help"], /nothing called --help/],
  ] as const)("refuses %s", async (_, make, args, message) => {
    const cwd = await make();
    expect(await plan(cwd, args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    expect(existsSync(join(cwd, "tree"))).toBe(false);
  });
});
