/** `pithy-image init`: what it writes into which application, and that it never half-writes nor overwrites unasked. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeTogether } from "../../npm/pithy-image/src/cli/write.ts";
import { CLI, executable, files, node, resultOf, run, TOP, tool } from "./helpers.ts";

const SDK_NAMED = '{"dependencies":{"@daytona/sdk":"0"}}';

const WRITTEN = ["daytona/image.ts", "lib/daytona.ts", "scripts/test-daytona-image.ts"];

/** An application that finds the packages of this workspace, but not its settings. */
function application(content: Readonly<Record<string, string>>): string {
  const cwd = files(content);
  symlinkSync(join(TOP, "node_modules"), join(cwd, "node_modules"));
  return cwd;
}

const init = (cwd: string, ...args: string[]) => node([CLI, "init", ...args], { cwd });

const textOf = (cwd: string, path: string): string => readFileSync(join(cwd, path), "utf8");

/** All files below a directory. */
const tree = (cwd: string): Record<string, string> => {
  const entries = readdirSync(cwd, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(cwd.length + 1), readFileSync(path, "utf8")]));
};

describe("the image that is written", () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ["nothing", {}, /^FROM python:3\.12\S*-slim-\w+\n(?!.*--from)/s],
    ["a package.json", { "package.json": "{}" }, /^FROM node:22-bookworm-slim\n(?!.*EXPOSE)/s],
    [
      "Next.js",
      { "package.json": '{"dependencies":{"next":"16"}}' },
      /^FROM node:22-bookworm-slim\n.*\nEXPOSE 3000\n/s,
    ],
    [
      "requirements.txt",
      { "requirements.txt": "flask\n" },
      /^FROM python:.*pip install .*requirements\.txt\n(?!.*--from)/s,
    ],
    [
      "requirements.txt and a package.json",
      { "requirements.txt": "flask\n", "package.json": "{}" },
      /^FROM python:.*COPY --from=node:22.*pip install .*requirements\.txt\n/s,
    ],
  ])("is shown, and fits an application with %s", async (_, content, dockerfile) => {
    const cwd = application(content);
    expect(await init(cwd)).toMatchObject({ code: 0, stderr: "" });
    const { code, stdout, stderr } = await node([CLI, "show"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(dockerfile);
  });
});

describe("what is written", () => {
  test.each<[string, Record<string, string>, string]>([
    ["@daytonaio/sdk, which is installed", { "node_modules/@daytonaio/sdk/package.json": "{}" }, "@daytonaio/sdk"],
    ["@daytona/sdk", { "node_modules/@daytona/sdk/package.json": '{"version":"0.216.0"}' }, "@daytona/sdk"],
    ["@daytona/sdk, which package.json names", { "package.json": SDK_NAMED }, "@daytona/sdk"],
  ])("is for %s", async (_, content, sdk) => {
    const cwd = files({ "tsconfig.json": "{}", ...content });
    const { stdout } = await init(cwd, "--json");
    expect(stdout).not.toContain("install");
    for (const path of WRITTEN.slice(1)) {
      expect(textOf(cwd, path)).toContain(`import { Daytona, Image } from "${sdk}";\n`);
    }
  });

  test.each([
    ['{"name":"@acme/web"}', ', labels: { app: "@acme/web" }, ttlMinutes: 60 }'],
    ["{}", ", signal, ttlMinutes: 60 }"],
  ])("labels the sandboxes of %s with the whole name, which no other application has", async (json, options) => {
    const cwd = application({ "package.json": json });
    await init(cwd);
    expect(textOf(cwd, "lib/daytona.mjs")).toContain(options);
  });

  test.each([
    ["a bundler", { module: "esnext", moduleResolution: "bundler" }],
    ["Node", { module: "nodenext" }],
  ])("compiles strictly for %s, with the lock", async (_, options) => {
    const strict = {
      strict: true,
      skipLibCheck: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
    };
    const compilerOptions = { ...options, ...strict, types: ["node"], allowImportingTsExtensions: true };
    const tsconfig = { compilerOptions, files: WRITTEN };
    const cwd = application({ "package.json": '{"type":"module"}', "tsconfig.json": JSON.stringify(tsconfig) });
    await init(cwd);
    expect(await node([CLI, "lock"], { cwd })).toMatchObject({ code: 0, stderr: "" });
    expect(await run(tool("tsc"), [], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("disposes of clients that keep a connection open, and only of those", async () => {
    const sdk = (version: string) => files({ "node_modules/@daytonaio/sdk/package.json": JSON.stringify({ version }) });
    const [old, young] = [sdk("0.115.2"), sdk("0.218.0")];
    await Promise.all([init(old), init(young)]);
    expect(textOf(old, "scripts/test-daytona-image.ts")).not.toContain("asyncDispose");
    expect(textOf(young, "scripts/test-daytona-image.ts")).toContain("await daytona[Symbol.asyncDispose]();");
  });

  test("is said as JSON, with what is left to do", async () => {
    const cwd = files({ "package.json": '{"type":"module"}' });
    const { code, stdout, stderr } = await init(cwd, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const written = ["daytona/image.js", "lib/daytona.js", "scripts/test-daytona-image.js", "package.json"];
    expect(resultOf({ stdout })).toEqual({
      template: "node",
      files: written.map((path) => ({ path, state: path === "package.json" ? "extend" : "new" })),
      written: true,
      next: [
        "npm i @daytonaio/sdk",
        "npx pithy-image show",
        "npx pithy-image lock",
        "npx pithy-image doctor",
        "node scripts/test-daytona-image.js",
      ],
    });
  });
});

/** What `init` says as JSON. */
async function result(cwd: string, ...args: string[]) {
  const outcome = await init(cwd, "--json", ...args);
  return resultOf(outcome) as unknown as { template: string; files: { path: string; state: string }[]; next: string[] };
}

const BUNDLER = { moduleResolution: "bundler" };
const VERBATIM = { module: "nodenext", verbatimModuleSyntax: true };
const STRIPPED = { module: "nodenext", rewriteRelativeImportExtensions: true };
const EXTENDING = {
  "base.json": '{ "compilerOptions": { "module": "nodenext" } } // the compiler allows this',
  "tsconfig.json": '{ "extends": "./base.json", /* "module": "esnext" */ }',
};

describe("the language and the places are the application's own", () => {
  const tsconfig = (compilerOptions: object) => ({ "tsconfig.json": JSON.stringify({ compilerOptions }) });
  const MODULE = { "package.json": '{"type":"module"}' };
  const COMMON = { "package.json": '{"devDependencies":{"typescript":"6"}}' };
  const NEXT = { "package.json": '{"dependencies":{"next":"16"}}' };
  const IMPORTED = "import lock from ";
  const READ = 'readFileSync("pithy-image.lock.json", "utf8")';

  test.each<[string, Record<string, string>, string[], ext: string, lock: string]>([
    ["no package", {}, ["", "ts"], ".ts", READ],
    ["TypeScript without settings", COMMON, ["", "ts"], ".ts", READ],
    ["JavaScript", MODULE, ["", "js"], ".js", READ],
    ["JavaScript in CommonJS", { "package.json": "{}" }, ["", "mjs"], ".mjs", READ],
    ["nodenext", { ...MODULE, ...tsconfig({ module: "NodeNext" }) }, ["", "ts"], ".js", READ],
    ["node16 in CommonJS", { ...COMMON, ...tsconfig({ moduleResolution: "node16" }) }, ["", "ts"], ".js", READ],
    ["modules that are CommonJS by their names alone", { ...COMMON, ...tsconfig(VERBATIM) }, ["", "mts"], ".mjs", READ],
    ["Node's own TypeScript", { ...MODULE, ...tsconfig(STRIPPED) }, ["", "ts"], ".ts", READ],
    ["a bundler", { ...MODULE, ...tsconfig({ module: "esnext", ...BUNDLER }) }, ["", "ts"], "", `${IMPORTED}"../pithy`],
    [
      "a bundler that makes CommonJS",
      { ...COMMON, ...tsconfig({ module: "commonjs", ...BUNDLER }) },
      ["", "ts"],
      "",
      READ,
    ],
    ["settings of another file", { ...COMMON, ...EXTENDING }, ["", "ts"], ".js", READ],
    ["src", { ...MODULE, "src/": "", ...tsconfig({ module: "node20" }) }, ["src/", "ts"], ".js", READ],
    ["Next.js", { ...NEXT, "src/": "", ...tsconfig({}) }, ["", "ts"], "", `${IMPORTED}"../pithy`],
    ["Next.js in src", { ...NEXT, "src/app/": "", ...tsconfig({}) }, ["src/", "ts"], "", `${IMPORTED}"../../pithy`],
    ["Next.js in JavaScript", NEXT, ["", "mjs"], ".mjs", `${IMPORTED}"../pithy`],
  ])("%s", async (_, content, [source, extension], imported, lock) => {
    const cwd = files(content);
    const { files: written } = await result(cwd);
    const image = `${source}daytona/image.${extension}`;
    const client = `${source}lib/daytona.${extension}`;
    expect(written.map(({ path }) => path)).toEqual(expect.arrayContaining([image, client]));
    expect(textOf(cwd, client)).toContain(`import("../daytona/image${imported}")`);
    expect(textOf(cwd, client)).toContain(lock);
    const script = `scripts/test-daytona-image.${extension}`;
    expect(textOf(cwd, script)).toContain(`"../${source}daytona/image${imported}"`);
    const field = image === "daytona/image.ts" ? undefined : image;
    if (content["package.json"]) expect(JSON.parse(textOf(cwd, "package.json")).pithyImage).toBe(field);
  });

  test("a script is where the compiler allows modules to be", async () => {
    const cwd = files({ ...MODULE, "src/": "", ...tsconfig({ module: "nodenext", rootDir: "./src" }) });
    await init(cwd);
    expect(textOf(cwd, "src/scripts/test-daytona-image.ts")).toContain('"../daytona/image.js"');
  });

  test("package.json keeps its form, and what is in it", async () => {
    const manifest = '{\n\t"name": "web",\n\t"scripts": {\n\t\t"lock": "mine"\n\t}\n}\n';
    const cwd = files({ "package.json": manifest });
    await init(cwd);
    const field = ',\n\t"pithyImage": "daytona/image.mjs"\n}\n';
    expect(textOf(cwd, "package.json")).toBe(manifest.replace(/\n\}\n$/, field));
    expect((await result(cwd)).files.map(({ state }) => state)).toEqual(Array(4).fill("unchanged"));
  });

  test("settings that cannot be read are said", async () => {
    const cwd = files({ "tsconfig.json": '{"extends":"./missing.json"}' });
    expect(await init(cwd)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^tsconfig\.json cannot be read: /),
    });
  });
});

describe("what is left to do", () => {
  const TYPESCRIPT = { "tsconfig.json": '{"compilerOptions":{"module":"nodenext"}}' };

  test.each<[string, Record<string, string>, string[]]>([
    ["npm", {}, ["npm i @daytonaio/sdk", "npm i -D jiti @types/node", "npx pithy-image show"]],
    [
      "pnpm",
      { "pnpm-lock.yaml": "" },
      ["pnpm add @daytonaio/sdk", "pnpm add -D jiti @types/node", "pnpm exec pithy-image show"],
    ],
    [
      "Yarn",
      { "yarn.lock": "" },
      ["yarn add @daytonaio/sdk", "yarn add -D jiti @types/node", "yarn run pithy-image show"],
    ],
    ["Bun", { "bun.lock": "" }, ["bun add @daytonaio/sdk", "bun add -D jiti @types/node", "bun x pithy-image show"]],
  ])("is said with the commands of %s, whose lockfile is above", async (_, lockfile, commands) => {
    const cwd = files({ ...lockfile, "packages/a/package.json": '{"type":"module"}' });
    writeFileSync(join(cwd, "packages/a/tsconfig.json"), TYPESCRIPT["tsconfig.json"]);
    expect((await result(join(cwd, "packages/a"))).next.slice(0, 3)).toEqual(commands);
  });

  test("is said with the commands of the field `packageManager`", async () => {
    const cwd = files({ "package.json": '{"packageManager":"pnpm@10.0.0","type":"module"}' });
    expect((await result(cwd)).next).toContain("pnpm exec pithy-image lock");
  });

  test("is not what is there already, here or in a directory above", async () => {
    const there = ["@daytonaio/sdk/package.json", ".bin/jiti", "@types/node/package.json"];
    const cwd = files(Object.fromEntries(there.map((path) => [`node_modules/${path}`, '{"version":"0.218.0"}'])));
    mkdirSync(join(cwd, "packages/a"), { recursive: true });
    writeFileSync(join(cwd, "packages/a/tsconfig.json"), TYPESCRIPT["tsconfig.json"]);
    expect((await result(join(cwd, "packages/a"))).next[0]).toBe("npx pithy-image show");
  });

  test("is what Yarn runs only if package.json names it, though it is there", async () => {
    const content = {
      ...TYPESCRIPT,
      "yarn.lock": "",
      "node_modules/.bin/jiti": "",
      "node_modules/@types/node/package.json": "{}",
    };
    expect((await result(files({ ...content, "package.json": "{}" }))).next).toContain("yarn add -D jiti");
    const named = files({ ...content, "package.json": '{"devDependencies":{"jiti":"2"}}' });
    expect((await result(named)).next.filter((step) => step.startsWith("yarn add -D"))).toEqual([]);
  });

  const REQUIRE = 'const { withPithyImage } = require("pithy-image/next");';
  const IMPORT = 'import { withPithyImage } from "pithy-image/next";';
  test.each<[string, string, string]>([
    [
      "next.config.ts",
      "export default nextConfig;\n",
      `in next.config.ts, add \`${IMPORT}\`, and replace \`export default nextConfig;\` with \`export default withPithyImage(nextConfig);\``,
    ],
    [
      "next.config.js",
      "module.exports = withMDX(config)\n",
      `in next.config.js, add \`${REQUIRE}\`, and replace \`module.exports = withMDX(config)\` with \`module.exports = withPithyImage(withMDX(config));\``,
    ],
    [
      "next.config.mjs",
      "export default {\n};\n",
      'next.config.mjs: Wrap it: `import { withPithyImage } from "pithy-image/next"; export default withPithyImage(config);`.',
    ],
  ])("is the change of a %s, which is not edited", async (name, text, step) => {
    const cwd = files({ "package.json": '{"dependencies":{"next":"16"}}', [name]: text });
    expect((await result(cwd)).next).toContain(step);
    expect(textOf(cwd, name)).toBe(text);
  });

  test.each([
    ["next.config.mjs", {}],
    ["next.config.ts", { "tsconfig.json": "{}" }],
  ])("is nothing where there is no configuration: a %s is written", async (name, content) => {
    const cwd = application({ "package.json": '{"dependencies":{"next":"16"}}', ...content });
    expect((await result(cwd)).next.join()).not.toContain("next.config");
    expect(textOf(cwd, name)).toContain("export default withPithyImage();");
    const doctor = await node([CLI, "doctor", "--json"], { cwd, env: { DAYTONA_API_KEY: "" } });
    const { findings } = resultOf(doctor) as unknown as { findings: { check: string; level: string }[] };
    expect(findings.filter(({ check }) => check === "next")).toMatchObject([{ level: "ok" }]);
  });

  test("is no change of a configuration that is wrapped", async () => {
    const config = 'const { withPithyImage } = require("pithy-image/next");\nmodule.exports = withPithyImage({});\n';
    const cwd = application({ "package.json": '{"dependencies":{"next":"16"}}', "next.config.js": config });
    expect((await result(cwd)).next.join()).not.toContain("next.config");
  });
});

describe("the template", () => {
  test.each<[string, Record<string, string>, string]>([
    ["no package.json", {}, "Template: python, because there is no package.json; or"],
    ["a package.json", { "package.json": "{}" }, "Template: node, because there is a package.json; or"],
    [
      "a requirements.txt",
      { "requirements.txt": "", "package.json": "{}" },
      "Template: python, because there is a req",
    ],
  ])("is chosen and said where there is %s", async (_, content, said) => {
    expect(await init(application(content))).toMatchObject({ code: 0, stdout: expect.stringContaining(said) });
  });

  test("is the one that is asked for", async () => {
    const cwd = application({ "package.json": '{"type":"module"}', "requirements.txt": "flask\n" });
    expect((await result(cwd, "--template", "node")).template).toBe("node");
    expect(textOf(cwd, "daytona/image.js")).toContain("node:22-bookworm-slim");
    expect(await init(cwd, "--template", "ruby")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("pithy-jaunt"),
    });
  });

  const EXAMPLE = join(TOP, "examples/pithy-jaunt");
  const example = (path: string) => textOf(EXAMPLE, path);

  test("pithy-jaunt is the example, for an application like it", async () => {
    const { scripts: _, pithyImage: __, ...manifest } = JSON.parse(example("package.json"));
    const cwd = application({
      "package.json": JSON.stringify(manifest),
      "tsconfig.json": example("tsconfig.json"),
      "next.config.ts": example("next.config.ts"),
    });
    const { files: written } = await result(cwd, "--template", "pithy-jaunt");
    const own = written.filter(({ path }) => path !== "package.json").map(({ path }) => path);
    expect(own.sort()).toEqual([
      ".env.example",
      "daytona/Dockerfile",
      "daytona/agent-runner.py",
      "daytona/execution.sh",
      "lib/daytona/declarative-image.ts",
      "lib/daytona/sdk-client.ts",
      "scripts/create-snapshot.ts",
      "scripts/test-task-execution-local.sh",
      "test-declarative-image.ts",
    ]);
    for (const path of own) {
      expect(textOf(cwd, path)).toBe(example(path));
      const [mode, exampleMode] = [cwd, EXAMPLE].map((top) => statSync(join(top, path)).mode & 0o100);
      expect(mode).toBe(exampleMode);
    }
    const { scripts, pithyImage } = JSON.parse(textOf(cwd, "package.json"));
    expect(JSON.parse(example("package.json"))).toMatchObject({ scripts, pithyImage });
    expect(Object.keys(scripts)).toEqual(["show", "lock", "test:image", "test:task", "snapshot"]);
    expect((await result(cwd, "--template", "pithy-jaunt")).files.map(({ state }) => state)).toEqual(
      Array(written.length).fill("unchanged"),
    );
  });

  test("pithy-jaunt has the application's SDK, names and package manager, and leaves its scripts and variables", async () => {
    const manifest = { name: "@acme/web", scripts: { show: "mine" }, dependencies: { "@daytona/sdk": "0" } };
    const cwd = files({ "package.json": JSON.stringify(manifest), "pnpm-lock.yaml": "", ".env.example": "MINE=\n" });
    await init(cwd, "--template", "pithy-jaunt");
    const image = textOf(cwd, "lib/daytona/declarative-image.ts");
    expect(image).toContain('from "pithy-image/daytona-sdk";');
    const client = textOf(cwd, "lib/daytona/sdk-client.ts");
    expect(client).toContain('import { Daytona, Image } from "@daytona/sdk";');
    expect(client).toContain('labels: { app: "@acme/web", task: taskId }');
    expect(textOf(cwd, "test-declarative-image.ts")).toContain("pnpm run test:image\n");
    expect(JSON.parse(textOf(cwd, "package.json"))).toMatchObject({
      scripts: { show: "mine", lock: "pithy-image lock" },
    });
    expect(textOf(cwd, ".env.example")).toMatch(/^MINE=\n\n# Copy to .*DAYTONA_API_KEY=/s);
  });

  test("pithy-jaunt makes a package where there is none", async () => {
    const cwd = files({});
    await init(cwd, "--template", "pithy-jaunt");
    expect(JSON.parse(textOf(cwd, "package.json"))).toMatchObject({
      private: true,
      type: "module",
      pithyImage: "lib/daytona/declarative-image.ts",
    });
  });
});

test("behind a link, the file that it leads to is written, with its mode", async () => {
  const cwd = files({ "shared/client.ts": "" });
  mkdirSync(join(cwd, "lib"));
  symlinkSync("../shared/client.ts", join(cwd, "lib/daytona.ts"));
  executable(join(cwd, "shared/client.ts"));
  expect(await init(cwd, "--yes")).toMatchObject({ code: 0, stderr: "" });
  expect(lstatSync(join(cwd, "lib/daytona.ts")).isSymbolicLink()).toBe(true);
  expect(textOf(cwd, "shared/client.ts")).toContain("startSandbox");
  expect(statSync(join(cwd, "shared/client.ts")).mode & 0o777).toBe(0o755);
});

describe("nothing is written", () => {
  const MINE = { "lib/daytona.ts": "mine\n" };

  test("with --dry-run", async () => {
    const cwd = files(MINE);
    const { code, stdout } = await init(cwd, "--dry-run");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(1, 4)).toEqual([
      "new        daytona/image.ts",
      "overwrite  lib/daytona.ts",
      "new        scripts/test-daytona-image.ts",
    ]);
    expect(tree(cwd)).toEqual(MINE);
  });

  test.each([[[]], [["--json"]]])("over another file without a terminal, with %j", async (args) => {
    const cwd = files(MINE);
    const { code, stderr } = await init(cwd, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/These files already exist: lib\/daytona\.ts\..*--yes/);
    expect(tree(cwd)).toEqual(MINE);
  });

  test("when a part of it cannot be written", async () => {
    const content = { scripts: "a file, and not a directory" };
    const cwd = files(content);
    const { code, stderr } = await init(cwd);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("Nothing was written") });
    expect(readdirSync(cwd)).toEqual(["scripts"]);
  });

  test("when one of the files cannot be put into its place", () => {
    const cwd = files({ first: "as it was" });
    const at = (path: string) => ({ path: join(cwd, path), content: "new" });
    // There is a directory by then, where the second file is to be.
    expect(() => writeTogether([at("first"), at("second"), at("second/third")])).toThrow(/^Nothing was written: /);
    expect(tree(cwd)).toEqual({ first: "as it was" });
    expect(readdirSync(cwd)).toEqual(["first"]);
  });

  test("in the place of a directory", async () => {
    const cwd = files({ "lib/daytona.ts/": "" });
    expect(await init(cwd, "--yes")).toMatchObject({ code: 2, stderr: expect.stringContaining("lib/daytona.ts") });
    expect(tree(cwd)).toEqual({});
  });

  test("where package.json names images already", async () => {
    const cwd = files({ "package.json": '{"pithyImage":"a.ts"}' });
    expect(await init(cwd)).toMatchObject({ code: 2, stderr: expect.stringContaining("pithyImage") });
    expect(readdirSync(cwd)).toEqual(["package.json"]);
  });
});

describe("other files are overwritten", () => {
  test.each(["--yes", "-y", "--force"])("with %s", async (flag) => {
    const cwd = files({ "lib/daytona.ts": "mine\n", "lib/other.ts": "mine\n" });
    expect(await init(cwd, flag)).toMatchObject({ code: 0, stderr: "" });
    expect(textOf(cwd, "lib/daytona.ts")).toContain("startSandbox");
    expect(Object.keys(tree(cwd)).sort()).toEqual([...WRITTEN, "lib/other.ts"].sort());
  });

  test("but those that are the same are left alone", async () => {
    const cwd = files({});
    await init(cwd);
    const { code, stdout } = await init(cwd);
    expect(code).toBe(0);
    expect(stdout.match(/^unchanged /gm)).toHaveLength(3);
  });

  // `script` of util-linux makes a terminal.
  test.runIf(process.platform === "linux")("in a terminal when they may be", async () => {
    const cwd = files({});
    const answer = async (text: string) => {
      const command = `printf '${text}' | script -qec "'${process.execPath}' '${CLI}' init" /dev/null`;
      const { stdout } = await run("sh", ["-c", command], { cwd });
      expect(stdout).toContain("Overwrite lib/daytona.ts? [y/N]");
      return textOf(cwd, "lib/daytona.ts") === "mine\n" ? "kept" : "overwritten";
    };
    await init(cwd);
    writeFileSync(join(cwd, "lib/daytona.ts"), "mine\n");
    expect(await answer("n\\n")).toBe("kept");
    expect(await answer("\\004")).toBe("kept"); // the end of the input
    expect(await answer("y\\n")).toBe("overwritten");
  });
});
