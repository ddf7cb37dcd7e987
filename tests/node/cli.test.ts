/** The command line: what it prints, what it finds, and how it fails. */
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { type Definition, Image } from "pithy-image";
import { describe, expect, test } from "vitest";
import { visible } from "../../npm/pithy-image-preview/src/text/visible.ts";
import { CLI, files, modules, node, type Outcome, resultOf, run, TOP, tool, write } from "./helpers.ts";

const EXAMPLE = join(TOP, "examples/pithy-jaunt");

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

  test("in the example, as its lock says", async () => {
    expect(await node([CLI, "lock", "--check"], { cwd: EXAMPLE })).toMatchObject({ code: 0, stderr: "" });
  });

  test("--demo shows the same image anywhere", async () => {
    const [demo, example] = await Promise.all([show(modules({}), "--demo", "--json"), show(EXAMPLE, "--json")]);
    expect(demo.stderr).toBe("");
    const [a, b] = [demo, example].map((outcome) => resultOf<{ imageDigest: string }>(outcome));
    expect(a?.imageDigest).toBe(b?.imageDigest);
  });

  test("refuses a machine that the module gives wrong", async () => {
    const wrong = 'export const snapshot = { resources: { cpu: 2 }, regoin: "eu" };\n';
    const cwd = modules({ "daytona/image.ts": IMAGE + wrong });
    expectMistake(
      await show(cwd),
      /The export `snapshot` of .*image\.ts is wrong: .*`regoin`.*Did you mean `region`\?/,
    );
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
    const outcome = await show(cwd, "image.mjs", "--json");
    const image = Image.base("debian:12").env({ A: "1" }).addFile("/a", "a");
    expect(resultOf(outcome)).toEqual(JSON.parse(JSON.stringify(image.resolveSync())));
  });

  test("a Dockerfile of the user's own as it is, also if its last line does not end", async () => {
    const text = "# mine\r\nFROM a:1\r\nCOPY a.txt /a";
    const cwd = modules({ "image.mjs": IMAGE.replace(/Image\..*;/, 'Image.fromDockerfile("d/Dockerfile");') });
    write(cwd, { "d/Dockerfile": text, "d/a.txt": "a" });
    const { stdout, stderr } = await show(cwd, "image.mjs");
    expect(stderr).toBe("");
    expect(stdout.replace(/[0-9a-f]{32}/, "…")).toMatch(
      /^# mine\r\nFROM a:1\r\nCOPY ctx\/…\/a\.txt \/a\n\ncontexts\n {2}ctx.* {2}1 B {2}d\/a\.txt\n/,
    );
  });

  test("local paths start at --root, at PITHY_IMAGE_ROOT or at the current directory", async () => {
    const text = IMAGE.replace('.env({ A: "1" })', '.addLocalFile("a.txt", "/a")');
    const cwd = modules({ "image.mjs": text, "a.txt": "1", "one/a.txt": "22", "two/a.txt": "333" });
    const outcomes = await Promise.all([
      show(cwd, "image.mjs", "--json"),
      show(cwd, "image.mjs", "--json", "--root", "one"),
      node([CLI, "show", "image.mjs", "--json"], { cwd, env: { PITHY_IMAGE_ROOT: join(cwd, "two") } }),
    ]);
    const found = outcomes.map((outcome) => resultOf<{ root: string; files: { size: number }[] }>(outcome));
    expect(found.map(({ root, files }) => [root, files[0]?.size])).toEqual([
      [cwd, 1],
      [join(cwd, "one"), 2],
      [join(cwd, "two"), 3],
    ]);
  });

  test("an image by the name that package.json gives it", async () => {
    const cwd = modules({
      "package.json": '{"pithyImage":{"agent":"a.mjs","web":"lib/b.mjs"}}',
      "a.mjs": IMAGE.replace("debian:12", "agent:1"),
      "lib/b.mjs": IMAGE.replace("debian:12", "web:1"),
      "web/c.mjs": IMAGE.replace("debian:12", "file:1"),
    });
    const outcomes = await Promise.all([show(cwd, "agent"), show(cwd, "web"), show(cwd, "web/c.mjs")]);
    expect(outcomes.map(({ stdout, stderr }) => stderr || stdout.split("\n")[0])).toEqual([
      "FROM agent:1",
      "FROM web:1",
      "FROM file:1",
    ]);
  });
});

test("a file is shown whatever the field of package.json says", async () => {
  const cwd = modules({ "package.json": '{"pithyImage":1}', "given.mjs": IMAGE });
  const { code, stdout, stderr } = await show(cwd, "given.mjs");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.startsWith(DOCKERFILE)).toBe(true);
});

describe("help", () => {
  test("of the program comes with --help and without a command: commands and exit codes, without colours in a pipe", async () => {
    const outcomes = await Promise.all([node([CLI]), node([CLI, "--help"]), node([CLI, "help"])]);
    for (const { code, stdout, stderr } of outcomes) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^Usage: pithy-image .*\n {2}show .*\nExit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /s);
    }
  });

  test("of a command has examples that the program understands", async () => {
    const { stdout: commands } = await node([CLI, "complete", "--", ""]);
    const names = [...commands.matchAll(/^[a-z]+(?=\t.)/gm)].map(([name]) => name);
    expect(names).toContain("show");
    for (const name of names) {
      const { stdout } = await node([CLI, name, "-h"]);
      expect(stdout).toMatch(new RegExp(`^Usage: pithy-image ${name} .*\\nExamples:\\n.*pithy-image ${name}\\b`, "s"));
      const flags = stdout.slice(stdout.indexOf("Examples:")).match(/ --[a-z-]+/g) ?? [];
      for (const flag of flags) expect(stdout.slice(0, stdout.indexOf("Examples:"))).toContain(flag);
    }
  });

  test("has colours where they are wanted, and none with NO_COLOR", async () => {
    const help = async (env: Record<string, string>) => (await node([CLI, "-h"], { env })).stdout;
    expect(await help({ FORCE_COLOR: "1", NO_COLOR: "" })).toContain("\x1b[1mUsage:");
    expect(await help({ FORCE_COLOR: "", NO_COLOR: "1" })).not.toContain("\x1b");
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(TOP, "npm/pithy-image/package.json"), "utf8")) as {
      version: string;
    };
    expect(await node([CLI, "--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
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

const TWO = '{"pithyImage":{"a":"a.ts","b":"b.ts"}}';

describe("mistakes end with exit code 2, a message to act on, and no stack", () => {
  const cases: [string, Record<string, string>, string[], RegExp][] = [
    ["no file by convention", {}, ["show"], /\/daytona\/image\.ts does not exist\..*pithy-image show <file>/],
    ["no file by convention for another command", {}, ["files"], /Create it .*`pithy-image files <file>`/],
    ["no file by convention for a build", {}, ["build"], /Create it .*`pithy-image build <file>`/],
    ["no file by convention for all images", {}, ["lock"], /image\.ts does not exist\..*"pithyImage" of package\.json/],
    ["no such file", {}, ["show", "no.ts"], /\/no\.ts does not exist\./],
    ["no such file in package.json", { "package.json": '{"pithyImage":"no.ts"}' }, ["show"], /no\.ts/],
    ["a field that is not a path", { "package.json": '{"pithyImage":["a"]}' }, ["show"], /"pithyImage"/],
    ["a field without images", { "package.json": '{"pithyImage":{}}' }, ["show"], /"pithyImage".*no image/],
    ["a name with a blank", { "package.json": '{"pithyImage":{"a b":"a.ts"}}' }, ["show"], /`a b`/],
    ["an image without a path", { "package.json": '{"pithyImage":{"web":1}}' }, ["show"], /`web`.*must be a path/],
    ["several images, and none is named", { "package.json": TWO }, ["show"], /2 images: `a`, `b`\. Name one/],
    ["a name that no image has", { "package.json": TWO }, ["show", "c"], /no image or file `c`\. .*`a`, `b`/],
    ["a name whose file is not there", { "package.json": TWO }, ["show", "a"], /\/a\.ts does not exist/],
    [
      "a snapshot that is not an object",
      { "a.mjs": `${IMAGE}export const snapshot = 1;` },
      ["show", "a.mjs"],
      /`snapshot`/,
    ],
    ["a package.json that is no JSON", { "package.json": "{" }, ["show"], /package\.json/],
    ["a directory", { "dir/a.ts": "" }, ["show", "dir"], /dir/],
    ["a module without an image", { "a.ts": "export const x = 1;" }, ["show", "a.ts"], /no image.*export default/],
    ["a module with another default", { "a.ts": "export default { a: 1 };" }, ["show", "a.ts"], /no image/],
    ["a module that is not TypeScript", { "a.ts": "export default {{" }, ["show", "a.ts"], /a\.ts/],
    ["a module that lacks another", { "a.ts": 'import "./no.ts";' }, ["show", "a.ts"], /no\.ts/],
    ["an unknown flag", {}, ["show", "--jsn"], /--jsn.*\n.*Did you mean --json\?/],
    ["an unknown command", {}, ["shwo"], /^Unknown command 'shwo'\n\(Did you mean show\?\)/],
    ["two files", {}, ["show", "a", "b"], /^Too many arguments/],
    ["a port that is not a number", {}, ["show", "--web", "--port", "x"], /--port .*Expected a number/],
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

describe("options of every command", () => {
  const NAMED = { "app/daytona/image.ts": IMAGE, "app/.env": "A=1\n", "app/package.json": '{"name":"mine"}' };
  const pithy = (cwd: string, args: string, env = {}) => node([CLI, ...args.split(" ")], { cwd, env });

  test.each(["--cwd app show", "show --cwd app", "show --cwd=app"])("%s runs in another directory", async (args) => {
    const { code, stdout, stderr } = await pithy(modules(NAMED), args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^FROM debian:12\n/);
  });

  test("--cwd names a directory that is there", async () => {
    const { code, stderr } = await pithy(modules(NAMED), "show --cwd nowhere");
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "nowhere is not a directory. Name an existing one in `--cwd`.\n",
    });
  });

  test("--verbose says what was read, how long it took, and which core was used", async () => {
    const { code, stdout, stderr } = await pithy(modules(NAMED), "lock --verbose --cwd app");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Wrote pithy-image.lock.json.\n" });
    expect(stderr).toMatch(/^Loaded daytona\/image\.ts: \d+ ms\nRead 0 files.*, backend (?:native|wasm): \d+ ms\n/);
    expect(stderr).toMatch(/^lock: \d+ ms\n$/m);
    expect((await pithy(modules(NAMED), "plan --cwd app --against lock --verbose")).stderr).toMatch(/^ {4}at /m);
  });

  test("--quiet leaves warnings out, and neither results nor errors", async () => {
    const dropped = 'const image = Image.base("a:1");\nimage.user("x");\nexport default image;\n';
    const cwd = modules({ "image.mjs": IMAGE.replace(/export.*\n/, dropped) });
    expect((await pithy(cwd, "show image.mjs")).stderr).toContain("Warning: ");
    const { code, stdout, stderr } = await pithy(cwd, "show image.mjs --quiet");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^FROM a:1\n/);
    expect((await pithy(cwd, "show none.ts --quiet")).stderr).toContain("none.ts does not exist");
  });

  test("--no-color prints none, also where the environment asks for them", async () => {
    const cwd = modules({ ...NAMED, "old.ts": IMAGE.replace("12", "11") });
    const against = "plan --against ../old.ts --cwd app";
    const env = { FORCE_COLOR: "1", NO_COLOR: undefined };
    expect((await pithy(cwd, against, env)).stdout).toContain("\x1b[33m");
    for (const args of [`${against} --no-color`, `--no-color ${against}`, "--no-color --help"]) {
      expect((await pithy(cwd, args, env)).stdout).not.toContain("\x1b");
    }
  });

  test("are in the help of every command", async () => {
    for (const args of ["show -h", "snapshot -h", "snapshot ensure -h", "-h"]) {
      const { stdout } = await pithy(modules({}), args);
      for (const option of ["--cwd <directory>", "--quiet", "--verbose", "--no-color"])
        expect(stdout).toContain(option);
    }
  });
});

describe("options that exclude each other are refused", () => {
  test.each([
    ["show --quiet --verbose", "Option '--quiet' cannot be used with option '--verbose'"],
    ["--verbose show --quiet", "Option '--quiet' cannot be used with option '--verbose'"],
    ["show --json --web", "Option '--json' cannot be used with option '--web'"],
    ["show --json --out site", "Option '--json' cannot be used with option '--out <path>'"],
    ["show --web --out site", "Option '--web' cannot be used with option '--out <path>'"],
    ["show --port 1", "`--port` is only for `--web`."],
    ["show --no-open", "`--no-open` is only for `--web`."],
    ["show --baseline a.json", "`--baseline` requires `--web` or `--out`."],
    ["plan --json --markdown", "Option '--markdown' cannot be used with option '--json'"],
    ["snapshot ensure --no-wait --check true", "Option '--no-wait' cannot be used with option '--check <command>'"],
    ["snapshot ensure --keep a.json", "`--keep` is only for `--prune`."],
    ["snapshot verify --snapshot a", "Name the image of the snapshot."],
  ])("%s", async (args, message) => {
    const cwd = modules({ "package.json": TWO, "a.ts": IMAGE, "b.ts": IMAGE });
    const { code, stderr } = await node([CLI, ...args.split(" ")], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`${message}\n`) });
  });
});

describe("completion", () => {
  const CWD = { "package.json": '{"pithyImage":{"agent":"a.mjs","worker":"b.mjs"}}', "wide.mjs": "" };
  const BIN = dirname(tool("pithy-image"));

  /** What a shell offers for a line of words. */
  const OFFERS: Record<string, (line: string) => string> = {
    bash: (line) => `source <("$PITHY" completion bash)
      COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      spec=$(complete -p "\${COMP_WORDS[0]##*/}"); function=\${spec#*-F }; "\${function%% *}"; printf '%s\\n' "\${COMPREPLY[@]}"`,
    zsh: (line) => `typeset -A functions_of; compdef() { functions_of[$2]=$1; }
      _files() { print FILES; }; _describe() { print -l -- "\${(@)\${(P@)2}%%:*}"; }
      source <("$PITHY" completion zsh); words=(${line}); CURRENT=\${#words}; $functions_of[\${words[1]:t}]`,
    fish: (line) => `"$PITHY" completion fish | source; complete -C '${line.replace(/''$/, "")}' | cut -f 1`,
  };
  const SHELLS = Object.keys(OFFERS).filter((shell) => spawnSync(shell, ["--version"]).status === 0);

  const offers = async (shell: string, line: string, cwd: string, path: string) => {
    const env = { PATH: path, PITHY: join(BIN, "pithy-image") };
    const { stdout, stderr } = await run(shell, ["-c", OFFERS[shell]?.(line) ?? ""], { cwd, env });
    expect(stderr).toBe("");
    return stdout.trim().split("\n");
  };

  test.each(SHELLS)("in %s offers commands, options, values and names of images", async (shell) => {
    const cwd = modules(CWD);
    const after = (words: string) => offers(shell, `pithy-image ${words}`, cwd, `${BIN}:${process.env.PATH}`);
    expect(await after("sho")).toEqual(["show"]);
    expect(await after("show --js")).toEqual(["--json"]);
    expect(await after("show --verb")).toEqual(["--verbose"]);
    expect(await after("completion z")).toEqual(["zsh"]);
    expect(await after("show a")).toEqual(["agent"]);
    expect(await after("show --json wo")).toEqual(["worker"]);
    expect(await after("show --root wo")).not.toContain("worker");
    expect(await after("show ''")).toEqual(expect.arrayContaining(["agent", "worker"]));
  });

  test.each(SHELLS)("in %s works for a package that is only installed in the application", async (shell) => {
    const cwd = files({ ...CWD, "deep/er/": "", "node_modules/.bin/": "" });
    symlinkSync(CLI, join(cwd, "node_modules/.bin/pithy-image"));
    const path = [dirname(process.execPath), "/usr/bin", "/bin"].join(":");
    expect(spawnSync("sh", ["-c", "command -v pithy-image"], { env: { PATH: path } }).status).not.toBe(0);
    expect(await offers(shell, "npx pithy-image show wo", cwd, path)).toEqual(["worker"]);
    expect(await offers(shell, "npx --no pithy-image sho", cwd, path)).toEqual(["show"]);
    expect(await offers(shell, "./node_modules/.bin/pithy-image sho", cwd, path)).toEqual(["show"]);
    expect(await offers(shell, "npx pithy-image sho", join(cwd, "deep/er"), path)).toEqual(["show"]);
    expect(await offers(shell, "npx sho", cwd, path)).not.toContain("show");
  });

  test("is tested in one shell at least", () => expect(SHELLS).toContain("bash"));
});

/** What the entries of a build import, with what they import of it. */
function imports(build: string): string[] {
  const imported = new Set<string>();
  const visit = (path: string) => {
    for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/^(?:import|export) (?:.* from )?"(.+)";$/gm)) {
      if (name.startsWith("./")) visit(join(dirname(path), name));
      else imported.add(name);
    }
  };
  for (const entry of ["index.mjs", "daytona.mjs"]) visit(join(TOP, "npm/pithy-image/dist", build, entry));
  return [...imported];
}

describe("what an application loads imports no package", () => {
  test("on Node: the command line's are its own", () => {
    expect(imports("node")).toContain("node:path");
    expect(imports("node").filter((name) => !isBuiltin(name))).toEqual([]);
  });

  test("on an edge and in a browser, nor anything of Node", () => {
    expect(imports("edge")).toEqual(["../pithy-image.wasm?module"]);
    expect(imports("browser")).toEqual([]);
  });
});

test("the printed definition makes the printed image", async () => {
  const cwd = modules({
    "image.mjs": IMAGE,
    "print.mjs": 'import image from "./image.mjs"; process.stdout.write(JSON.stringify(image));',
  });
  const [printed, shown] = await Promise.all([node(["print.mjs"], { cwd }), show(cwd, "image.mjs", "--json")]);
  const image = Image.fromJSON(JSON.parse(printed.stdout) as Definition);
  expect(resultOf(shown)).toMatchObject({ dockerfile: image.toDockerfile() });
});

describe("names that a terminal would obey", () => {
  const NAME = "a\u001b]0;title\u0007\u009b2J\u202egpj.sh";
  const CONTENT = {
    "daytona/image.ts":
      'import { Image } from "pithy-image";\nexport default Image.base("debian:12").addLocalDir("src", "/src");\n',
    [`src/${NAME}`]: "",
  };
  /** What moves a terminal's cursor, or turns its text around. */
  const OBEYED = /[^\P{Cc}\n\t]|\p{Bidi_Control}/u;

  test.each(["--json", "--markdown", "--against=lock"])("are shown as escapes by plan %s", async (option) => {
    const cwd = modules(CONTENT);
    await node([CLI, "lock"], { cwd });
    writeFileSync(join(cwd, "src", NAME), "changed");
    writeFileSync(join(cwd, "before.json"), JSON.stringify(resultOf(await show(cwd, "--json"))));
    writeFileSync(join(cwd, "src", NAME), "changed again");
    const { code, stdout } = await node([CLI, "plan", "--against", "before.json", option], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.not.stringMatching(OBEYED) });
    if (option !== "--against=lock") expect(stdout).toContain("gpj.sh");
  });

  test.each(["ignored", "sent"])("cannot make a line of their own, where they are %s", async (how) => {
    const name = "a\nimage digest  sha256:FAKE";
    const cwd = modules({ ...CONTENT, [`src/${name}`]: "" });
    if (how === "ignored") writeFileSync(join(cwd, ".dockerignore"), "**/*FAKE\n");
    const { code, stdout, stderr } = await show(cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    if (how === "ignored") expect(stdout).toContain(`  src/a\\nimage digest  sha256:FAKE  .dockerignore:1  `);
    expect(stdout.match(/^image digest .*/gm)).toEqual([expect.not.stringContaining("FAKE")]);
    await node([CLI, "lock"], { cwd });
    writeFileSync(join(cwd, "before.json"), JSON.stringify(resultOf(await show(cwd, "--json"))));
    writeFileSync(join(cwd, "src", name), "changed");
    for (const format of ["--markdown", "--against=before.json"]) {
      const { stdout } = await node([CLI, "plan", "--against", "before.json", format], { cwd });
      expect(stdout).not.toMatch(/^image digest/m);
    }
  });

  const BLACK = "\u001b[30mblack\u202e";

  test.each<[string, Record<string, string>, string[]]>([
    ["an unknown option", {}, ["show", `--${BLACK}`]],
    ["an unknown command", {}, [BLACK]],
    ["a file that is not there", {}, ["show", BLACK]],
    ["a package.json", { "package.json": `{"pithyImage":{"${BLACK.replace("\u001b", "\\u001b")}":"a"}}` }, ["show"]],
    ["a module's own error", { "a.mjs": `throw new Error(${JSON.stringify(BLACK)});\n` }, ["show", "a.mjs"]],
    ["a module's source", { "a.mjs": `const a = 1; /* ${BLACK} */ a.b();\n` }, ["show", "a.mjs"]],
    ["a warning", { "a.mjs": `process.emitWarning(${JSON.stringify(BLACK)});\n${IMAGE}` }, ["show", "a.mjs"]],
    ["a value", { "a.mjs": IMAGE.replace('"1"', JSON.stringify(BLACK)) }, ["show", "a.mjs"]],
    [
      "a value, with the colors of a terminal",
      { "a.mjs": IMAGE.replace('"1"', JSON.stringify(BLACK)) },
      ["plan", "--against", "a.mjs"],
    ],
    ["a root", {}, ["show", "--demo", "--root", BLACK]],
    ["a directory", {}, ["show", "--cwd", BLACK]],
  ])("%s is printed with escapes", async (_, content, args) => {
    const cwd = modules({ "daytona/image.ts": IMAGE, ...content });
    for (const more of [[], ["--json"], ["--verbose"]]) {
      const { stdout, stderr } = await node([CLI, ...args, ...more], {
        cwd,
        env: { FORCE_COLOR: "1", NO_COLOR: undefined },
      });
      expect(`${stdout}${stderr}`).toContain("black");
      for (const obeyed of ["\u001b[30m", "\u202e"]) expect(`${stdout}${stderr}`).not.toContain(obeyed);
    }
  });

  test("are the same in JSON, and reported in mistakes", async () => {
    const cwd = modules(CONTENT);
    const { files } = resultOf<{ files: { path: string }[] }>(await show(cwd, "--json"));
    expect(files).toMatchObject([{ path: `src/${NAME}` }]);
    symlinkSync("/nowhere", join(cwd, "src", "\u001b[2Jlink"));
    const { stderr } = await show(cwd);
    expect(stderr).toContain("\\u001b[2Jlink");
    expect(stderr).not.toMatch(OBEYED);
  });
});

test.each([
  ["\u001b[2Ja\u001b]8;;x\u0007", "\\u001b[2Ja\\u001b]8;;x\\u0007"],
  ["\u001b[30mblack\u001b[39m\n\ttab", "\\u001b[30mblack\\u001b[39m\n\ttab"],
  ["FROM a\r\nRUN b\r\n", "FROM a\r\nRUN b\r\n"],
  ["a\rb\u0085c\u2067d", "a\\rb\\u0085c\\u2067d"],
  ["Grüße, 漢字 \u{1f600}", "Grüße, 漢字 \u{1f600}"],
])("of the text %j a terminal sees %j", (text, seen) => {
  expect(visible(text)).toBe(seen);
});
