/** The command line: what it prints, what it finds, and how it fails. */
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Definition, Image } from "pithy-image";
import { describe, expect, test } from "vitest";
import { CLI, modules, node, type Outcome, TOP } from "./helpers.ts";

const EXAMPLE = join(TOP, "examples/pithy-jaunt-script");

const show = (cwd: string, ...args: string[]): Promise<Outcome> => node([CLI, "show", ...args], { cwd });

const IMAGE = 'import { Image } from "pithy-image";\nexport default Image.base("debian:12").env({ A: "1" });\n';
const DOCKERFILE = 'FROM debian:12\nENV A="1"\n';

/** A mistake of the user's: what is wrong, without a stack. */
function expectMistake({ code, stdout, stderr }: Outcome, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
}

describe("show", () => {
  test("in the example, by its convention", async () => {
    const { code, stdout, stderr } = await show(EXAMPLE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^FROM python:3\.12\.10-slim-bookworm\n/);
    expect(stdout).toMatch(/\ncontexts\n {2}ctx\/[0-9a-f]{32}\/execution\.sh {2}.* {2}daytona\/execution\.sh\n/);
    expect(stdout).toMatch(/\nimage digest {2}sha256:[0-9a-f]{64}\nsnapshot ref {2}daytona-[0-9a-f]{64}:daytona\n$/);
    expect(stdout).toContain(`root          ${EXAMPLE}\n`);
  });

  test("--demo shows the same image anywhere", async () => {
    const [demo, example] = await Promise.all([
      show(modules({}), "--demo", "--json"),
      show(EXAMPLE, "daytona/image.ts", "--json"),
    ]);
    expect(demo.stderr).toBe("");
    const [a, b] = [demo, example].map(({ stdout }) => JSON.parse(stdout) as { imageDigest: string });
    expect(a?.imageDigest).toBe(b?.imageDigest);
  });

  test("a file, one that package.json names, and the convention", async () => {
    const cwd = modules({
      "daytona/image.ts": IMAGE.replace("debian:12", "convention:1"),
      "lib/mine.ts": IMAGE.replace("debian:12", "named:1"),
      "given.mjs": IMAGE.replace("debian:12", "given:1"),
    });
    const named = modules({ "package.json": '{"pithyImage":"lib/mine.ts"}' });
    cpSync(cwd, named, { recursive: true });
    const outcomes = await Promise.all([show(cwd), show(named), show(named, "given.mjs")]);
    expect(outcomes.map(({ stdout, stderr }) => stderr || stdout.split("\n")[0])).toEqual([
      "FROM convention:1",
      "FROM named:1",
      "FROM given:1",
    ]);
  });

  test("--json is everything, as data", async () => {
    const cwd = modules({ "image.mjs": IMAGE.replace(");\n", ').addFile("/a", "a");\n') });
    const { stdout } = await show(cwd, "image.mjs", "--json");
    const image = Image.base("debian:12").env({ A: "1" }).addFile("/a", "a");
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(image.resolveSync())));
  });

  test("local paths start at --root, at PITHY_IMAGE_ROOT or at the current directory", async () => {
    const text = IMAGE.replace('.env({ A: "1" })', '.addLocalFile("a.txt", "/a")');
    const cwd = modules({ "image.mjs": text, "a.txt": "1", "one/a.txt": "22", "two/a.txt": "333" });
    const outcomes = await Promise.all([
      show(cwd, "image.mjs", "--json"),
      show(cwd, "image.mjs", "--json", "--root", "one"),
      node([CLI, "show", "image.mjs", "--json"], { cwd, env: { PITHY_IMAGE_ROOT: join(cwd, "two") } }),
    ]);
    const found = outcomes.map(({ stdout }) => JSON.parse(stdout) as { root: string; files: { size: number }[] });
    expect(found.map(({ root, files }) => [root, files[0]?.size])).toEqual([
      [cwd, 1],
      [join(cwd, "one"), 2],
      [join(cwd, "two"), 3],
    ]);
  });

  test("--help and no command print the usage", async () => {
    const outcomes = await Promise.all([node([CLI]), node([CLI, "--help"]), node([CLI, "show", "-h"])]);
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^pithy-image show \[file\]/);
    }
  });
});

describe("the module of an image", () => {
  test("may use all of TypeScript, import other modules, and leaves no file behind", async () => {
    const cwd = modules({
      "package.json": '{"type":"module"}',
      "daytona/image.ts": `
        import { Image, type Image as ImageType } from "pithy-image";
        import { base } from "./base.ts";
        import tools from "./tools.json" with { type: "json" };
        enum Level { Low = 1 }
        namespace Names { export const a = "A"; }
        class Maker { constructor(private readonly image: ImageType) {} make(): ImageType { return this.image; } }
        const variables = { [Names.a]: String(Level.Low) } satisfies Record<string, string>;
        const settled = await Promise.resolve(base());
        export default new Maker(settled.env(variables).aptInstall(tools as string[])).make();
      `,
      "daytona/base.ts": 'import { Image } from "pithy-image";\nexport const base = () => Image.base("debian:12");\n',
      "daytona/tools.json": '["git"]',
    });
    const before = readdirSync(cwd, { recursive: true });
    const { code, stdout, stderr } = await show(cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^FROM debian:12\nENV A="1"\nRUN apt-get .* git /);
    expect(readdirSync(cwd, { recursive: true })).toEqual(before);
  });

  const CJS = 'const { Image } = require("pithy-image");\n';
  test.each([
    ["an ES module in TypeScript", { "daytona/image.ts": IMAGE, "package.json": '{"type":"module"}' }],
    ["a CommonJS project in TypeScript", { "daytona/image.ts": IMAGE, "package.json": '{"type":"commonjs"}' }],
    ["a project without a package.json", { "daytona/image.ts": IMAGE }],
    [
      "a CommonJS module in JavaScript",
      { "daytona/image.ts": `${CJS}exports.default = Image.base("debian:12").env({ A: "1" });`, "package.json": "{}" },
    ],
    ["a function that makes the image", { "daytona/image.ts": IMAGE.replace("default Image", "default () => Image") }],
    [
      "an async function that makes the image",
      { "daytona/image.ts": IMAGE.replace("default Image", "default async () => Image") },
    ],
  ])("may be %s", async (_, content) => {
    const { code, stdout, stderr } = await show(modules(content));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.startsWith(DOCKERFILE)).toBe(true);
  });

  test("may export with `module.exports`", async () => {
    const cwd = modules({ "image.cjs": `${CJS}module.exports = Image.base("debian:12").env({ A: "1" });` });
    const { code, stdout, stderr } = await show(cwd, "image.cjs");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.startsWith(DOCKERFILE)).toBe(true);
  });

  test("may be an image of the Daytona SDK's class", async () => {
    const cwd = modules({
      "image.ts": `
        import { Image as SdkImage } from "sdk-latest";
        import { bindImage } from "pithy-image/daytona";
        export default bindImage(SdkImage).base("debian:12").env({ A: "1" });
      `,
    });
    const { code, stdout, stderr } = await show(cwd, "image.ts");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.startsWith(DOCKERFILE)).toBe(true);
  });
});

describe("mistakes end with exit code 2, a message to act on, and no stack", () => {
  const cases: [string, Record<string, string>, string[], RegExp][] = [
    ["no file by convention", {}, ["show"], /There is no .*\/daytona\/image\.ts\..*pithy-image show <file>/],
    ["no such file", {}, ["show", "no.ts"], /There is no .*\/no\.ts\./],
    ["no such file in package.json", { "package.json": '{"pithyImage":"no.ts"}' }, ["show"], /no\.ts/],
    ["a field that is no path", { "package.json": '{"pithyImage":["a"]}' }, ["show"], /"pithyImage"/],
    ["a package.json that is no JSON", { "package.json": "{" }, ["show"], /package\.json/],
    ["a directory", { "dir/a.ts": "" }, ["show", "dir"], /dir/],
    ["a module without an image", { "a.ts": "export const x = 1;" }, ["show", "a.ts"], /no image.*export default/],
    ["a module with another default", { "a.ts": "export default { a: 1 };" }, ["show", "a.ts"], /no image/],
    ["a module that is not TypeScript", { "a.ts": "export default {{" }, ["show", "a.ts"], /a\.ts/],
    ["a module that lacks another", { "a.ts": 'import "./no.ts";' }, ["show", "a.ts"], /no\.ts/],
    ["an unknown flag", {}, ["show", "--jsn"], /--jsn/],
    ["an unknown command", {}, ["shwo"], /Unknown command: shwo/],
    ["two files", {}, ["show", "a", "b"], /One file/],
    ["--demo and a file", {}, ["show", "a", "--demo"], /--demo/],
    ["--root without a directory", {}, ["show", "--root"], /--root/],
    [
      "a root that is not there",
      { "a.mjs": IMAGE.replace('env({ A: "1" })', 'addLocalFile("a", "/a")') },
      ["show", "a.mjs", "--root", "no"],
      /root.*\/no`/,
    ],
    [
      "a missing local file",
      { "a.mjs": IMAGE.replace('env({ A: "1" })', 'addLocalFile("no.txt", "/a")') },
      ["show", "a.mjs"],
      /a\.mjs:2:\d+.*\n.*`no\.txt` does not exist/,
    ],
    ["a broken definition", { "a.ts": IMAGE.replace("A:", '"A B":') }, ["show", "a.ts"], /a\.ts:2:\d+ .*\n.*`A B`/],
  ];

  test.each(cases)("%s", async (_, content, args, message) => {
    expectMistake(await node([CLI, ...args], { cwd: modules(content) }), message);
  });

  test("what the module itself throws is shown with its stack, for it is a defect of the module", async () => {
    const cwd = modules({ "a.ts": 'const fail = () => { throw new TypeError("mine"); };\nexport default fail();\n' });
    const { code, stdout, stderr } = await show(cwd, "a.ts");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/TypeError: mine\n\s+at .*a\.ts:1/);
  });
});

test("the printed definition makes the printed image", async () => {
  const cwd = modules({
    "image.mjs": IMAGE,
    "print.mjs": 'import image from "./image.mjs"; process.stdout.write(JSON.stringify(image));',
  });
  const [printed, shown] = await Promise.all([node(["print.mjs"], { cwd }), show(cwd, "image.mjs", "--json")]);
  const image = Image.fromJSON(JSON.parse(printed.stdout) as Definition);
  expect(JSON.parse(shown.stdout)).toMatchObject({ dockerfile: image.toDockerfile() });
});
