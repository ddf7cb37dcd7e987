/** Local paths as programs for the Daytona SDK write them: absolute, from the home directory, or as `file:` URLs. */
import { mkdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { buildPithyJauntImage, type Definition, Image } from "pithy-image";
import { bindImage } from "pithy-image/daytona";
import { Image as SdkImage } from "sdk-latest";
import { afterEach, describe, expect, test, vi } from "vitest";
import { errorOf, files, HERE, modules, node, rejectionOf } from "./helpers.ts";

const base = Image.base("debian:12-slim");

afterEach(() => void vi.unstubAllEnvs());

const FILES = {
  "run.sh": "#!/bin/sh\n",
  "requirements.txt": "httpx\n",
  "pyproject.toml": '[project]\nname = "a"\ndependencies = ["httpx"]\n',
  "src/a.ts": "a",
  "src/ignore": "b\n",
};

/** An image that names local files in every way, through `at`. */
const everything = (at: (path: string) => string | URL) =>
  base
    .addLocalFile(at("run.sh"), "/run.sh")
    .addLocalDir(at("src"), "/src", { ignoreFile: at("src/ignore") })
    .pipInstallFromRequirements(at("requirements.txt"))
    .pipInstallFromPyproject(at("pyproject.toml"))
    .stage("web", base.addLocalDir(at("."), "/all"));

describe("a path below the root counts by the part below it", () => {
  test.each<[string, (root: string) => (path: string) => string | URL]>([
    ["absolute", (root) => (path) => join(root, path)],
    ["up from the root and down again", (root) => (path) => `../${basename(root)}/${path}`],
    ["absolute, with dots", (root) => (path) => `${root}/./src/../${path}`],
    ["a `file:` URL", (root) => (path) => pathToFileURL(join(root, path))],
    ["a `file:` URL in a string", (root) => (path) => pathToFileURL(join(root, path)).href],
    ["from the home directory", (root) => (path) => `~/${relative(join(root, ".."), join(root, path))}`],
    [
      "through a link to the root",
      (root) => {
        symlinkSync(root, `${root}-link`);
        return (path) => join(`${root}-link`, path);
      },
    ],
  ])("%s", async (_, spelling) => {
    const root = files(FILES);
    vi.stubEnv("HOME", join(root, ".."));
    const [plain, spelled] = [everything((path) => path), everything(spelling(root))];
    const expected = await plain.resolve({ root });
    expect((await spelled.resolve({ root })).imageDigest).toBe(expected.imageDigest);
    expect(spelled.resolveSync({ root }).definition).toEqual(expected.definition);
    vi.stubEnv("PITHY_IMAGE_ROOT", root);
    expect(spelled.toJSON()).toEqual(plain.toJSON());
    expect(spelled.outline()).toEqual(plain.outline());
    expect(Image.from(spelled).toDockerfile()).toBe(expected.dockerfile);
  });

  test("where the root itself is reached through a link", () => {
    const root = files(FILES);
    const link = join(files(), "link");
    symlinkSync(root, link);
    const image = base.addLocalFile(join(root, "run.sh"), "/run.sh");
    expect(image.toDockerfile({ root: link })).toBe(image.toDockerfile({ root }));
  });

  test("the links on the way below the root stay in the path", () => {
    const root = files(FILES);
    symlinkSync("src", join(root, "code"));
    const image = base.addLocalFile(join(root, "code/a.ts"), "/a.ts");
    expect(image.resolveSync({ root }).definition.steps[1]).toEqual({
      addLocalFile: { source: "code/a.ts", destination: "/a.ts" },
    });
  });

  test("for images of the SDK too, with the root that they were bound with", () => {
    const root = files(FILES);
    const image = bindImage(SdkImage, { root }).base("debian:12-slim").addLocalFile(join(root, "run.sh"), "/run.sh");
    expect(image.dockerfile).toBe(base.addLocalFile("run.sh", "/run.sh").toDockerfile({ root }));
  });

  test("for the preset too", () => {
    const root = files({ "daytona/execution.sh": "", "daytona/agent-runner.py": "", ...FILES });
    const preset = (at: (path: string) => string | URL) =>
      buildPithyJauntImage({ scripts: at("daytona"), requirements: at("requirements.txt") }).toDockerfile({ root });
    expect(preset((path) => join(root, path))).toBe(preset((path) => path));
    expect(preset((path) => pathToFileURL(join(root, path)))).toBe(preset((path) => path));
  });

  test("and the root itself may be a `file:` URL in a string, or begin with `~`", () => {
    const root = files(FILES);
    vi.stubEnv("HOME", join(root, ".."));
    const image = base.addLocalFile("run.sh", "/run.sh");
    const expected = image.toDockerfile({ root });
    expect(image.toDockerfile({ root: pathToFileURL(root).href })).toBe(expected);
    expect(image.toDockerfile({ root: `~/${basename(root)}` })).toBe(expected);
  });

  test("a path in the image stays as it is", () => {
    const image = base.pipInstallFromRequirements("/app/requirements.txt", { inImage: true });
    expect(image.toDockerfile()).toContain("-r /app/requirements.txt");
  });
});

describe("a path that is not below the root", () => {
  test("is refused with the root, together with everything else that is wrong", () => {
    const root = files(FILES);
    const image = base.addLocalFile("/etc/hostname", "/a").aptInstall("git curl").addLocalDir("../x", "/x");
    const { problems } = errorOf(() => image.toDockerfile({ root }));
    expect(problems.map(({ code, path }) => [code, path])).toEqual([
      ["source_outside_root", "/steps/1/addLocalFile/source"],
      ["invalid_package", "/steps/2/aptInstall/packages/0"],
      ["source_outside_root", "/steps/3/addLocalDir/source"],
    ]);
    expect(problems[0]?.message).toBe(`\`/etc/hostname\` is not below the root, \`${root}\`.`);
    expect(problems[0]?.callSite).toContain(`${HERE}/local-paths.test.ts:`);
  });

  test("is refused at its own line in a stage", () => {
    const image = base.stage("web", base.addLocalFile("/etc/hostname", "/a"));
    const [problem] = errorOf(() => image.toDockerfile({ root: files() })).problems;
    expect(problem?.path).toBe("/steps/1/stage/steps/1/addLocalFile/source");
    expect(problem?.callSite).toContain(`${HERE}/local-paths.test.ts:`);
  });

  test("but below the package of the calling file is refused with the root that works", async () => {
    const home = modules({
      "package.json": '{ "type": "module" }',
      "run.sh": "#!/bin/sh\n",
      "image.js": `import { join } from "node:path";
        import { Image } from "pithy-image";
        const name = process.argv[2] === "absolute" ? join(import.meta.dirname, "run.sh") : "run.sh";
        Image.base("debian:12-slim").addLocalFile(name, "/run.sh").toDockerfile();`,
    });
    const cwd = files();
    for (const how of ["absolute", "relative"]) {
      const { stderr } = await node([join(home, "image.js"), how], { cwd });
      expect(stderr).toContain(`It is below \`${home}\`, the package of the calling file: use that as the root`);
      const { code } = await node([join(home, "image.js"), how], { cwd, env: { PITHY_IMAGE_ROOT: home } });
      expect(code).toBe(0);
    }
  });

  test("leads to the root that holds all such paths", () => {
    const repository = files({ "packages/one/a.ts": "", "packages/two/b.ts": "" });
    const [root, two] = ["packages/one", "packages/two"].map((path) => join(repository, path)) as [string, string];
    const image = base.addLocalFile(join(two, "b.ts"), "/b.ts").addLocalDir(join(repository, "docs"), "/docs");
    const [first, second] = errorOf(() => image.toDockerfile({ root })).problems;
    expect(first?.hint).toContain(`\`${repository}\` contains it and the root: use it as the root`);
    expect(second?.hint).toBe(first?.hint);
  });

  test("where no root would do, says so", () => {
    const [etc] = errorOf(() => base.addLocalFile("/etc/hostname", "/a").toDockerfile({ root: files() })).problems;
    expect(etc?.hint).toMatch(/^Move it below the root, or choose a root that contains it/);
    const written = files({ "setup.sh": "" });
    const image = base.addLocalFile(join(written, "setup.sh"), "/a");
    const root = dirname(process.execPath); // not below the directory for temporary files, as a clone may be
    expect(errorOf(() => image.toDockerfile({ root })).problems[0]?.hint).toContain("to `addFile`");
  });

  test("may be meant to be a requirements file in the image", async () => {
    const error = await rejectionOf(
      base.pipInstallFromRequirements("/app/requirements.txt").resolve({ root: files() }),
    );
    expect(String(error)).toContain("pass `inImage: true`");
  });

  test.each(["file://host/a", "file:///a%2Fb", "https://example.com/a", "http://h/x"])(
    "is refused at its line if it is no local file: %s",
    (url) => {
      for (const source of [url, new URL(url)]) {
        const [problem] = errorOf(() => base.addLocalFile(source, "/a").toDockerfile()).problems;
        expect(problem).toMatchObject({ code: "invalid_path", path: "/steps/1/addLocalFile/source" });
        expect(problem?.message).toBe(`\`${url}\` is not the URL of a local file.`);
        expect(problem?.callSite).toContain(`${HERE}/local-paths.test.ts:`);
      }
    },
  );

  test("is refused in a definition, below the root or not", () => {
    const root = files(FILES);
    const definition: Definition = {
      format: "pithy-image/1",
      edition: "2026-12",
      steps: [{ base: { image: "a:1" } }, { addLocalFile: { source: join(root, "run.sh"), destination: "/a" } }],
    };
    expect(errorOf(() => Image.fromJSON(definition)).code).toBe("invalid_path");
  });
});

test("an image without such paths has a definition also where there is no current directory", async () => {
  const gone = join(files(), "gone");
  mkdirSync(gone);
  const program = `import { rmdirSync } from "node:fs";
    import { Image } from "pithy-image";
    process.chdir(${JSON.stringify(gone)});
    rmdirSync(${JSON.stringify(gone)});
    console.log(JSON.stringify(Image.base("a:1").addLocalFile("a", "/a")));`;
  const { stdout, stderr } = await node([join(modules({ "program.mjs": program }), "program.mjs")]);
  expect(stderr).toBe("");
  expect(stdout).toContain('"source":"a"');
});
