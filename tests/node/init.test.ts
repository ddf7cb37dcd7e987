/** `pithy-image init`: what it writes into which application, and that it never half-writes nor overwrites unasked. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { writeTogether } from "../../npm/pithy-image/src/cli/write.ts";
import { CLI, executable, files, modules, node, resultOf, run, tool } from "./helpers.ts";

const WRITTEN = ["daytona/image.ts", "lib/daytona.ts", "scripts/test-daytona-image.ts"];

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
    const cwd = modules(content);
    expect(await init(cwd)).toMatchObject({ code: 0, stderr: "" });
    const { code, stdout, stderr } = await node([CLI, "show"], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(dockerfile);
  });
});

describe("what is written", () => {
  test.each<[string, Record<string, string>, string, string]>([
    ["@daytonaio/sdk, which is installed", {}, "@daytonaio/sdk", ""],
    ["@daytona/sdk", { "node_modules/@daytona/sdk/package.json": '{"version":"0.216.0"}' }, "@daytona/sdk", ""],
    ["TypeScript for Node", { "tsconfig.json": '{"compilerOptions":{"module": "NodeNext"}}' }, "@daytonaio/sdk", ".js"],
  ])("is for %s", async (_, content, sdk, extension) => {
    // Outside of the workspace there are no packages but those of the content.
    const cwd = sdk === "@daytonaio/sdk" ? modules(content) : files(content);
    expect(await init(cwd)).toMatchObject({ code: 0, stderr: "" });
    for (const path of WRITTEN.slice(1)) {
      expect(textOf(cwd, path)).toContain(`import { Daytona, Image } from "${sdk}";\n`);
      expect(textOf(cwd, path)).toContain(`"../daytona/image${extension}"`);
    }
  });

  test.each([
    ['{"name":"@acme/web"}', ', labels: { app: "@acme/web" }, ttlMinutes: 60 }'],
    ["{}", ", signal, ttlMinutes: 60 }"],
  ])("labels the sandboxes of %s with the whole name, which no other application has", async (json, options) => {
    const cwd = modules({ "package.json": json });
    await init(cwd);
    expect(textOf(cwd, "lib/daytona.ts")).toContain(options);
  });

  test("is TypeScript", async () => {
    const cwd = modules({});
    await init(cwd);
    for (const path of WRITTEN) {
      const { diagnostics } = ts.transpileModule(textOf(cwd, path), { reportDiagnostics: true, fileName: path });
      expect(diagnostics).toEqual([]);
    }
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
    const cwd = modules({ "package.json": '{"type":"module"}', "tsconfig.json": JSON.stringify(tsconfig) });
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

  test.each([
    ["next.config.mjs", {}],
    ["next.config.ts", { "tsconfig.json": "{}" }],
    [
      "next.config.js",
      {
        "next.config.js":
          'const { withPithyImage } = require("pithy-image/next");\nmodule.exports = withPithyImage({});\n// export default withPithyImage();',
      },
    ],
  ])("is %s for Next.js without a configuration, with which nothing is left to do", async (name, content) => {
    const cwd = modules({ "package.json": '{"dependencies":{"next":"16"}}', ...content });
    const { stdout } = await init(cwd, "--json");
    expect(resultOf({ stdout })).not.toMatchObject({
      next: expect.arrayContaining([expect.stringMatching(/withPithy/)]),
    });
    expect(textOf(cwd, name)).toContain("export default withPithyImage();");
    const doctor = await node([CLI, "doctor", "--json"], { cwd, env: { DAYTONA_API_KEY: "" } });
    const { findings } = resultOf(doctor) as unknown as { findings: { check: string; level: string }[] };
    expect(findings.filter(({ check }) => check === "next")).toMatchObject([{ level: "ok" }]);
  });

  test("is said as JSON, with what is left to do", async () => {
    const cwd = files({ "package.json": '{"dependencies":{"next":"16"}}', "next.config.mjs": "export default {};" });
    const { code, stdout, stderr } = await init(cwd, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(resultOf({ stdout })).toEqual({
      files: WRITTEN.map((path) => ({ path, state: "new" })),
      written: true,
      next: [
        "npm install @daytonaio/sdk",
        expect.stringMatching(/^next\.config\.mjs: Wrap it: .*withPithyImage/),
        "npx pithy-image show",
        "npx pithy-image lock",
        "npx pithy-image doctor",
      ],
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
    expect(stdout.split("\n").slice(0, 3)).toEqual([
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
