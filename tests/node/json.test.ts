/** `--json`: one envelope on success and on failure of every command, and nothing else on the standard output. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { CLI, modules, node, TOP } from "./helpers.ts";

interface Envelope {
  version: number;
  command: string;
  ok: boolean;
  result?: Record<string, unknown>;
  error?: Record<string, unknown> & { code: string; message: string };
}

const IMAGE = 'import { Image } from "pithy-image";\nexport default Image.base("debian:12").env({ A: "1" });\n';
const NOWHERE = { DAYTONA_API_KEY: "" };

async function json(content: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await node([CLI, ...args, "--json"], { cwd: modules(content), env: NOWHERE });
  const envelope = JSON.parse(stdout) as Envelope;
  expect(envelope).toMatchObject({ version: 1, ok: code === 0 });
  expect(envelope.error === undefined).toBe(code === 0);
  return { code, envelope, stderr };
}

const COMMANDS = [
  ...["show", "files", "lint", "build", "context", "lock", "plan", "doctor", "init", "completion"],
  ...["ensure", "list", "logs", "prune", "verify"].map((name) => `snapshot ${name}`),
  ...["clear", "info", "prune", "verify"].map((name) => `cache ${name}`),
];

describe("of every command", () => {
  test("is tested here", async () => {
    const offered = async (...words: string[]) => {
      const { stdout } = await node([CLI, "complete", "--", ...words, ""]);
      return [...stdout.matchAll(/^([a-z]+)\t./gm)].map(([, name]) => [...words, name].join(" "));
    };
    const names = [...(await offered()), ...(await offered("snapshot")), ...(await offered("cache"))];
    const own = ["help", "snapshot", "cache", "run"]; // what `run` prints is the container's
    expect(names.filter((name) => !own.includes(name)).sort()).toEqual([...COMMANDS].sort());
  });

  test.each(COMMANDS)("%s reports wrong usage in the envelope", async (command) => {
    const { code, envelope, stderr } = await json({}, ...command.split(" "), "--nonsense");
    expect(code).toBe(2);
    expect(envelope).toEqual({
      version: 1,
      command,
      ok: false,
      error: { code: "usage", message: expect.stringContaining("Unknown option '--nonsense'") },
    });
    expect(stderr).toContain("--nonsense");
  });
});

describe("on success", () => {
  test.each([
    [["files"], { files: 0, size: 0, largestFiles: [], largestDirectories: [], leftOut: [] }],
    [["lint"], { errors: 0, warnings: 0, linted: [{ file: "daytona/image.ts", findings: [] }] }],
    [["show"], { dockerfile: 'FROM debian:12\nENV A="1"\n' }],
    [["lock"], { upToDate: false, file: "pithy-image.lock.json" }],
    [["init", "--dry-run", "--yes"], { written: false }],
    [["completion", "bash"], { shell: "bash", script: expect.stringContaining("complete ") }],
    [["context", "-o", "context.tar"], { file: "context.tar" }],
    [["plan", "--against", "daytona/image.ts"], { unchanged: true }],
  ])("of %j has the result", async (args, result) => {
    const { code, envelope } = await json({ "daytona/image.ts": IMAGE }, ...args);
    expect(code).toBe(0);
    expect(envelope).toEqual({ version: 1, command: args[0], ok: true, result: expect.objectContaining(result) });
  });

  test("of a build with a network that a build cannot have is an error", async () => {
    const { code, envelope } = await json({}, "build", "--network", "mine");
    expect({ code, error: envelope.error?.code }).toEqual({ code: 2, error: "usage" });
  });

  test("has nothing of what the module prints, which goes to the standard error", async () => {
    const { envelope, stderr } = await json({ "daytona/image.ts": `console.log("loading");\n${IMAGE}` }, "show");
    expect(envelope.result).toMatchObject({ dockerfile: 'FROM debian:12\nENV A="1"\n' });
    expect(stderr).toBe("loading\n");
  });

  test("of the version and of help has none: they are no commands", async () => {
    const { stdout } = await node([CLI, "show", "--help", "--json"]);
    expect(stdout).toMatch(/^Usage: /);
    expect(stdout).not.toContain('"version"');
  });
});

describe("on failure", () => {
  test("of a check has what it found, and why it fails", async () => {
    const missing = await json({ "daytona/image.ts": IMAGE }, "lock", "--check");
    expect(missing.code).toBe(1);
    expect(missing.envelope).toMatchObject({
      command: "lock",
      result: { upToDate: false, images: { image: { removed: [] } } },
      error: { code: "lock_missing", message: "There is no pithy-image.lock.json." },
    });
    const changed = await json(
      { "daytona/image.ts": IMAGE, "old.ts": IMAGE.replace("12", "11") },
      ..."plan --against old.ts".split(" "),
    );
    expect(changed.envelope).toMatchObject({
      result: { unchanged: false, images: [{ name: "image" }] },
      error: { code: "changed", message: "Changed since old.ts: `image`." },
    });
    const doctor = await json({ "daytona/image.ts": IMAGE }, "doctor");
    expect(doctor.envelope).toMatchObject({
      result: { findings: expect.any(Array) },
      error: { code: "problems_found" },
    });
  });

  test("of an image has its problems, with the lines that made them", async () => {
    const { code, envelope } = await json({ "daytona/image.ts": IMAGE.replace("A:", '"A B":') }, "show");
    expect(code).toBe(2);
    const problem = { code: "invalid_env_name", callSite: expect.stringMatching(/image\.ts:2:\d+$/) };
    expect(envelope).not.toHaveProperty("result");
    expect(envelope.error).toMatchObject({ code: "invalid_env_name", hint: expect.any(String), problems: [problem] });
    expect(envelope.error?.message).not.toContain("\n");
  });

  test("of several problems counts them", async () => {
    const two = IMAGE.replace('{ A: "1" }', '{ "A B": "1", "C D": "2" }');
    const { envelope } = await json({ "daytona/image.ts": two }, "show");
    expect(envelope.error).toMatchObject({ message: "2 problems in the image.", problems: [{}, {}] });
  });

  test("of a request to Daytona has its code and what to do", async () => {
    const { code, envelope } = await json({ "daytona/image.ts": IMAGE }, "snapshot", "ensure");
    expect(code).toBe(2);
    expect(envelope.error).toMatchObject({ code: "configuration", hint: expect.any(String), retryable: false });
  });

  test.each([
    ["throws", 'throw new RangeError("mine");', 1, { code: "module_failed", message: "RangeError: mine" }],
    ["throws what is no error", "throw 1;", 1, { code: "module_failed", message: "The module threw 1." }],
    [
      "throws where nobody waits for it",
      'setTimeout(() => { throw new RangeError("late"); }); await new Promise((resolve) => setTimeout(resolve, 60_000));',
      1,
      { code: "module_failed", message: "RangeError: late" },
    ],
    [
      "ends the process",
      "process.exit(0);",
      2,
      { code: "module_unusable", message: expect.stringMatching(/image\.ts ends the process/) },
    ],
    [
      "never finishes",
      "await new Promise(() => {});",
      2,
      { code: "module_unusable", message: expect.stringMatching(/image\.ts never finishes loading/) },
    ],
    ["has a typo", "Image.debianSlm();", 2, { code: "module_unusable", hint: "Did you mean `debianSlim`?" }],
  ])("of a module that %s", async (_, line, exitCode, error) => {
    const { code, envelope } = await json({ "daytona/image.ts": IMAGE.replace("\n", `\n${line}\n`) }, "show");
    expect(code).toBe(exitCode);
    expect(envelope.error).toMatchObject(error);
  });

  test("of an unknown command", async () => {
    const { envelope } = await json({}, "shwo");
    expect(envelope).toMatchObject({ command: "pithy-image", error: { code: "usage" } });
  });
});

test("warnings go to the standard error, and what follows `--` is not an option", async () => {
  const dropped = IMAGE.replace(
    "export default",
    'const image = Image.base("a:1");\nimage.user("x");\nexport default image;\nvoid',
  );
  const { code, envelope, stderr } = await json({ "daytona/image.ts": dropped }, "show");
  expect({ code, ok: envelope.ok }).toEqual({ code: 0, ok: true });
  expect(stderr).toMatch(/^Warning: .*image\.ts:3:\d+: .*`user`/);
  const { stdout } = await node([CLI, "show", "--", "--json"], { cwd: modules({}) });
  expect(stdout).toBe("");
});

test("the published type is what is printed", async () => {
  const text = readFileSync(join(TOP, "docs/command-line.md"), "utf8");
  const [, type = ""] = /^```typescript\n(.*?)^```$/ms.exec(text) ?? [];
  const content = { "daytona/image.ts": IMAGE.replace("A:", '"A B":'), "good.ts": IMAGE };
  const printed = [
    await json(content, "show"),
    await json(content, "show", "--verbose"),
    await json(content, "show", "good.ts"),
    await json(content, "snapshot", "list"),
    await json(content, "lock", "--check", "--port"),
  ].map(({ envelope }, index) => `export const e${index}: Envelope = ${JSON.stringify(envelope)};\n`);
  expect(printed.join("")).toContain('"stack"');
  expect(errorsIn(`${type}${printed.join("")}`)).toEqual([]);
  expect(errorsIn(`${type}export const e: Envelope = { version: 2, command: "", ok: true };\n`)).toHaveLength(1);
});

/** The errors of a module of TypeScript. */
function errorsIn(text: string): string[] {
  const name = join(TOP, "envelope.ts");
  const options: ts.CompilerOptions = { strict: true, noEmit: true, types: [], target: ts.ScriptTarget.ES2022 };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (path, version, ...rest) =>
    path === name ? ts.createSourceFile(path, text, version) : getSourceFile(path, version, ...rest);
  const program = ts.createProgram([name], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
