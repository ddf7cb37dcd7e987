/** Problems name the line of the caller's code, however that code is run; nothing else holds it. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildPithyJauntImage, captureCallSites, Image } from "pithy-image";
import { afterEach, describe, expect, test } from "vitest";
import { errorOf, files, HERE, modules, node, type Outcome, run, tool } from "./helpers.ts";

afterEach(() => captureCallSites(true));

/** A file with four mistakes, each at a call that is marked with its name in capitals. */
const source = (imports: string, typed: boolean): string => `${imports}

// A comment, and a type that is not there when this runs.
${typed ? "interface Unused { readonly name: string }\nconst tag = <Tag extends string>(name: Tag): Tag => name;" : "const tag = (name) => name;"}

function common() {
  return Image.debianSlim("3.12")
    .aptInstall(tag("git curl"));
}

const make = () => common().workdir("$HOME").env({
  "A B": "x",
});

const image = make();
try {
  image
    .label({ ok: "yes" })
    .addFile("/a", "é" + tag("😀"), { mode: 755 }).toDockerfile();
} catch (error) {
  console.log(JSON.stringify(error.problems.map(({ callSite }) => callSite)));
}
`;

/** Where the calls stand in a text: line and column of the method's name. */
const positions = (text: string): string[] =>
  ["aptInstall(", "workdir(", "env(", "addFile("].map((call) => {
    const before = text.slice(0, text.indexOf(`.${call}`) + 1).split("\n");
    return `${before.length}:${(before.at(-1) ?? "").length + 1}`;
  });

const sitesIn = ({ code, stdout, stderr }: Outcome): string[] => {
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as string[];
};

/** Only the lines, where a tool rewrites what stands on them. */
const lines = (sites: readonly string[]): string[] => sites.map((site) => site.replace(/:\d+$/, ""));

const ESM = 'import { Image } from "pithy-image";';
const CJS = 'const { Image } = require("pithy-image");';

describe("file, line and column are right", () => {
  const directories = ["plain", "with space (and parentheses)", "100% & #1? é [id]"];

  test.each(directories)("in an ES module, in the directory `%s`", async (directory) => {
    const text = source(ESM, false);
    const path = join(modules({ [`${directory}/main.mjs`]: text }), directory, "main.mjs");
    expect(sitesIn(await node([path]))).toEqual(positions(text).map((at) => `${path}:${at}`));
  });

  test.each(directories)("in a CommonJS module, in the directory `%s`", async (directory) => {
    const text = source(CJS, false);
    const path = join(modules({ [`${directory}/main.cjs`]: text }), directory, "main.cjs");
    expect(sitesIn(await node([path]))).toEqual(positions(text).map((at) => `${path}:${at}`));
  });

  test.each(["main.ts", "main.mts", "main.cts"])("with tsx, in %s", async (name) => {
    const text = source(ESM, true);
    const path = join(modules({ [name]: text, "package.json": '{"type":"module"}' }), name);
    expect(sitesIn(await node([tool("tsx"), path]))).toEqual(positions(text).map((at) => `${path}:${at}`));
  });

  test("with tsx, in a project of CommonJS modules", async () => {
    const text = source(ESM, true);
    const path = join(modules({ "main.ts": text, "package.json": "{}" }), "main.ts");
    expect(sitesIn(await node([tool("tsx"), path]))).toEqual(positions(text).map((at) => `${path}:${at}`));
  });

  test("with jiti, file and line", async () => {
    const text = source(ESM, true);
    const path = join(modules({ "main.ts": text, "package.json": '{"type":"module"}' }), "main.ts");
    const sites = sitesIn(await node([tool("jiti"), path], { env: { JITI_FS_CACHE: "false" } }));
    expect(lines(sites)).toEqual(lines(positions(text).map((at) => `${path}:${at}`)));
  });

  test("with a script given as text", async () => {
    const text = source(ESM, false).replaceAll('"', "'");
    const sites = sitesIn(await node(["--input-type=module", "--eval", text], { cwd: HERE }));
    expect(sites.map((site) => site.replace(/^.*?\[eval1\]:/, ""))).toEqual(positions(text));
  });

  test("in this TypeScript file, in vitest", () => {
    // biome-ignore format: the lines are what is tested
    const image = Image.base("debian:12")
      .workdir("").env({
        "A B": "" });
    const error = errorOf(() => image.toDockerfile());
    const path = join(HERE, "call-site.test.ts");
    const own = readFileSync(path, "utf8");
    const at = (call: string) => {
      const before = own.slice(0, own.indexOf(call)).split("\n");
      return `${path}:${before.length}:${(before.at(-1) ?? "").length + 1}`;
    };
    expect(error.problems.map(({ callSite }) => callSite)).toEqual([at('workdir("").env'), at('env({\n        "A B"')]);
  });
});

describe("the line is the caller's", () => {
  const siteOf = (call: () => unknown) => errorOf(call).problems[0]?.callSite;
  const line = () => Number(new Error().stack?.split("\n")[2]?.match(/:(\d+):\d+\)?$/)?.[1]);
  const at = (number: number) => expect.stringMatching(new RegExp(`/call-site\\.test\\.ts:${number}:\\d+$`));

  test("of a preset", () => {
    const root = files();
    const image = buildPithyJauntImage();
    const expected = line() - 1;
    const { problems } = errorOf(() => image.toDockerfile({ root }));
    expect(problems.map(({ callSite }) => callSite)).toEqual([at(expected), at(expected)]);
  });

  test("of fromJSON, for what is found later", () => {
    const root = files();
    const json = Image.base("debian:12").addLocalFile("no", "/a").toJSON();
    const image = Image.fromJSON(json);
    const expected = line() - 1;
    expect(siteOf(() => image.toDockerfile({ root }))).toEqual(at(expected));
  });

  test("that made a step, after Image.from", () => {
    const original = Image.base("debian:12").user("");
    const expected = line() - 1;
    expect(siteOf(() => Image.from(original).toDockerfile())).toEqual(at(expected));
  });

  test("of a function called through apply, a loop or a callback", () => {
    const image = ["", " "].reduce((image, user) => image.user(user), Image.base("debian:12"));
    const expected = line() - 1;
    const { problems } = errorOf(() => image.toDockerfile());
    expect(problems.map(({ callSite }) => callSite)).toEqual([at(expected), at(expected)]);
  });
});

describe("call sites cost nothing that counts", () => {
  test("captureCallSites(false) gives none, and the errors are there all the same", () => {
    captureCallSites(false);
    const image = Image.base("debian:12").user("");
    captureCallSites(true);
    const error = errorOf(() => image.toDockerfile());
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).not.toHaveProperty("callSite");
    expect(error.message).not.toContain("call-site.test.ts");
  });

  test("no JSON, Dockerfile, digest or key holds them", () => {
    const make = () => Image.base("debian:12").addFile("/a", "a").env({ A: "1" });
    const here = make();
    captureCallSites(false);
    const there = make();
    expect(JSON.stringify(here)).toBe(JSON.stringify(there));
    expect(JSON.stringify(here.resolveSync())).toBe(JSON.stringify(there.resolveSync()));
    expect(JSON.stringify([here, here.resolveSync()])).not.toMatch(/call-site|\.ts|callSite/);
    expect(Object.keys(here)).toEqual([]);
  });

  test("an application's own Error.prepareStackTrace and stackTraceLimit do not break errors", () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    try {
      Error.prepareStackTrace = (_, frames) => frames;
      Error.stackTraceLimit = 0;
      const image = Image.base("debian:12").user("");
      expect(Error.stackTraceLimit).toBe(0);
      expect(errorOf(() => image.toDockerfile()).code).toBe("invalid_user");
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
      Error.stackTraceLimit = stackTraceLimit;
    }
  });

  test.each([".next/server/chunks/1.mjs", "built/server/app/server/1.mjs"])(
    "a call in %s of Next.js is where its source map says, and nowhere without one",
    async (name) => {
      const text = source(ESM, true);
      const root = modules({ "lib/main.ts": text, "built/build-manifest.json": "{}" });
      const chunk = join(root, name);
      const bundle = (...args: string[]) =>
        run(
          tool("esbuild"),
          [
            "lib/main.ts",
            "--bundle",
            "--platform=node",
            "--format=esm",
            "--minify",
            "--external:pithy-image",
            `--outfile=${chunk}`,
            ...args,
          ],
          { cwd: root },
        );
      await bundle("--sourcemap");
      expect(lines(sitesIn(await node([chunk], { cwd: root })))).toEqual(
        lines(positions(text).map((at) => `lib/main.ts:${at}`)),
      );
      await bundle();
      rmSync(`${chunk}.map`);
      expect(sitesIn(await node([chunk], { cwd: root }))).toEqual([null, null, null, null]);
    },
  );

  test("a file URL that is not well formed does not break errors", () => {
    const { prepareStackTrace } = Error;
    try {
      Error.prepareStackTrace = () => "Error\n    at make (file:///a/100%/b.mjs:1:2)";
      const image = Image.base("debian:12").user("");
      expect(errorOf(() => image.toDockerfile()).problems[0]?.callSite).toContain("100%/b.mjs:1:2");
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
  });
});
