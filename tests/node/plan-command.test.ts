/** `pithy-image plan`: what it says of a change, and compared with what. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { startDaytona } from "pithy-image-tests-daytona";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { CLI, files, git, modules, node, resultOf } from "./helpers.ts";

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
  test("masks the values of secrets, which a change has apart from their names", async () => {
    const values = ["f7WkPz2RtYx9LbQ4vNcM8sHd", "q8Zr2LkV9mXw4TnB7cJd5HsF"];
    const [before = "", after = ""] = values.map((value) =>
      image('["git"]', `.env({ API_KEY: "${value}" }).arg("BUILD_TOKEN", "${value}")`),
    );
    const cwd = await application();
    change(cwd, "daytona/image.ts", before);
    git(cwd, "commit", "--quiet", "--all", "-m", "second");
    change(cwd, "daytona/image.ts", after);
    const outputs = await Promise.all(
      [[], ["--json"], ["--markdown"]].map((args) => plan(cwd, ["--against", "HEAD", ...args])),
    );
    await node([CLI, "show", "--out", "page.html", "--baseline", "HEAD"], { cwd });
    const shown = [...outputs.map(({ stdout }) => stdout), readFileSync(join(cwd, "page.html"), "utf8")];
    for (const text of shown) {
      expect(text).toContain("API_KEY");
      for (const value of values) expect(text).not.toContain(value);
    }
    const { stdout } = await node([CLI, "show", "--json"], { cwd });
    for (const value of values) expect(stdout).not.toContain(value);
  });

  test("says what a change brings: findings of what is new, and of the change itself", async () => {
    const before = `${image('["git"]').trimEnd().slice(0, -1)}\n  .user("nobody");\n`;
    const cwd = await application({ ...APPLICATION, "daytona/image.ts": before.replace("true", "chmod 755 /srv") });
    change(cwd, "daytona/image.ts", before.replace("true", "chmod 777 /srv").replace(/\n {2}\.user.*/, ";"));
    const ofCommit = await plan(cwd, ["--against", "HEAD"]);
    const found = ofCommit.stdout.split("\n").filter((line) => /^ {2}(?:warning|error)/.test(line));
    expect(found).toEqual([
      "  warning  world_writable  daytona/image.ts:5:1: `chmod 777` lets everybody change these files.",
      "  warning  user_removed  daytona/image.ts:5:1: The image runs as root now; before, it ran as `nobody`.",
    ]);
    expect((await plan(cwd, ["--markdown"])).stdout).toContain("\nFindings:\n\n- warning world\\_writable");
    change(cwd, "package.json", '{"name":"@acme/agent","pithyImageLint":{"rules":{"user_removed":"off"}}}');
    expect((await plan(cwd, ["--against", "HEAD"])).stdout).not.toContain("user_removed");
  });

  test("says of a step that moved where it stood, and of a stage of another name that nothing is built", async () => {
    const imageOf = (steps: string) => `import { Image } from "pithy-image";
const web = Image.base("node:22-slim").runCommands("npm run build");
export default Image.base("debian:12")${steps};
`;
    const before = imageOf('.runCommands("a").runCommands("b").env({ A: "1" })');
    const cwd = await application({ ...APPLICATION, "daytona/image.ts": before });
    change(cwd, "daytona/image.ts", imageOf('\n  .env({ A: "2" })\n  .runCommands("a")\n  .runCommands("b")'));
    const moved = (await plan(cwd, ["--against", "HEAD"])).stdout;
    expect(moved).toMatch(
      /^ {2}moved {4}env {2}daytona\/image\.ts:4:\d+ \(was step 4\)\n {13}variables\.A: "1" → "2"$/m,
    );
    expect(moved).toMatch(/^agent: changed; 3 of 4 steps built again$/m);
    const { stdout } = await plan(cwd, ["--against", "HEAD", "--markdown"]);
    expect(stdout).toMatch(
      /^\| moved \| `env` \| `daytona\/image\.ts:4:\d+` \(was step 4\) \| `variables\.A: "1" → "2"` \|$/m,
    );

    const staged = (name: string) => imageOf(`.stage("${name}", web).copyFrom("${name}", "/dist", "/srv")`);
    change(cwd, "daytona/image.ts", staged("web"));
    git(cwd, "commit", "--quiet", "--all", "-m", "staged");
    expect(await node([CLI, "lock"], { cwd })).toMatchObject({ code: 0 });
    change(cwd, "daytona/image.ts", staged("app"));
    for (const args of [["--against", "HEAD"], []]) {
      const renamed = (await plan(cwd, args)).stdout;
      expect(renamed).toMatch(/^agent: changed; 0 of 5 steps built again$/m);
      const steps = [...renamed.matchAll(/^ {2}(kept|changed|rebuilt|added|removed|moved) +(\S+)/gm)];
      expect(steps.map(([, what, call]) => `${what} ${call}`)).toEqual([
        "kept base",
        "changed stage",
        "kept app/base",
        "kept app/runCommands",
        "changed copyFrom",
      ]);
    }
    expect((await plan(cwd, ["--against", "HEAD"])).stdout).toContain('name: "web" → "app"');
  });

  test("exits with 0 when nothing changed", async () => {
    const cwd = await application();
    const { code, stdout } = await plan(cwd);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^agent: unchanged\n {2}snapshot acme\/agent-/),
    });
  });

  test("says against the lock which steps changed, at which line, and which are built again", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", image('["git", "jq"]'));
    const { code, stdout } = await plan(cwd);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^agent: changed; 3 of 4 steps built again$/m);
    expect(stdout).toMatch(/^ {2}kept {5}base {2}daytona\/image\.ts:2:\d+$/m);
    expect(stdout).toMatch(/^ {2}changed {2}aptInstall {2}daytona\/image\.ts:3:\d+$/m);
    expect(stdout).toMatch(/^ {2}rebuilt {2}addLocalFile {2}daytona\/image\.ts:4:\d+$/m);
    expect(stdout).toMatch(/^ {2}snapshot acme\/agent-[0-9a-f]+ → acme\/agent-[0-9a-f]+$/m);
    expect(stdout).toMatch(/^ {2}hint {5}`--against <commit>` shows what changed in a step$/m);
  });

  test("says which images of the lock are gone", async () => {
    const two = {
      "package.json": '{"name":"app","pithyImage":{"a":"daytona/image.ts","constructor":"daytona/image.ts"}}',
    };
    const cwd = await application({ ...APPLICATION, ...two });
    change(cwd, "package.json", '{"name":"app","pithyImage":{"a":"daytona/image.ts"}}');
    const { code, stdout } = await plan(cwd);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^a: unchanged$/m);
    expect(stdout).toMatch(/^constructor: removed\n {2}snapshot app:constructor-[0-9a-f]+ → none$/m);
    expect((await plan(cwd, ["--markdown"])).stdout).toContain("### constructor: removed\n");
    const { images } = resultOf<{ images: object[] }>(await plan(cwd, ["--json"]));
    expect(images).toMatchObject([{ name: "a" }, { name: "constructor", snapshotBefore: expect.any(String) }]);
    expect(images[1]).not.toHaveProperty("snapshotAfter");
    expect(await plan(cwd, ["a"])).toMatchObject({ code: 0 });
    expect(await plan(cwd, ["b"])).toMatchObject({ code: 2, stderr: expect.stringContaining("There is no image `b`") });
  });

  test("says which images of a commit are gone, and not that one has another name", async () => {
    const cwd = await application({
      ...APPLICATION,
      "package.json": '{"name":"app","pithyImage":{"a":"daytona/image.ts","b":"b.ts"}}',
      "b.ts": image('["jq"]'),
    });
    change(cwd, "package.json", '{"name":"app","pithyImage":{"c":"daytona/image.ts"}}');
    const { code, stdout } = await plan(cwd, ["--against", "HEAD"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringMatching(/^c: unchanged\n.*\nb: removed\n$/s) });
    change(cwd, "package.json", '{"name":"app","pithyImage":{"b":"b.ts"}}');
    expect((await plan(cwd, ["--against", "HEAD"])).stdout).toMatch(/^b: unchanged\n.*\na: removed\n$/s);
    expect(await plan(cwd, ["b", "--against", "HEAD"])).toMatchObject({ code: 0 });
  });

  test("says against a commit which fields and files changed, and leaves nothing behind", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", image('["jq"]'));
    change(cwd, "run.sh", "#!/bin/sh\nexit 1\n");
    const temporary = files();
    const { code, stdout } = await plan(cwd, ["--against", "HEAD"], { ...NOWHERE, TMPDIR: temporary });
    expect(code).toBe(1);
    expect(stdout).toContain('packages: "git" → "jq"');
    expect(stdout).toMatch(/changed {2}run\.sh → \/run\.sh \(content\)/);
    expect(stdout).toMatch(/upload {3}17 B in 1 file/);
    expect(readdirSync(temporary).filter((name) => name.startsWith("pithy-image-plan-"))).toEqual([]);
    expect(execFileSync("git", ["status", "--short"], { cwd, encoding: "utf8" })).toBe(
      " M daytona/image.ts\n M run.sh\n",
    );
  });

  describe("of an image that begins with a Dockerfile", () => {
    const DOCKERFILE = `# A comment.
FROM debian:12
RUN apt-get update && \\
    apt-get install -y git && \\
    true
COPY run.sh src /app/
USER nobody
`;
    const imported = {
      ...APPLICATION,
      "daytona/image.ts": `import { Image } from "pithy-image";
export default Image.fromDockerfile("daytona/Dockerfile", { context: "." });
`,
      "daytona/Dockerfile": DOCKERFILE,
      "src/a": "a",
    };
    const planned = async (dockerfile: string, ...args: string[]) => {
      const cwd = await application(imported);
      change(cwd, "daytona/Dockerfile", dockerfile);
      return (await plan(cwd, ["--against", "HEAD", ...args])).stdout;
    };
    /** What is said below a step. */
    const said = (text: string) => text.match(/(?<=^ {13})\S?.*/gm);

    test("says which lines of the file changed", async () => {
      const edited = DOCKERFILE.replace("git", "jq").replace("USER nobody\n", "USER 1\nRUN id\n");
      expect(said(await planned(edited))).toEqual([
        "daytona/Dockerfile:3",
        "  RUN apt-get update && \\",
        "-     apt-get install -y git && \\",
        "+     apt-get install -y jq && \\",
        "daytona/Dockerfile:7",
        "- USER nobody",
        "+ USER 1",
        "daytona/Dockerfile:8",
        "+ RUN id",
      ]);
    });

    test("says of files, of ends of lines and of comments that they alone changed", async () => {
      const ends = await planned(DOCKERFILE.replace("USER nobody\n", "USER nobody\r\n"));
      expect(said(ends)).toEqual(["daytona/Dockerfile:7: the ends of its lines differ"]);
      const comment = await planned(DOCKERFILE.replace("A comment", "Another"));
      expect(said(comment)).toEqual(["only comments, blank lines or directives"]);
      const cwd = await application(imported);
      change(cwd, "src/a", "b");
      const { stdout } = await plan(cwd, ["--against", "HEAD"]);
      expect(said(stdout)).toEqual(["daytona/Dockerfile:6: the files differ"]);
    });

    test("has a table in Markdown that fits into a comment", async () => {
      const markdown = await planned(`FROM a:1\n${"RUN b\n".repeat(500)}`, "--markdown");
      expect(markdown).toContain("`daytona/Dockerfile:1`<br>`- FROM debian:12`<br>`+ FROM a:1`<br>");
      expect(markdown).toMatch(/<br>… [\d,]+ more lines \|$/m);
      expect(markdown.length).toBeLessThan(4_000);
    });
  });

  test("takes nothing of the installed packages into an image of a commit, and finds roots behind links", async () => {
    const whole = `import { Image } from "pithy-image";
export default Image.base("debian:12").addLocalDir(".", "/app", { exclude: ["!**", "daytona", ".git"] });
`;
    const cwd = await application({ ...APPLICATION, "daytona/image.ts": whole, "..odd": "", "app/file": "" });
    symlinkSync(cwd, join(cwd, "../.tmp-link-to-plan"));
    onTestFinished(() => rmSync(join(cwd, "../.tmp-link-to-plan")));
    change(cwd, ".git/info/exclude", "pithy-image.lock.json\nnode_modules\n");
    mkdirSync(join(cwd, "node_modules"));
    change(cwd, "node_modules/installed", "");
    const args = ["--against", "HEAD", "--root", join(cwd, "../.tmp-link-to-plan"), "--json"];
    const { stdout, stderr } = await plan(cwd, args);
    expect(stderr).toBe("");
    const { images } = resultOf<{ images: { plan: { files: object[] } }[] }>({ stdout });
    expect(images[0]?.plan.files).toEqual([
      expect.objectContaining({ change: "added", path: "node_modules" }),
      expect.objectContaining({ change: "added", path: "node_modules/installed" }),
    ]);
  });

  test("says of which commit a mistake is", async () => {
    const cwd = await application();
    const good = APPLICATION["daytona/image.ts"];
    change(cwd, "daytona/image.ts", image('["git curl"]'));
    git(cwd, "commit", "--quiet", "--all", "-m", "wrong");
    change(cwd, "daytona/image.ts", good);
    const { code, stderr } = await plan(cwd, ["--against", "HEAD"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^At `HEAD`: A problem in the image:/) });
  });

  test("leaves no files of a commit when it is stopped", async () => {
    const cwd = await application();
    const hanging =
      'import { writeFileSync } from "node:fs";\nif (import.meta.url.includes("pithy-image-plan-")) { writeFileSync(process.env.STARTED, ""); await new Promise((done) => setTimeout(done, 60_000)); }\n';
    change(cwd, "daytona/image.ts", hanging + APPLICATION["daytona/image.ts"]);
    git(cwd, "commit", "--quiet", "--all", "-m", "hanging");
    const temporary = join(cwd, "tmp");
    mkdirSync(temporary);
    const started = join(cwd, "started");
    const env = { ...process.env, ...NOWHERE, TMPDIR: temporary, STARTED: started };
    const args = [CLI, "plan", "--against", "HEAD", "--json"];
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["inherit", "pipe", "inherit"] });
    const output = text(child.stdout);
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 300_000 });
    expect(readdirSync(temporary)).toEqual([expect.stringMatching(/^pithy-image-plan-/)]);
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(128 + 2);
    expect(JSON.parse(await output)).toMatchObject({ command: "plan", ok: false, error: { code: "interrupted" } });
    expect(readdirSync(temporary)).toEqual([]);
  });

  test("that is interrupted while files are read says so", async () => {
    const cwd = await application();
    const signalled = 'setTimeout(() => process.kill(process.pid, "SIGINT"), 300);\n';
    change(cwd, "daytona/image.ts", `${APPLICATION["daytona/image.ts"]}${signalled}`);
    truncateSync(join(cwd, "run.sh"), 4 * 2 ** 40); // no machine reads as much before the signal
    expect(await plan(cwd)).toEqual({ code: 128 + 2, stdout: "", stderr: "Interrupted.\n" });
  });

  test("says when the image is for another machine", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", `${image('["git"]')}export const snapshot = { resources: { cpu: 4 } };\n`);
    const { code, stdout } = await plan(cwd);
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^agent: unchanged, for another machine$/m),
    });
    expect(stdout).toMatch(/^ {2}snapshot acme\/agent-[0-9a-f]+ → acme\/agent-[0-9a-f]+$/m);
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

  test.each(["definition.json", "resolved.json", "shown.json", "other.ts", "lock.json"])(
    "compares with %s",
    async (file) => {
      const cwd = await application();
      const { stdout } = await node([CLI, "show", "--json"], { cwd });
      const texts: Record<string, string> = {
        "definition.json": JSON.stringify(resultOf<{ definition: object }>({ stdout }).definition),
        "resolved.json": JSON.stringify(resultOf({ stdout })),
        "shown.json": stdout,
        "other.ts": APPLICATION["daytona/image.ts"],
        "lock.json": readFileSync(join(cwd, "pithy-image.lock.json"), "utf8"),
      };
      change(cwd, file, texts[file] ?? "");
      expect(await plan(cwd, ["--against", file])).toMatchObject({ code: 0, stderr: "" });
      change(cwd, "daytona/image.ts", image('["jq"]'));
      expect(await plan(cwd, ["--against", file])).toMatchObject({ code: 1, stderr: "" });
    },
  );

  test("says in git's own words why it refuses to read a commit", async () => {
    const cwd = await application();
    const { code, stdout, stderr } = await plan(cwd, ["--against", "HEAD", "--json"], {
      ...NOWHERE,
      GIT_TEST_ASSUME_DIFFERENT_OWNER: "1", // as in the repository of another user
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^`HEAD` cannot be read from git: fatal: detected dubious ownership in repository at /);
    expect(stderr).toContain("git config --global --add safe.directory");
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "git_failed" } });
    const blob = execFileSync("git", ["rev-parse", "HEAD:run.sh"], { cwd, encoding: "utf8" }).trim();
    expect((await plan(cwd, ["--against", blob])).stderr).toMatch(/cannot be read from git: error: .*blob/);
  });

  test("is a comment for a pull request, in which nothing of the image is markup", async () => {
    const cwd = await application();
    change(cwd, "daytona/image.ts", image('["git"]', '.env({ A: "a|b`c`\\"<b>" })'));
    const { code, stdout } = await plan(cwd, ["--against", "HEAD", "--markdown"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^### agent: changed; 1 of 5 steps built again$/m);
    expect(stdout).toContain("| change | step | where | what |\n");
    expect(stdout).toMatch(/^\| kept \| `base` \| `daytona\/image\.ts:2:\d+` \| {2}\|$/m);
    expect(stdout).toMatch(/^\| added \| `env` \| `daytona\/image\.ts:5:\d+` \| {2}\|$/m);
    expect(resultOf(await plan(cwd, ["--against", "HEAD", "--json"]))).toMatchObject({
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

  test("says why Daytona was not asked", async () => {
    const { config, stop } = await startDaytona();
    onTestFinished(stop);
    const cwd = await application();
    const refused = { DAYTONA_API_KEY: "wrong", DAYTONA_API_URL: config.apiUrl };
    const { images } = resultOf<{ images: object[] }>(await plan(cwd, ["--json"], refused));
    expect(images).toMatchObject([{ remote: { unknown: "Invalid credentials" } }]);
    expect((await plan(cwd, ["--markdown"], refused)).stdout).toContain(
      "- Daytona: could not be reached: Invalid credentials",
    );
    await stop();
    const unreachable = { DAYTONA_API_KEY: config.apiKey, DAYTONA_API_URL: config.apiUrl };
    expect(await plan(cwd, [], unreachable)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ {2}Daytona {2}could not be reached: connect ECONNREFUSED/m),
    });
    expect(await plan(cwd, [], { ...unreachable, DAYTONA_API_URL: "nowhere" })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ {2}Daytona {2}could not be reached: Invalid Daytona/m),
    });
  });

  test.each([
    ["[", /other\.json cannot be read: /],
    ["{}", /other\.json must be a definition, a resolved image, a lock or the spec\.json of a page\.\n$/],
    [
      '{"format":"pithy-image/1","edition":"2026-12","steps":[{"base":{}}]}',
      /^A problem in the image:\n {2}\/steps\/0\/base\n/,
    ],
  ])("refuses to compare with a file that has %s", async (text, message) => {
    const cwd = await application();
    change(cwd, "other.json", text);
    const { code, stderr } = await plan(cwd, ["--against", "other.json"]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
  });

  describe("against a snapshot", () => {
    const STAGED = `import { Image } from "pithy-image";
const tools = Image.base("debian:12").runCommands("make tools");
export default Image.base("debian:12")
  .stage("tools", tools)
  .copyFrom("tools", "/tools", "/tools")
  .addLocalFile("run.sh", "/run.sh")
  .env({ MODE: "fast" })
  .workdir("/app");
`;

    /** An application whose snapshot is in Daytona. */
    async function built() {
      const { api, config, stop } = await startDaytona();
      onTestFinished(stop);
      const cwd = modules({ ...APPLICATION, "daytona/image.ts": STAGED });
      const env = { DAYTONA_API_KEY: config.apiKey, DAYTONA_API_URL: config.apiUrl };
      const { code, stderr } = await node([CLI, "snapshot", "ensure"], { cwd, env });
      expect(code, stderr).toBe(0);
      return { cwd, name: String(api.snapshots[0]?.name), run: (...args: string[]) => plan(cwd, args, env) };
    }

    test("exits with 0 when it is the image", async () => {
      const { name, run } = await built();
      const same = { code: 0, stdout: expect.stringMatching(/^agent: unchanged; built today\n/) };
      expect(await run("--against", `snapshot:${name}`)).toMatchObject(same);
      expect(await run("--against", name)).toMatchObject(same);
    });

    test("says which steps changed, from what instruction to what, and which are built again", async () => {
      const { cwd, name, run } = await built();
      change(cwd, "daytona/image.ts", STAGED.replace("make tools", "make all").replace("fast", "slow"));
      const { code, stdout } = await run("--against", `snapshot:${name}`);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^ {2}kept {5}base {2}daytona\/image\.ts:3:\d+$/m);
      expect(stdout).toMatch(
        /^ {2}changed {2}tools\/runCommands {2}.*\n {13}dockerfile: "RUN make tools" → "RUN make all"$/m,
      );
      expect(stdout).toMatch(/^ {2}rebuilt {2}copyFrom /m);
      expect(stdout).toMatch(
        /^ {2}changed {2}env {2}.*\n {13}dockerfile: "ENV MODE=\\"fast\\"" → "ENV MODE=\\"slow\\""$/m,
      );
    });

    test("says what came and what went", async () => {
      const { cwd, name, run } = await built();
      const other = STAGED.replace('  .env({ MODE: "fast" })\n', "").replace('"/app");', '"/app")\n  .cmd(["true"]);');
      change(cwd, "daytona/image.ts", other);
      const { stdout } = await run("--against", `snapshot:${name}`);
      expect(stdout).toMatch(/^ {2}removed {2}ENV\n {13}dockerfile: - "ENV MODE=\\"fast\\""$/m);
      expect(stdout).toMatch(/^ {2}added {4}cmd {2}daytona\/image\.ts:8:\d+$/m);
      expect(stdout).toMatch(/^ {2}kept {5}addLocalFile /m);
    });

    test("says which source changed", async () => {
      const { cwd, name, run } = await built();
      change(cwd, "run.sh", "other");
      const { code, stdout } = await run("--against", `snapshot:${name}`, "--markdown");
      expect(code).toBe(1);
      expect(stdout).toMatch(/^\| changed \| `addLocalFile` \| `daytona\/image\.ts:6:\d+` \| /m);
      expect(stdout).toMatch(/^- changed `run\.sh/m);
      expect(stdout).toMatch(/^- snapshot: `acme\/agent-[0-9a-f]+`\n- Daytona: does not have it: it will be built\n/m);
    });

    test("refuses what is not there, several images, and no credentials", async () => {
      const { cwd, name, run } = await built();
      expect(await run("--against", "none")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("`none` was not found, neither here nor in Daytona"),
      });
      expect(await run("--against", "snapshot:none")).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Snapshot `none` does not exist."),
      });
      expect(await plan(cwd, ["--against", `snapshot:${name}`])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("`DAYTONA_API_KEY` is not set"),
      });
      change(cwd, "package.json", '{"pithyImage":{"a":"daytona/image.ts","b":"daytona/image.ts"}}');
      expect(await run("--against", name)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("Name the image of the snapshot"),
      });
      expect(await run("b", "--against", name)).toMatchObject({ code: 0 });
    });
  });

  test.each([
    ["no lock", async () => modules(APPLICATION), [], /pithy-image\.lock\.json does not exist\. Write it/],
    ["nothing of that name", application, ["--against", "nothing"], /`nothing` was not found/],
    ["what would be an option of git", application, ["--against=--help"], /`--help` was not found/],
  ] as const)("refuses %s", async (_, make, args, message) => {
    const cwd = await make();
    expect(await plan(cwd, args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    expect(existsSync(join(cwd, "tree"))).toBe(false);
  });
});
