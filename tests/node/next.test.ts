/** `withPithyImage`: what it adds to a configuration of Next.js, and which files of which images are deployed. */
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { modules, node } from "./helpers.ts";

const EXTERNAL = ["pithy-image", "@daytonaio/sdk", "@daytona/sdk"];

/** The configuration that an expression makes in an application, as `next build` reads it. */
async function configuration(expression: string, content: Readonly<Record<string, string>> = {}, how: How = {}) {
  const cwd = modules(content);
  const program = `import { withPithyImage } from "pithy-image/next";
    ${asNext(how.args)}
    const made = ${expression}; const config = typeof made === "function" ? await made("${how.phase ?? "phase-production-build"}", {}) : made;
    console.log(JSON.stringify(config));`;
  const outcome = await node(["--input-type=module", "--eval", program], { cwd, env: how.env });
  return { ...outcome, config: outcome.code === 0 ? JSON.parse(outcome.stdout, withoutOthers) : undefined };
}

/** Without the files of SDKs that lie outside of the application, which are this workspace's. */
const withoutOthers = (_: string, value: unknown): unknown =>
  Array.isArray(value) ? value.filter((each) => !String(each).startsWith("../")) : value;

/** What makes a process the program `next`, with these arguments. */
const asNext = (args: readonly string[] = ["build"]): string =>
  `process.argv = ${JSON.stringify([process.execPath, "/app/node_modules/.bin/next", ...args])};`;

interface How {
  readonly phase?: string;
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
}

const IMAGE = 'import { Image } from "pithy-image"; export default Image.base("debian:12")';

/** What is deployed for an application with one image. */
async function deployed(calls: string, content: Readonly<Record<string, string>>, how?: How): Promise<string[]> {
  const { config, stderr } = await configuration(
    "withPithyImage()",
    { "daytona/image.ts": IMAGE + calls, ...content },
    how,
  );
  expect(stderr).toBe("");
  return config.outputFileTracingIncludes["/**"];
}

describe("a configuration", () => {
  test("keeps what it has, and the package and the SDK out of the bundles", async () => {
    const own = `{ output: "standalone", serverExternalPackages: ["sharp", "pithy-image"], outputFileTracingIncludes: { "/**": ["a"], "/b": ["c"] } }`;
    const { config } = await configuration(`withPithyImage(${own})`);
    expect(config).toEqual({
      output: "standalone",
      serverExternalPackages: ["sharp", ...EXTERNAL],
      outputFileTracingIncludes: { "/**": ["a"], "/b": ["c"] },
    });
  });

  test.each([
    ["a function", "withPithyImage(() => ({ output: 'export' }))"],
    [
      "one that takes time, and what Next.js passes it",
      "withPithyImage(async (phase) => ({ output: phase && 'export' }))",
    ],
    ["within another wrapper that copies its fields", "Object.assign({}, withPithyImage({}), { output: 'export' })"],
  ])("is %s", async (_, expression) => {
    const { config } = await configuration(expression);
    expect(config).toMatchObject({ output: "export", serverExternalPackages: EXTERNAL });
  });

  test("is the same in CommonJS", async () => {
    const cwd = modules({});
    const program = 'console.log(JSON.stringify(require("pithy-image/next").withPithyImage({ a: 1 })))';
    const { stdout } = await node(["--eval", program], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ a: 1, serverExternalPackages: EXTERNAL });
  });
});

describe("the files that are deployed", () => {
  const TREE = { "run.sh": "", "app/a.py": "", "app/deep/b.py": "", "other.txt": "" };

  test("are those that an image names, and all of a directory", async () => {
    const calls = '.addLocalFile("run.sh", "/run.sh").addLocalDir("app", "/app").addFile("/inline", "text")';
    expect(await deployed(calls, TREE)).toEqual(["run.sh", "app/**/*"]);
  });

  test("are only those that are used of a directory of which something is left out", async () => {
    const calls = '.addLocalDir("app", "/app", { exclude: ["deep"] })';
    expect(await deployed(calls, { ...TREE, ".dockerignore": "" })).toEqual(["app/a.py", ".dockerignore"]);
  });

  test("are those of a build stage, a requirements file and a Dockerfile, and the rules that they name", async () => {
    const calls = `.stage("web", Image.base("node:22").addLocalFile("run.sh", "/r"))
      .pipInstallFromRequirements("requirements.txt").addLocalDir("app", "/app", { ignoreFile: "rules" })`;
    const content = { ...TREE, "requirements.txt": "httpx\n", rules: "" };
    expect(new Set(await deployed(calls, content))).toEqual(
      new Set(["run.sh", "requirements.txt", "app/**/*", "rules"]),
    );
    const image = { "daytona/image.ts": IMAGE.replace(/Image\.base.*/, 'Image.fromDockerfile("Dockerfile")') };
    const dockerfile = "FROM debian:12\nCOPY app /app\n";
    const { config } = await configuration("withPithyImage()", { ...TREE, ...image, Dockerfile: dockerfile });
    expect(config.outputFileTracingIncludes["/**"]).toEqual(["Dockerfile", "app/a.py", "app/deep/b.py"]);
  });

  test("have names in which nothing is a pattern", async () => {
    expect(await deployed('.addLocalFile("[id]/a*(b).txt", "/a")', { "[id]/a*(b).txt": "" })).toEqual([
      "?id?/a??b?.txt",
    ]);
  });

  test("are those of all images that package.json names", async () => {
    const manifest = JSON.stringify({ pithyImage: { one: "one.ts", two: "two.ts" } });
    const one = `${IMAGE}.addLocalFile("run.sh", "/r")`;
    const content = { ...TREE, "package.json": manifest, "one.ts": one, "two.ts": `${IMAGE}.addLocalDir("app", "/a")` };
    const { config } = await configuration("withPithyImage()", content);
    expect(config.outputFileTracingIncludes["/**"]).toEqual(["run.sh", "app/**/*"]);
  });

  test("include those of the SDK's dependencies that Next.js overlooks, wherever they are installed", async () => {
    const manifest = (dependencies: object, exports?: unknown) =>
      JSON.stringify({ version: "0.218.0", dependencies, exports });
    const [sdk, sync] = [
      "node_modules/@daytonaio/sdk",
      { ".": [{ "module-sync": "./r.mjs", default: "./i.js" }, "./i.js"] },
    ];
    const content = {
      [`${sdk}/package.json`]: manifest({ one: "1", two: "1", missing: "1" }),
      [`${sdk}/node_modules/one/package.json`]: manifest({ two: "1", "@daytonaio/sdk": "1" }, sync),
      "node_modules/two/package.json": manifest({}, { ".": "./i.js" }),
    };
    expect(await deployed("", content)).toEqual([`${sdk}/node_modules/one/*`]);
  });

  test.each<[string, How]>([
    ["in development", { args: ["dev"] }],
    ["by a server", { args: ["start"], env: { NODE_ENV: "production" } }],
  ])("are not looked for %s", async (_, how) => {
    expect(await deployed('.addLocalFile("missing", "/m")', {}, how)).toEqual([]);
  });
});

test.each<[string, string, How]>([
  ["of the phase", "withPithyImage(() => ({}))", { args: ["start"] }],
  ["of the program, whatever NODE_ENV is", "withPithyImage()", { env: { NODE_ENV: "development" } }],
])("a build is known by the name %s", async (_, expression, how) => {
  const content = { "daytona/image.ts": `${IMAGE}.addLocalFile("run.sh", "/r");`, "run.sh": "" };
  const { config } = await configuration(expression, content, how);
  expect(config.outputFileTracingIncludes["/**"]).toEqual(["run.sh"]);
});

test.each<[string, string, How]>([
  ["a function in another phase", "withPithyImage(() => ({}))", { phase: "phase-production-server" }],
  ["a function in a worker of the build", "withPithyImage(() => ({}))", { env: { IS_NEXT_WORKER: "true" } }],
])("%s looks for no files", async (_, expression, how) => {
  const content = { "daytona/image.ts": `${IMAGE}.addLocalFile("missing", "/m");` };
  const { config } = await configuration(expression, content, how);
  expect(config.outputFileTracingIncludes["/**"]).toEqual([]);
});

test("a server of one's own has no images, and starts", async () => {
  const cwd = modules({ "daytona/image.ts": `${IMAGE}.addLocalFile("missing", "/m");` });
  const program = 'import { withPithyImage } from "pithy-image/next"; withPithyImage();';
  const outcome = await node(["--input-type=module", "--eval", program], { cwd, env: { NODE_ENV: "production" } });
  expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("the application of a build may be named", async () => {
  const content = { "apps/web/daytona/image.ts": `${IMAGE}.addLocalFile("run.sh", "/r");`, "apps/web/run.sh": "" };
  const manifest = { "apps/web/package.json": "{}" };
  const { config } = await configuration(
    "withPithyImage()",
    { ...content, ...manifest },
    { args: ["build", "--webpack", "apps/web"] },
  );
  expect(config.outputFileTracingIncludes["/**"]).toEqual(["run.sh"]);
});

test("a module may print, and leave something running", async () => {
  const noise = 'console.log("printed"); process.stdout.write("written\\n"); setInterval(() => {}, 1000);\n';
  const content = { "daytona/image.ts": `${noise}${IMAGE}.addLocalFile("run.sh", "/r");`, "run.sh": "" };
  const { config, stderr } = await configuration("withPithyImage()", content);
  expect(config.outputFileTracingIncludes["/**"]).toEqual(["run.sh"]);
  expect(stderr).toBe("printed\nwritten\n");
});

test("what Next.js does not deploy of an image is named in the build", async () => {
  const content = {
    "daytona/image.ts": `${IMAGE}.addLocalDir("app", "/app");`,
    "app/sub/a": "",
    "app/{b}": "",
    "app/empty/": "",
  };
  const cwd = modules(content);
  symlinkSync("sub", join(cwd, "app/link"));
  const program = `import { withPithyImage } from "pithy-image/next"; ${asNext()} withPithyImage();`;
  const { code, stderr } = await node(["--input-type=module", "--eval", program], { cwd });
  expect(code).toBe(0);
  expect([...stderr.matchAll(/^ {2}"(.*)"$/gm)].map(([, path]) => path)).toEqual(["app/empty", "app/link", "app/{b}"]);
  expect(stderr).toContain("Create its sandboxes from the lock");
});

test("a build fails with what is wrong with an image, at its line", async () => {
  const content = { "daytona/image.ts": `${IMAGE}\n  .addLocalFile("missing.sh", "/m");` };
  const { code, stderr } = await configuration("withPithyImage()", content);
  expect(code).toBe(1);
  expect(stderr).toMatch(/withPithyImage: .*image\.ts:2:\d addLocalFile.*missing\.sh/s);
});

test("a file that is missing where the application was deployed is named with the setting", async () => {
  const cwd = modules({ ".next/BUILD_ID": "1" });
  const program = `import { Image } from "pithy-image";
    Image.base("debian:12").addLocalFile("daytona/run.sh", "/run.sh").resolve().catch(({ message }) => console.log(message));`;
  const run = (env: Record<string, string>) => node(["--input-type=module", "--eval", program], { cwd, env });
  expect((await run({ NODE_ENV: "production" })).stdout).toMatch(
    /daytona\/run\.sh.*withPithyImage.*outputFileTracingIncludes/s,
  );
  expect((await run({ NODE_ENV: "development" })).stdout).not.toContain("withPithyImage");
});
