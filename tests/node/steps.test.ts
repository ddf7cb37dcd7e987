/** What the calls on steps add to the core's rules: how arguments are taken, and where mistakes are said to be. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildPithyJauntImage, Image } from "pithy-image";
import { describe, expect, test } from "vitest";
import { CLI, errorOf, files, modules, node, problemsOf } from "./helpers.ts";

const base = Image.base("debian:12");
const lines = (image: Image, root?: string) => image.toDockerfile({ root }).trimEnd().split("\n").slice(1);

describe("versions and ports", () => {
  test("are numbers or strings", () => {
    expect(lines(base.nodejs(22))).toEqual(lines(base.nodejs("22")));
    expect(lines(base.expose(8080, "53/udp"))).toEqual(["EXPOSE 53/udp 8080"]);
    expect(buildPithyJauntImage({ node: 22 }).toJSON()).toEqual(buildPithyJauntImage({ node: "22" }).toJSON());
  });

  test("are not a number that has lost a digit already", () => {
    expect(problemsOf(errorOf(() => base.nodejs(22.1).toDockerfile()))).toEqual([
      { code: "wrong_type", path: "/steps/1/nodejs/version" },
    ]);
    expect(errorOf(() => base.expose(Number.NaN).toDockerfile()).code).toBe("wrong_type");
    expect(errorOf(() => buildPithyJauntImage({ node: 22.1 })).code).toBe("wrong_type");
  });
});

describe("a stage", () => {
  const web = Image.base("node:22-slim").runCommands("npm ci").entrypoint(["node"]);

  test("is any image, and stays as it is", () => {
    const image = base.stage("web", web).copyFrom("web", "/web/dist", "/srv/", { chown: "www-data" });
    expect(image.toDockerfile()).toBe(
      "FROM node:22-slim AS web\nRUN npm ci\nFROM debian:12\n" +
        'COPY --from=web --chown=www-data ["/web/dist", "/srv/"]\n',
    );
    expect(web.toDockerfile()).toContain("ENTRYPOINT");
    expect(Image.fromJSON(image.toJSON()).toDockerfile()).toBe(image.toDockerfile());
  });

  test("has its mistakes at the lines that made it", () => {
    const wrong = web.workdir("").stage("inner", Image.base("a:1").user("a b"));
    const image = base.stage("web", wrong);
    const error = errorOf(() => image.toDockerfile());
    expect(problemsOf(error)).toEqual([
      { code: "empty", path: "/steps/1/stage/steps/3/workdir/path" },
      { code: "invalid_user", path: "/steps/1/stage/steps/4/stage/steps/1/user/user" },
    ]);
    const [declared] = errorOf(() => base.stage("Web", web).toDockerfile()).problems;
    const line = (problem = declared) => Number(/steps\.test\.ts:(\d+):\d+$/.exec(problem?.callSite ?? "")?.[1]);
    const [workdir, user] = error.problems;
    expect([line(workdir), line(user)]).toEqual([line() - 7, line() - 7]);
    expect(workdir?.callSite).not.toBe(user?.callSite);
    expect(error.message).toMatch(/steps\.test\.ts:\d+:\d+ workdir\.path\n/);
  });

  test("from JSON has its mistakes at the line of the call", () => {
    const data = base.stage("web", web.workdir("")).toJSON();
    const error = errorOf(() => Image.fromJSON({ ...data }));
    expect(problemsOf(error)).toEqual([{ code: "empty", path: "/steps/1/stage/steps/3/workdir/path" }]);
    const again = errorOf(() => base.stage("web", { toJSON: () => web.workdir("").toJSON() }).toDockerfile());
    expect(again.problems[0]?.callSite).toMatch(/steps\.test\.ts:/);
  });

  test("that is not an image is refused", () => {
    expect(errorOf(() => base.stage("web", "node:22" as never)).code).toBe("wrong_type");
  });
});

describe("what is ignored", () => {
  const tree = () =>
    files({
      ".dockerignore": "# what is made\n**/dist\n*.log\n",
      "a.log": "",
      "src/a.js": "",
      "src/dist/b.js": "",
      "src/dist/c.js": "",
      "src/b.tmp": "",
    });

  test("is reported with the line that did it", () => {
    const resolved = base.addLocalDir("src", "/srv", { exclude: ["*.tmp"] }).resolveSync({ root: tree() });
    expect(resolved.files.map(({ path }) => path)).toEqual(["src/a.js"]);
    expect(resolved.ignored).toEqual([
      { path: "src/b.tmp", line: 1, pattern: "*.tmp", step: "/steps/1" },
      { path: "src/dist/", file: ".dockerignore", line: 2, pattern: "**/dist", step: "/steps/1" },
    ]);
  });

  test("is what git keeps, unless it is asked for", () => {
    const root = files({ "app/.git/HEAD": "ref", "app/a.js": "" });
    const plain = base.addLocalDir("app", "/srv").resolveSync({ root });
    expect(plain.files.map(({ path }) => path)).toEqual(["app/a.js"]);
    expect(plain.ignored).toEqual([{ path: "app/.git/", pattern: "**/.git", step: "/steps/1" }]);
    const asked = base.addLocalDir("app", "/srv", { exclude: ["!.git"] }).resolveSync({ root });
    expect(asked.files.map(({ path }) => path)).toEqual(["app/.git", "app/.git/HEAD", "app/a.js"]);
  });

  test("is what Docker ignores; a file that is named is wanted", () => {
    const root = tree();
    const paths = (image: Image) => image.resolveSync({ root }).files.map(({ path }) => path);
    expect(paths(base.addLocalDir(".", "/srv"))).toEqual([".dockerignore", "src", "src/a.js", "src/b.tmp"]);
    expect(paths(base.addLocalFile("a.log", "/a.log"))).toEqual(["a.log"]);
    expect(paths(base.addLocalDir("src/dist", "/srv", { exclude: ["!**"] }))).toEqual([
      "src/dist/b.js",
      "src/dist/c.js",
    ]);
    expect(paths(base.addLocalDir("src", "/srv", { exclude: ["!**"] }))).toContain("src/dist/b.js");
  });

  test("is never all of a directory without a word", () => {
    const root = tree();
    for (const pattern of ["src/**", "src", "*"]) {
      writeFileSync(join(root, ".dockerignore"), `${pattern}\n`);
      const error = errorOf(() => base.addLocalDir("src", "/srv").toDockerfile({ root }));
      expect(problemsOf(error)).toEqual([{ code: "source_ignored", path: "/steps/1/addLocalDir/source" }]);
      expect(error.message).toContain(`line 1 (\`${pattern}\`)`);
    }
  });

  test("is ignored behind a link, too: where the files really are", () => {
    const root = files({ ".dockerignore": "app/.env\n", "app/.env": "secret", "app/a.js": "" });
    symlinkSync("app", join(root, "current"));
    const resolved = base.addLocalDir("current", "/srv").resolveSync({ root });
    expect(resolved.files.map(({ path }) => path)).toEqual(["current/a.js"]);
    expect(resolved.ignored).toMatchObject([{ path: "current/.env", line: 1 }]);
  });

  test("is shown by the program, and so are findings", async () => {
    const steps = ".runCommands('true')".repeat(101);
    const image = `import { Image } from "pithy-image";\nexport default Image.base("a:1").addLocalDir("src", "/srv")${steps};`;
    const tree = { ".dockerignore": "src/a\n", "src/a": "", "src/b": "", "src/.git": "" };
    const cwd = modules({ "image.mjs": image, ...tree });
    const { stdout } = await node([CLI, "show", "image.mjs"], { cwd });
    expect(stdout).toContain("\nignored\n  src/.git  built-in rule  **/.git\n  src/a  .dockerignore:1  src/a\n");
    expect(stdout).toMatch(/\nfindings\n {4}The image has 102 layers .*\n {4}Add whole directories/);
  });
});

describe("files of requirements", () => {
  test("are sent with all that they include, and a change in any of them is another image", () => {
    const root = files({ "api/requirements.txt": "-r ../base.txt\nhttpx\n", "base.txt": "numpy<2\n" });
    const image = base.pipInstallFromRequirements("api/requirements.txt");
    const before = image.resolveSync({ root });
    expect(before.files.map(({ destination }) => destination)).toEqual([
      "/.requirements/api/requirements.txt",
      "/.requirements/base.txt",
    ]);
    writeFileSync(join(root, "base.txt"), "numpy<3\n");
    expect(image.resolveSync({ root }).imageDigest).not.toBe(before.imageDigest);
  });

  test("are read off the event loop as well, and what is wrong in them is said with its line", async () => {
    const root = files({ "requirements.txt": "httpx\n-e .\n-r none.txt\n" });
    const image = base.pipInstallFromRequirements("requirements.txt");
    await expect(image.resolve({ root })).rejects.toThrow(/`requirements\.txt`, line 2: `-e \.` is a local package/);
    writeFileSync(join(root, "requirements.txt"), "-r none.txt\n");
    await expect(image.resolve({ root })).rejects.toThrow(/`requirements\.txt`, line 1: `none\.txt` does not exist/);
    mkdirSync(join(root, "none.txt"));
    await expect(image.resolve({ root })).rejects.toThrow(/`none\.txt` .*is a directory/);
  });

  test("may be in the image already", () => {
    const image = base.pipInstallFromRequirements("/app/requirements.txt", {
      inImage: true,
      indexUrl: "https://a/simple",
    });
    expect(lines(image)).toEqual([
      "RUN python -m pip install --no-cache-dir --index-url https://a/simple -r /app/requirements.txt",
    ]);
    expect(errorOf(() => base.pipInstallFromRequirements("/app/r.txt").toDockerfile()).message).toContain(
      "`inImage: true`",
    );
  });

  test("pyproject.toml gives its dependencies, and those of the groups that are named", () => {
    const root = files({
      "pyproject.toml":
        '[project]\nname = "a"\ndependencies = ["httpx", "numpy<2"]\n[project.optional-dependencies]\ndev = ["pytest", "httpx"]\n',
    });
    const from = (optionalDependencies?: string[]) =>
      base.pipInstallFromPyproject("pyproject.toml", optionalDependencies && { optionalDependencies });
    expect(lines(from(), root)).toEqual(lines(base.pipInstall(["httpx", "numpy<2"])));
    expect(lines(from(["dev"]), root)).toEqual(lines(base.pipInstall(["httpx", "numpy<2", "pytest"])));
    const error = errorOf(() => from(["dev", "docs"]).toDockerfile({ root }));
    expect(problemsOf(error)).toEqual([
      { code: "unknown_group", path: "/steps/1/pipInstallFromPyproject/optionalDependencies/1" },
    ]);
  });
});

test("a finding is reported at the line that made the step", () => {
  const { findings } = Image.base("node:22-slim").user("node").aptInstall("git").resolveSync();
  expect(findings).toMatchObject([{ code: "needs_root", path: "/steps/2/aptInstall" }]);
  expect(findings[0]?.callSite).toMatch(/steps\.test\.ts:\d+:\d+$/);
});

describe("what JavaScript lets through", () => {
  const loose = base as unknown as Record<string, (...given: unknown[]) => Image>;

  test.each([
    ["an argument among the options", () => loose.pipInstall?.(["a"], { packages: ["b"] }), "duplicate_key"],
    ["a list in pieces", () => loose.npmInstall?.("a", "b"), "wrong_type"],
    ["an option where there are none", () => loose.githubCli?.({ version: "2" }), "wrong_type"],
    ["a second directory", () => loose.workdir?.("/a", "/b"), "wrong_type"],
    ["a second image", () => (Image.base as (...given: unknown[]) => Image)("a:1", "b:1"), "wrong_type"],
    ["a stage that is a name", () => loose.stage?.("web", "node:22"), "wrong_type"],
  ])("%s is refused at the line of the call", (_, call, code) => {
    const error = errorOf(() => call());
    expect(error.code).toBe(code);
    expect(error.problems[0]?.callSite).toMatch(/steps\.test\.ts:\d+:\d+$/);
  });

  test("options that there are not are refused", () => {
    expect(errorOf(() => loose.makeDir?.("/a", { owner: "node" }).toDockerfile()).code).toBe("unknown_field");
  });
});

test("a mistake in the preset's options is reported at the line of its call", () => {
  for (const options of [{ node: "lts" }, { pip: ["a b"] }, { playwrite: true }, null]) {
    const error = errorOf(() => buildPithyJauntImage(options as never));
    expect(error.problems[0]?.callSite, error.message).toMatch(/steps\.test\.ts:\d+:\d+$/);
  }
});

test("the preset adds what is asked for, and nothing else changes", () => {
  const json = (options?: Parameters<typeof buildPithyJauntImage>[0]) => buildPithyJauntImage(options).toJSON().steps;
  const all = json({ node: 22, githubCli: true, playwright: true, requirements: "requirements.txt" });
  const names = all.flatMap((step) => Object.keys(step));
  expect(
    names.filter((name) => ["nodejs", "githubCli", "playwright", "pipInstallFromRequirements"].includes(name)),
  ).toEqual(["nodejs", "githubCli", "playwright", "pipInstallFromRequirements"]);
  expect(all.filter((step) => json().some((plain) => JSON.stringify(plain) === JSON.stringify(step)))).toEqual(json());
});
