/** The image class of each SDK as one import: a value and a type, for every TypeScript and module format. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { run } from "./process.ts";
import { freshProject } from "./project.ts";

let [newest, oldest]: string[] = [];
beforeAll(async () => {
  newest = await freshProject(["sdk"]);
  oldest = await freshProject(["sdk", "sdk-0115"]);
});

const compile = (version: string, options: readonly string[], cwd = newest) =>
  run([process.execPath, join("node_modules", `typescript-${version}`, "bin", "tsc"), ...options], String(cwd));

// It knows no `exports`, and is gone from TypeScript 7.
test.each([
  ["5.4", []],
  ["5.9", []],
  ["6.0", ["--ignoreDeprecations", "6.0"]],
])("the resolution that TypeScript %s takes for CommonJS finds every entry", async (version, options) => {
  await compile(version, ["--noEmit", "--module", "commonjs", "--moduleResolution", "node10", ...options]);
});

describe.each(["5.4", "5.9", "6.0", "7.0"])("TypeScript %s", (version) => {
  test("compiles programs that name the type", () => compile(version, ["--noEmit"]));

  test("compiles them for bundlers", () =>
    compile(version, ["--noEmit", "--module", "esnext", "--moduleResolution", "bundler"]));

  test.each(["module", "commonjs"])(
    "compiles them for Node, as `nodenext` resolves from a package of the type %s",
    async (type) => {
      const manifest = join(String(newest), "package.json");
      const before = readFileSync(manifest, "utf8");
      writeFileSync(manifest, JSON.stringify({ type, private: true }));
      await compile(version, ["--noEmit", "--module", "nodenext", "--moduleResolution", "nodenext"]);
      writeFileSync(manifest, before);
    },
  );

  // It came with 5.5.
  test.runIf(version !== "5.4")("compiles them with isolated declarations", () =>
    compile(version, ["--noEmit", "--isolatedDeclarations"]),
  );
});

test.each([
  ["newest", "module"],
  ["newest", "commonjs"],
  ["oldest", "module"],
  ["oldest", "commonjs"],
])("images are instances of both classes, with the %s SDK, in a %s", async (sdk, type) => {
  const cwd = String(sdk === "newest" ? newest : oldest);
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ type, private: true }));
  await compile("6.0", [], cwd);
  const { stdout, stderr } = await run([process.execPath, "dist/image.js"], cwd);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    sdk: [true, true, true],
    own: [true, true, false, false],
    client: "function",
    dockerfile: expect.stringContaining("RUN apt-get install -y git\n"),
  });
});
