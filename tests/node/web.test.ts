/** `show --web` and `show --out`: the page, what it is given, and when it is reported of a change. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Image } from "pithy-image";
import { startDaytona } from "pithy-image-tests-daytona";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { isBusy } from "../../npm/pithy-image/src/cli/page/watched.ts";
import { CLI, git, modules, node, resultOf } from "./helpers.ts";

const IMAGE = `import { Image } from "pithy-image";
export default Image.base("debian:12").addLocalFile("run.sh", "/run.sh");
`;

interface Page {
  images?: (Page & { name: string })[];
  isNew?: boolean;
  gone?: string[];
  title?: string;
  error?: string;
  spec?: {
    resolved?: { imageDigest: string };
    problems?: { code: string }[];
    callSites?: Record<string, string>;
    texts?: Record<string, string>;
  };
  baseline?: { problems?: { code: string }[]; resolved?: unknown; texts?: Record<string, string> };
  plan?: { unchanged: boolean; steps: { change: string; callSite?: string }[] };
}

interface Server {
  url: string;
  spec(): Promise<Page>;
  /** Waits for the next event. */
  event(): Promise<void>;
  stop(): Promise<number | null>;
}

async function web(cwd: string, ...args: string[]): Promise<Server> {
  const child = spawn(process.execPath, [CLI, "show", "--web", ...args], { cwd, stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    const [code] = (await exit) as [number | null];
    return code;
  };
  onTestFinished(() => void stop());
  const [printed] = (await once(child.stdout, "data")) as [Buffer];
  const url = printed.toString().trim();
  const events = (await fetch(new URL("events", url))).body?.getReader();
  onTestFinished(() => events?.cancel().catch(() => {})); // the server may be gone first
  return {
    url,
    spec: async () => (await fetch(new URL("spec.json", url))).json() as Promise<Page>,
    async event() {
      let text = "";
      // What comes first says after how long to connect again.
      while (!text.includes("data:")) {
        const { value, done } = (await events?.read()) ?? {};
        if (done !== false) throw new Error("The events ended.");
        text += new TextDecoder().decode(value);
      }
    },
    stop,
  };
}

const statusOf = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });

describe("show --web", () => {
  test("serves a page on this machine alone, with the image as it is", async () => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" });
    const { url, spec, stop } = await web(cwd);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(await (await fetch(url)).text()).toContain("<!doctype html>");
    const { title, spec: shown } = await spec();
    expect(title).toBe("daytona/image.ts");
    const outcome = await node([CLI, "show", "--json"], { cwd });
    expect(shown?.resolved?.imageDigest).toBe(resultOf<{ imageDigest: string }>(outcome).imageDigest);
    expect(shown?.callSites?.["/steps/1"]).toMatch(/^daytona\/image\.ts:2:\d+$/);
    expect(await statusOf(url, { host: "attacker.example" })).toBe(403);
    expect((await fetch(new URL("../package.json", url))).status).toBe(404);
    expect(await statusOf(`${url}/`, {})).toBe(404); // `//` is not a path of a URL
    expect(await stop()).toBe(0);
  });

  test("tells the page when the module or a file changes, and shows why a module is broken", async () => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" });
    const { spec, event } = await web(cwd);
    const first = (await spec()).spec?.resolved?.imageDigest;
    writeFileSync(join(cwd, "run.sh"), "#!/bin/sh\necho hi\n");
    await event();
    const second = (await spec()).spec?.resolved?.imageDigest;
    expect(second).not.toBe(first);
    writeFileSync(join(cwd, "daytona/image.ts"), "export default Image.");
    await event();
    expect((await spec()).error).toMatch(/^daytona\/image\.ts:\d+:\d+: Syntax error/);
    writeFileSync(join(cwd, "daytona/image.ts"), '\nthrow new Error("https://bot:q8Zr2LkV9mXw4TnB@example.org");');
    await event();
    expect((await spec()).error).toMatch(
      /^daytona\/image\.ts:2:\d+: Error: https:\/\/bot:\*\*\*@example\.org\n.*\n> 2 \| throw/,
    );
    writeFileSync(join(cwd, "daytona/image.ts"), IMAGE.replace('"debian:12")', '"debian:12").env({ A: 1 as any })'));
    await event();
    expect((await spec()).error).toMatch(/^daytona\/image\.ts:2:\d+: /);
    writeFileSync(join(cwd, "daytona/image.ts"), IMAGE);
    await event();
    expect((await spec()).spec?.resolved?.imageDigest).toBe(second);
    rmSync(join(cwd, "run.sh"));
    await event();
    expect((await spec()).spec?.problems?.map(({ code }) => code)).toEqual(["source_missing"]);
  });

  test("shows the latest change, also when an earlier one takes longer", async () => {
    const slow = `import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Image } from "pithy-image";
const text = readFileSync("settings", "utf8");
if (text === "slow") {
  writeFileSync("node_modules/started", "");
  while (!existsSync("node_modules/go-on")) await new Promise((done) => setTimeout(done, 5));
  writeFileSync("node_modules/ended", "");
}
export default Image.base("debian:12").env({ TEXT: text });
`;
    const cwd = modules({ "daytona/image.ts": slow, settings: "first", "node_modules/": "" });
    const { spec, event } = await web(cwd);
    const reached = (name: string) => vi.waitFor(() => statSync(join(cwd, "node_modules", name)), { timeout: 300_000 });
    writeFileSync(join(cwd, "settings"), "slow");
    await reached("started");
    writeFileSync(join(cwd, "settings"), "third");
    await event();
    const digestOf = async (text: string) => (await Image.base("debian:12").env({ TEXT: text }).resolve()).imageDigest;
    expect((await spec()).spec?.resolved?.imageDigest).toBe(await digestOf("third"));
    writeFileSync(join(cwd, "node_modules/go-on"), "");
    await reached("ended");
    writeFileSync(join(cwd, "settings"), "fourth");
    await event(); // the one of what was overtaken would come before
    expect((await spec()).spec?.resolved?.imageDigest).toBe(await digestOf("fourth"));
  });

  test("sees changes of an application whose own directory has the name of one that is not watched", async () => {
    const cwd = modules({ "target/daytona/image.ts": IMAGE, "target/run.sh": "1" });
    const { event } = await web(join(cwd, "target"));
    writeFileSync(join(cwd, "target/run.sh"), "2");
    await event();
  });

  test.each([
    ["/srv/target/app", "/srv/target/app/src/a.ts", false],
    ["/srv/target/app", "/srv/target/app/target", true],
    ["/srv/app", "/srv/app/node_modules/a/index.js", true],
    ["/srv/app", "/srv/app/targets/a", false],
    ["C:\\srv\\app", "C:/srv/app/run.sh", false],
    ["C:\\srv\\app", "C:/srv/app/.git/HEAD", true],
  ])("in %s, leaves %s out: %s", (directory, path, isLeftOut) => {
    expect(isBusy([directory])(path)).toBe(isLeftOut);
  });

  test("refuses what is not a port", async () => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "" });
    const { code, stderr } = await node([CLI, "show", "--web", "--port", "65536"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("The highest port is 65535.") });
  });

  test("says so when its port is taken", async () => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "" });
    const { url } = await web(cwd);
    const { code, stderr } = await node([CLI, "show", "--web", "--port", new URL(url).port], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Port \d+ cannot be used: .*EADDRINUSE/);
  });
});

describe("show --out", () => {
  test("writes a site with the image, and again, but never into a directory of somebody else", async () => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n", "docs/mine.txt": "mine" });
    for (let i = 0; i < 2; i += 1) {
      expect(await node([CLI, "show", "--out", "site"], { cwd })).toMatchObject({ code: 0, stderr: "" });
    }
    expect(readdirSync(join(cwd, "site")).sort()).toEqual(["assets", "index.html", "spec.json"]);
    const text = readFileSync(join(cwd, "site/spec.json"), "utf8");
    expect(text).not.toContain(cwd);
    expect((JSON.parse(text) as Page).spec?.resolved?.imageDigest).toMatch(/^sha256:/);
    const { code, stderr } = await node([CLI, "show", "--out", "docs"], { cwd });
    expect({ code, names: readdirSync(join(cwd, "docs")) }).toEqual({ code: 2, names: ["mine.txt"] });
    expect(stderr).toContain("docs was not written by `show --out`");
    expect(await node([CLI, "show", "--out", "run.sh"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/run\.sh is not a directory\.\n$/),
    });
  });

  test.each<[string, Record<string, string>, string]>([
    ["a spec.json of somebody", { "docs/spec.json": '{"openapi":"3.1.0"}' }, "docs/spec.json"],
    ["an index.html beside a spec.json", { "docs/spec.json": "{", "docs/index.html": "mine" }, "docs/index.html"],
    [
      "a list of files that was made up",
      { "docs/spec.json": '{"writtenByPithyImage":["../run.sh"]}' },
      "docs/spec.json",
    ],
  ])("never replaces %s", async (_, content, file) => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n", ...content });
    const { code, stderr } = await node([CLI, "show", "--out", "docs"], { cwd });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(
        `${file} was not written by \`show --out\`. Name an empty directory, or a new one.`,
      ),
    });
    expect(readFileSync(join(cwd, file), "utf8")).toBe(content[file]);
    expect(readFileSync(join(cwd, "run.sh"), "utf8")).toBe("#!/bin/sh\n");
  });

  test.each(["spec.json", "index.html", "assets"])("never follows a link in the place of %s", async (name) => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n", "mine/spec.json": "{}" });
    expect(await node([CLI, "show", "--out", "site"], { cwd })).toMatchObject({ code: 0 });
    const text = readFileSync(join(cwd, "site/spec.json"));
    rmSync(join(cwd, "site", name), { recursive: true });
    if (name === "spec.json") writeFileSync(join(cwd, "mine/spec.json"), text);
    symlinkSync(join(cwd, "mine", name === "assets" ? "" : "spec.json"), join(cwd, "site", name));
    const before = readFileSync(join(cwd, "mine/spec.json"), "utf8");
    const { code, stderr } = await node([CLI, "show", "--out", "site"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`site/${name} is a link`) });
    expect(readdirSync(join(cwd, "mine"))).toEqual(["spec.json"]);
    expect(readFileSync(join(cwd, "mine/spec.json"), "utf8")).toBe(before);
  });

  test("keeps what somebody put beside it, and removes what is no longer written", async () => {
    const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" });
    await node([CLI, "show", "--out", "site"], { cwd });
    const spec = JSON.parse(readFileSync(join(cwd, "site/spec.json"), "utf8")) as { writtenByPithyImage: string[] };
    spec.writtenByPithyImage.push("assets/older.js", "../run.sh");
    writeFileSync(join(cwd, "site/spec.json"), JSON.stringify(spec));
    writeFileSync(join(cwd, "site/assets/older.js"), "");
    writeFileSync(join(cwd, "site/CNAME"), "example.com");
    expect(await node([CLI, "show", "--out", "site"], { cwd })).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(join(cwd, "site")).sort()).toEqual(["CNAME", "assets", "index.html", "spec.json"]);
    expect(readdirSync(join(cwd, "site/assets"))).not.toContain("older.js");
    expect(readdirSync(cwd)).toContain("run.sh");
  });

  test("shows all images of the application, each compared with its own baseline", async () => {
    const cwd = modules({
      "package.json": '{"name":"acme","pithyImage":{"agent":"daytona/image.ts","web":"web.ts"}}',
      "daytona/image.ts": IMAGE,
      "web.ts": IMAGE.replace("debian:12", "node:22"),
      "run.sh": "#!/bin/sh\n",
    });
    const lock = await node([CLI, "lock"], { cwd });
    expect(lock.code, lock.stderr).toBe(0);
    writeFileSync(join(cwd, "web.ts"), IMAGE.replace("debian:12", "node:24"));
    const site = async (...args: string[]) => {
      const outcome = await node([CLI, "show", ...args, "--out", "site"], { cwd });
      return { ...outcome, page: JSON.parse(readFileSync(join(cwd, "site/spec.json"), "utf8")) as Page };
    };
    const { images, gone } = (await site("--baseline", "lock")).page;
    expect(gone).toBeUndefined();
    expect(images?.map(({ name, title, plan }) => [name, title, plan?.unchanged])).toEqual([
      ["agent", "agent", true],
      ["web", "web", false],
    ]);
    writeFileSync(join(cwd, "daytona/image.ts"), IMAGE.replace("run.sh", "walk.sh"));
    writeFileSync(
      join(cwd, "package.json"),
      '{"name":"acme","pithyImage":{"agent":"daytona/image.ts","web":"web.ts","newer":"web.ts"}}',
    );
    const { code, stderr, page } = await site("--baseline", "site/spec.json");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "agent: problems; see the page.\n" });
    expect(page.images?.map(({ name, isNew, baseline }) => [name, isNew, baseline !== undefined])).toEqual([
      ["agent", undefined, true],
      ["web", undefined, true],
      ["newer", true, false],
    ]);
    expect((await site("web", "--baseline", "lock")).page).not.toHaveProperty("gone");
    expect((await site("web")).page).toMatchObject({ title: "web.ts", spec: {} });
    writeFileSync(join(cwd, "package.json"), '{"name":"acme","pithyImage":{"web":"web.ts"}}');
    expect((await site("--baseline", "lock")).page).toMatchObject({ title: "web.ts", gone: ["agent"] });
    expect((await site("web.ts", "--baseline", "lock")).page.gone).toBeUndefined();
    writeFileSync(
      join(cwd, "package.json"),
      '{"name":"acme","pithyImage":{"agent":"daytona/image.ts","web":"web.ts"}}',
    );
    expect(await node([CLI, "show"], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Name one of"),
    });
  });

  describe("a path that ends in .html", () => {
    const application = () => modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n", "mine.html": "<p>mine" });
    const out = (cwd: string, path: string) => node([CLI, "show", "--out", path], { cwd });

    test("is a page in one file, which takes the place of an earlier one whole", async () => {
      const cwd = application();
      expect(await out(cwd, "new/page.html")).toEqual({ code: 0, stdout: "Wrote new/page.html.\n", stderr: "" });
      const { ino } = statSync(join(cwd, "new/page.html"));
      const text = readFileSync(join(cwd, "new/page.html"), "utf8");
      const [, data = ""] = /<script id="page-data" type="application\/json">(.*)<\/script>/.exec(text) ?? [];
      expect((JSON.parse(data) as Page).spec?.resolved?.imageDigest).toMatch(/^sha256:/);
      expect(text).not.toContain(cwd);
      expect(await out(cwd, "new/page.html")).toMatchObject({ code: 0 });
      expect(statSync(join(cwd, "new/page.html")).ino).not.toBe(ino);
      expect(readdirSync(join(cwd, "new"))).toEqual(["page.html"]);
    });

    test("says without scripts what was found, and that it is a part of the image", async () => {
      const image = 'import { Image } from "pithy-image";\nexport default Image.base("a:1").addLocalDir(".", "/app")';
      const cwd = modules({
        "daytona/image.ts": `${image}.runCommands("chmod -R 777 /app # </noscript>");\n`,
        ".dockerignore": "site\n",
      });
      const { stderr } = await out(cwd, "page.html");
      expect(stderr).toBe(
        "page.html is a part of daytona/image.ts now, which changes it. Name it in .dockerignore, or write it elsewhere.\n",
      );
      const [, text] = /<noscript>(.*?)<\/noscript>/s.exec(readFileSync(join(cwd, "page.html"), "utf8")) ?? [];
      expect(text).toMatch(
        /daytona\/image\.ts: \d warnings?\n.* {2}warning: `chmod 777` lets everybody.*\(daytona\/image\.ts:2:/s,
      );
      writeFileSync(join(cwd, "daytona/image.ts"), `${image}.env({ A: "1" });\n`);
      await node([CLI, "show", "--out", "page.html", "--baseline", "page.html"], { cwd });
      const [, changed = ""] = /<pre>(.*?)<\/pre>/s.exec(readFileSync(join(cwd, "page.html"), "utf8")) ?? [];
      for (const line of [
        /^ {2}removed runCommands Runs chmod -R 777/m,
        /^ {2}added 3 env Sets A=1/m,
        /^ {2}to upload: /m,
      ]) {
        expect(changed).toMatch(line);
      }
      expect((await out(cwd, "site")).stderr).toBe("");
    });

    test("never replaces a file of somebody else, follows no link, and is no directory", async () => {
      const cwd = application();
      symlinkSync(join(cwd, "mine.html"), join(cwd, "link.html"));
      mkdirSync(join(cwd, "site.html"));
      for (const [path, why] of [
        ["mine.html", "mine.html was not written by `show --out`"],
        ["link.html", "link.html is a link"],
        ["site.html", "site.html is not a file"],
      ] as const) {
        expect(await out(cwd, path)).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
      }
      expect(readFileSync(join(cwd, "mine.html"), "utf8")).toBe("<p>mine");
    });
  });

  describe("--baseline", () => {
    const BEFORE = IMAGE.replace("debian:12", "debian:11");

    /** An application that changed since a commit, a lock and a snapshot of it. */
    async function changed() {
      const { api, config, stop } = await startDaytona();
      onTestFinished(stop);
      const cwd = modules({ "package.json": '{"name":"agent"}', "daytona/image.ts": BEFORE, "run.sh": "#!/bin/sh\n" });
      const env = { DAYTONA_API_KEY: config.apiKey, DAYTONA_API_URL: config.apiUrl };
      for (const args of [["lock"], ["snapshot", "ensure"], ["show", "--out", "before"]]) {
        expect(await node([CLI, ...args], { cwd, env })).toMatchObject({ code: 0 });
      }
      const { stdout } = await node([CLI, "show", "--json"], { cwd });
      writeFileSync(join(cwd, "resolved.json"), stdout);
      const { result } = JSON.parse(stdout) as { result: { definition: object } };
      writeFileSync(join(cwd, "definition.json"), JSON.stringify(result.definition));
      for (const args of [
        ["init", "--quiet"],
        ["add", "."],
        ["commit", "--quiet", "-m", "first"],
      ])
        git(cwd, ...args);
      writeFileSync(join(cwd, "before.ts"), BEFORE);
      writeFileSync(join(cwd, "daytona/image.ts"), IMAGE);
      return { cwd, env, snapshot: `snapshot:${api.snapshots[0]?.name}` };
    }

    test("takes what `plan --against` takes", async () => {
      const { cwd, env, snapshot } = await changed();
      await node([CLI, "show", "before.ts", "--out", "before.html"], { cwd });
      const files = ["before.ts", "before/spec.json", "before.html", "definition.json", "resolved.json"];
      for (const baseline of [...files, "HEAD", "lock", "pithy-image.lock.json", snapshot]) {
        const outcome = await node([CLI, "show", "--out", "site", "--baseline", baseline], { cwd, env });
        expect(outcome, baseline).toMatchObject({ code: 0, stderr: "" });
        const text = readFileSync(join(cwd, "site/spec.json"), "utf8");
        for (const path of [cwd, tmpdir()]) expect(text.includes(`"${path}`), baseline).toBe(false);
        const page = JSON.parse(text) as Page;
        expect(page.plan?.unchanged, baseline).toBe(false);
        const { stdout } = await node([CLI, "plan", "--against", baseline, "--json"], { cwd, env });
        const [planned] = resultOf<{ images: { plan: { steps: object[] } }[] }>({ stdout }).images;
        expect(page.plan?.steps.map(({ change }) => change)).toEqual(["changed", "rebuilt"]);
        expect(page.plan?.steps.map(({ callSite }) => callSite)).toEqual([
          expect.stringMatching(/^daytona\/image\.ts:2:/),
          expect.stringMatching(/^daytona\/image\.ts:2:/),
        ]);
        expect(planned?.plan.steps, baseline).toMatchObject(page.plan?.steps.map(({ change }) => ({ change })) ?? [{}]);
        const isKnown = [...files, "HEAD"].includes(baseline);
        expect(page.baseline?.resolved !== undefined, baseline).toBe(isKnown);
      }
    });

    test("has the texts that differ, of however many files", async () => {
      const many = Array.from({ length: 600 }, (_, index) => [`src/${index}.txt`, `${index}\n`]);
      const module =
        'import { Image } from "pithy-image";\nexport default Image.base("a:1").addLocalDir("src", "/src");\n';
      const cwd = modules({ ...Object.fromEntries(many), "daytona/image.ts": module });
      git(cwd, "init", "--quiet");
      git(cwd, "add", ".");
      git(cwd, "commit", "--quiet", "-m", "first");
      const site = async (baseline: string) => {
        await node([CLI, "show", "--out", "site", "--baseline", baseline], { cwd });
        const page = JSON.parse(readFileSync(join(cwd, "site/spec.json"), "utf8")) as Page;
        return [page.baseline, page.spec].map((side) => Object.values(side?.texts ?? {}).sort());
      };
      writeFileSync(join(cwd, "src/7.txt"), "seven\n");
      writeFileSync(join(cwd, "src/new.txt"), "new with TOKEN=f7WkPz2RtYx9LbQ4vNcM8sHd\n");
      rmSync(join(cwd, "src/599.txt"));
      const [was, now] = await site("HEAD");
      expect(was).toEqual(["599\n", "7\n"]);
      expect(now).toEqual([expect.stringMatching(/^new with TOKEN=\*+\n$/), "seven\n"]);
      writeFileSync(join(cwd, "image.ts"), module);
      expect(await site("image.ts")).toEqual([[], []]);
      for (let index = 100; index < 599; index++) rmSync(join(cwd, `src/${index}.txt`));
      const [, few] = await site("HEAD");
      expect(few).toHaveLength(101); // all that there are
    });

    test("is kept where the image has mistakes, and shown where it has some itself", async () => {
      const { cwd } = await changed();
      const site = async () => {
        await node([CLI, "show", "--out", "site", "--baseline", "definition.json"], { cwd });
        return JSON.parse(readFileSync(join(cwd, "site/spec.json"), "utf8")) as Page;
      };
      writeFileSync(join(cwd, "daytona/image.ts"), IMAGE.replace('"/run.sh"', '"/run.sh", { mode: 99999 }'));
      const broken = await site();
      expect(broken.spec?.problems).toHaveLength(1);
      expect(broken.baseline?.resolved).toBeDefined();
      writeFileSync(join(cwd, "daytona/image.ts"), IMAGE);
      const definition = readFileSync(join(cwd, "definition.json"), "utf8");
      writeFileSync(join(cwd, "definition.json"), definition.replace('"run.sh"', '"walk.sh"'));
      const mended = await site();
      expect(mended.spec?.resolved).toBeDefined();
      expect(mended.baseline?.problems?.map(({ code }) => code)).toEqual(["source_missing"]);
      expect(mended.plan).toBeUndefined();
    });

    test("whose module cannot be loaded is said on the page, without where it was written to", async () => {
      const cwd = modules({
        "app/package.json": "{ broken",
        "app/daytona/image.ts": 'import "../../shared/x.ts";\n',
        "shared/x.ts": 'throw new Error("as it was");\n',
        "app/run.sh": "#!/bin/sh\n",
      });
      const app = join(cwd, "app");
      git(cwd, "init", "--quiet");
      git(cwd, "add", ".");
      git(cwd, "commit", "--quiet", "-m", "first");
      writeFileSync(join(app, "daytona/image.ts"), IMAGE);
      writeFileSync(join(app, "package.json"), "{}");
      const { code, stderr } = await node([CLI, "show", "--out", "site", "--baseline", "HEAD"], { cwd: app });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: "daytona/image.ts: a baseline that cannot be loaded; see the page.\n",
      });
      const page = JSON.parse(readFileSync(join(app, "site/spec.json"), "utf8")) as Page;
      expect(page.error).toMatch(/^The baseline cannot be loaded\. At `HEAD`: shared\/x\.ts:1:\d+: Error: as it was\n/);
      expect(page.error).not.toContain(tmpdir());
      expect(page.spec?.resolved).toBeDefined();
      expect(page.baseline ?? page.plan).toBeUndefined();
      const planned = await node([CLI, "plan", "--against", "HEAD"], { cwd: app });
      expect(planned).toMatchObject({ code: 2, stderr: expect.stringContaining("At `HEAD`: shared/x.ts:1:") });
      expect(planned.stderr).not.toContain(tmpdir());
    });

    test.each([
      [
        "cut.html",
        "before.html",
        (text: string) => text.slice(0, text.indexOf('"resolved"')),
        "cut.html cannot be read",
      ],
      ["null.json", "", () => "null", "null.json must have an object"],
      ["none.json", "", () => '{"images":[null]}', "`images` must be a list of images with names"],
      ["nameless.json", "", () => '{"images":[{}]}', "`images` must be a list of images with names"],
      ["word.json", "", () => '{"spec":"x"}', "`spec` must be a definition"],
    ])("that is %s is refused", async (name, from, made, why) => {
      const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" });
      if (from) await node([CLI, "show", "--out", from], { cwd });
      writeFileSync(join(cwd, name), made(from && readFileSync(join(cwd, from), "utf8")));
      const outcome = await node([CLI, "show", "--out", "site", "--baseline", name], { cwd });
      expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
      expect(outcome.stderr).not.toContain("    at ");
    });

    test("that cannot be read ends the command, and on a served page stands above the image", async () => {
      const cwd = modules({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n", "other.json": "{}" });
      const args = ["--baseline", "other.json"];
      expect(await node([CLI, "show", "--out", "site", ...args], { cwd })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("other.json must be a definition, a resolved image, a lock or the spec.json"),
      });
      expect(readdirSync(cwd)).not.toContain("site");
      const { spec } = await web(cwd, ...args);
      expect(await spec()).toMatchObject({ error: expect.stringContaining("other.json"), spec: { resolved: {} } });
    });
  });

  test.each([
    ["site", "site/spec.json"],
    ["page.html", "page.html"],
  ])("of an image with mistakes shows them in %s, and fails", async (path, data) => {
    const cwd = modules({ "daytona/image.ts": IMAGE });
    expect(await node([CLI, "show", "--out", path], { cwd })).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^Wrote /),
      stderr: "daytona/image.ts: problems; see the page.\n",
    });
    expect(readFileSync(join(cwd, data), "utf8")).toContain('"code":"source_missing"');
  });

  test("of no image writes nothing", async () => {
    const cwd = modules({ "broken.ts": "export default 1;", "throws.ts": 'throw new Error("no");' });
    const { code, stderr } = await node([CLI, "show", "broken.ts", "--out", "nothing"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("exports no image") });
    expect(await node([CLI, "show", "throws.ts", "--out", "nothing"], { cwd })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/throws\.ts:1:\d+\n.*Error: no\n/s),
    });
    expect(readdirSync(cwd)).not.toContain("nothing");
  });
});
