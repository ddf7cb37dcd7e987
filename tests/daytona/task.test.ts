/** Commands in sandboxes: every value arrives as it is, in real shells; and how they end, print, and are ended. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Image } from "pithy-image";
import {
  pithyDaytona,
  type StartedTask,
  type TaskOptions,
  type TaskOutput,
  type TaskOutputOptions,
} from "pithy-image/daytona";
import { ModuleKind, ScriptTarget, transpile } from "typescript";
import { describe, expect, onTestFinished, test } from "vitest";
import { bound, cleaned, failureOf } from "./bound.ts";
import { eventually } from "./calls.ts";
import { Gate } from "./gate.ts";
import { run } from "./run.ts";
import { SDKS, type Sdk } from "./sdks.ts";
import { isRunning } from "./shell-session.ts";

/** The newest SDK, where they do not differ. */
const [, , LATEST] = SDKS as [Sdk, Sdk, Sdk];

/** Minutes: time passes quickly where real commands are waited for. */
const YEAR = 365 * 24 * 60;

type Running = Awaited<ReturnType<typeof running>>;

/** A sandbox that runs, of a fresh Daytona. */
async function running(sdk: Sdk, finished: typeof onTestFinished, envVars = {}) {
  const pithy = await bound(sdk, finished);
  const sandbox = await pithy.createSandbox({ image: Image.base("debian:12"), ttlMinutes: YEAR, envVars });
  pithy.api.requests.length = 0;
  return { ...pithy, sandbox };
}

/** A task that runs some lines of a shell. */
const script = ({ startTask, sandbox }: Running, text: string): Promise<StartedTask> =>
  startTask(sandbox, { command: ["sh", "-c", text] });

/** What a command tells of itself. */
interface Seen {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What is left of the files of tasks. */
  readonly leftovers: readonly string[];
  readonly input: string;
}

const PROBE = `
import { existsSync, readFileSync, writeFileSync } from "node:fs";
const [out, ...args] = process.argv.slice(2);
const leftovers = existsSync(process.env.TASK_OF_TEST ?? "/nonexistent");
const input = readFileSync(0, "utf8");
writeFileSync(out, JSON.stringify({ args, env: process.env, cwd: process.cwd(), leftovers, input }));
`;

/** Runs a command of these words in a sandbox with a shell, and returns what it saw. */
async function probe(
  { api, sandbox, startTask }: Running,
  scratch: string,
  { command: args, envVars, cwd }: TaskOptions,
): Promise<Seen> {
  const [program, out] = [join(scratch, "probe.mjs"), join(scratch, "out.json")];
  await writeFile(program, PROBE);
  const task = await startTask(sandbox, { command: [process.execPath, program, out, ...args], envVars, cwd });
  expect(await task.wait()).toEqual({ exitCode: 0 });
  const folder = api.toolbox.findLast(({ kind }) => kind === "folder")?.body;
  expect(folder).toEqual({ path: `/tmp/${task.sessionId}`, mode: "700" });
  expect(existsSync(String(folder?.path))).toBe(false);
  return JSON.parse(await readFile(out, "utf8")) as Seen;
}

async function scratch(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "pithy-image-task-test-")));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

const HOSTILE = [
  "",
  " ",
  "\n",
  "a\n\n",
  "\\",
  "\\n\\0101\\c",
  "%b%s%",
  "'",
  '"',
  "`touch /tmp/pithy-image-pwned`",
  "$(touch /tmp/pithy-image-pwned)",
  "'; touch /tmp/pithy-image-pwned; '",
  "$PATH",
  "$'a'",
  "-n",
  "--",
  "a=b",
  "*",
  "~",
  "é\u{1F600}\u2028\u0081\u0088",
  "\t\r\u0001\u007f",
  ".",
  "x".repeat(60_000),
];

/** Names that mean something to a shell. */
const NAMES = [
  "IFS",
  "PS4",
  "ENV",
  "UID",
  "OPTIND",
  "RANDOM",
  "LC_ALL",
  "CDPATH",
  "BASH_ENV",
  "pithy_image_line",
  "_a",
  "A1",
];

const SHELLS = ["/bin/sh", "/usr/bin/dash", "/usr/bin/busybox", "/bin/bash"];

describe.each(SHELLS)("with %s", (shell) => {
  /** A sandbox whose `sh` it is. */
  async function inShell(): Promise<Running> {
    const it = await running(LATEST, onTestFinished, { KEPT: "kept" });
    it.api.shells.shell = shell;
    return it;
  }

  test("every value arrives as it is, and nothing in it is run", async () => {
    const directory = await scratch();
    const env = Object.fromEntries(HOSTILE.map((value, i) => [`V${i}`, value]));

    const seen = await probe(await inShell(), directory, { command: HOSTILE, envVars: env });

    expect(seen.args).toEqual(HOSTILE);
    expect(seen.env).toMatchObject({ ...env, KEPT: "kept" });
    expect(seen).toMatchObject({ leftovers: false, input: "" });
    expect(existsSync("/tmp/pithy-image-pwned")).toBe(false);
  });

  test("names that a shell has uses for are variables as any other", async () => {
    const directory = await scratch();
    const env = Object.fromEntries(NAMES.map((name) => [name, `of ${name}`]));

    expect((await probe(await inShell(), directory, { command: [], envVars: env })).env).toMatchObject(env);
  });

  test.each(["a b", "-", "$(x)", "it's", "é\n", "~"])("starts in the directory %j", async (name) => {
    const directory = await scratch();
    await mkdir(join(directory, name));

    expect((await probe(await inShell(), directory, { command: [], cwd: join(directory, name) })).cwd).toBe(
      join(directory, name),
    );
  });

  test("any text arrives", async () => {
    const [directory, it] = [await scratch(), await inShell()];
    const text = fc.string({ unit: "grapheme", maxLength: 30 }).filter((value) => !/[\0\p{Surrogate}]/u.test(value));
    const shellish = fc.string({ unit: fc.constantFrom(..."$`'\"\\(){}%\n \t.0123c-=;&|<>*?~#!éa"), maxLength: 30 });
    const value = fc.oneof(text, shellish);
    const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((name) => !/^(PATH|NODE_|LD_)/.test(name));

    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 5 }), fc.dictionary(key, value), async (args, env) => {
        const seen = await probe(it, directory, { command: args, envVars: env });
        expect(seen.args).toEqual(args);
        expect(seen.env).toMatchObject({ ...env });
      }),
      { numRuns: 15, seed: 44 },
    );
  });
});

test.each<[string, TaskOptions, RegExp]>([
  ["a NUL", { command: ["a"], envVars: { SECRET: "pass\0word" } }, /`SECRET` contains a NUL/],
  ["an unpaired surrogate", { command: ["a", "\ud800"] }, /`command` contains a NUL or an unpaired surrogate/],
  ["a name of a variable", { command: ["a"], envVars: { "A;B": "" } }, /`A;B` is not the name of a variable/],
  ["no program", { command: [] }, /`command` has no program/],
  ["a string for an array", { command: "run" as unknown as string[] }, /`command` must be an array of strings/],
  ["a number in the command", { command: ["a", 1] as string[] }, /`command\[1\]` must be a string, got 1/],
  [
    "a number in the environment",
    { command: ["a"], envVars: { A: 1 } as never },
    /`envVars\["A"\]` must be a string, got 1/,
  ],
  [
    "no environment",
    { command: ["a"], envVars: null as never, cwd: 1 as never },
    /`envVars` must be .* `cwd` must be a string/,
  ],
  [
    "the name of another option",
    { command: ["a"], env: { A: "1" } } as never,
    /`env` is not an option. Did you mean `envVars`\?/,
  ],
  ["a program that `env` would take for a variable", { command: ["a=b"] }, /`a=b` is not the name of a program/],
])("%s is refused before anything is sent", async (_, options, message) => {
  const { api, sandbox, startTask } = await running(LATEST, onTestFinished);

  const starting = startTask(sandbox, options);

  await expect(starting).rejects.toMatchObject({ code: "configuration", message: expect.stringMatching(message) });
  await expect(starting).rejects.not.toThrow("word");
  expect(api.requests).toEqual([]);
});

describe.concurrent.each(SDKS)("$name", (sdk) => {
  test("values are in a private file alone, and the command is always the same", async ({ onTestFinished }) => {
    const { api, sandbox, startTask } = await running(sdk, onTestFinished);

    const tasks = [
      await startTask(sandbox, { command: ["run", "secretarg"], envVars: { KEY: "secretvalue" }, cwd: "/secretcwd" }),
      await startTask(sandbox, { command: ["run"] }),
    ];

    expect(api.toolbox.map(({ kind }) => kind)).toEqual(
      tasks.flatMap(() => ["folder", "upload", "session", "session-command"]),
    );
    expect(api.toolbox[0]?.body).toEqual({ path: `/tmp/${tasks[0]?.sessionId}`, mode: "700" });
    const upload = api.toolbox[1]?.files[0];
    expect(upload?.path).toBe(`/tmp/${tasks[0]?.sessionId}/task`);
    expect(upload?.content.toString()).toBe("/secretcwd\nKEY=secretvalue\nrun\nsecretarg\n");
    const commands = api.toolbox.filter(({ kind }) => kind === "session-command");
    expect(JSON.stringify(commands)).not.toContain("secret");
    const texts = commands.map(({ body, session }) => String(body.command).replace(String(session), "…"));
    expect(texts[0]).toBe(texts[1]);
    const command = await sandbox.process.getSessionCommand(tasks[0]?.sessionId ?? "", tasks[0]?.commandId ?? "");
    expect(command.id).toBe(tasks[0]?.commandId);
  });

  test("a file that arrives after the deadline is taken away", async ({ onTestFinished }) => {
    const { api, time, sandbox, startTask } = await running(sdk, onTestFinished);
    const gate = new Gate();
    api.fail({ answer: { path: /bulk-upload$/, until: gate.until } });
    void gate.arrived.then(() => time.pass(60_000));

    const error = await failureOf(startTask(sandbox, { command: ["run"], envVars: { KEY: "secretvalue" } }));
    const leftBehind = expect.stringMatching(
      `^the file \`/tmp/pithy-image-[-0-9a-f]+/task\` in sandbox ${sandbox.id}, until that is deleted$`,
    );
    expect(error).toMatchObject({ code: "timed_out", retryable: true, leftBehind });
    gate.open();
    expect(await error.cleanedUp).toEqual({});

    const kinds = api.toolbox.map(({ kind }) => kind);
    expect(kinds).toContain("upload");
    expect(kinds.lastIndexOf("command")).toBeGreaterThan(kinds.indexOf("upload"));
  });

  test("a file that never arrives, or cannot be taken away, is said to remain", async ({ onTestFinished }) => {
    const { api, time, sandbox, startTask } = await running(sdk, onTestFinished);
    const gate = new Gate();
    onTestFinished(gate.open);
    api.fail({ answer: { path: /bulk-upload$/, until: gate.until } });
    api.fail({ answer: { path: /process\/execute$/, status: 403, times: Number.POSITIVE_INFINITY } });
    void gate.arrived.then(() => time.pass(60_000));

    const error = await failureOf(startTask(sandbox, { command: ["run"] }));

    expect(error.leftBehind).toMatch(/^the file/);
    expect(await error.cleanedUp).toEqual({ leftBehind: error.leftBehind });
  });

  test("one that may have begun is ended, and not to be tried again", async ({ onTestFinished }) => {
    const { api, time, sandbox, startTask } = await running(sdk, onTestFinished);
    const until = async () => time.pass(60_000);
    api.fail({ answer: { path: /session\/[^/]+\/exec$/, status: "lost", until } });

    const error = await cleaned(startTask(sandbox, { command: ["run"] }));

    expect(error).toMatchObject({ code: "timed_out", retryable: false });
    expect(error.leftBehind).toMatch(/^the task, or the file/);
    expect(api.toolbox.map(({ kind }) => kind)).toContain("session-end");
  });

  test.for([
    ["a folder", /\/files\/folder/],
    ["a file", /\/files\/bulk-upload$/],
    ["a session", /\/process\/session$/],
  ] as const)("%s is requested again, however its request fails", async ([, path], { onTestFinished }) => {
    const { api, time, sandbox, startTask } = await running(sdk, onTestFinished);
    api.fail({ answer: { method: "POST", path, status: 429, retryAfter: 20 } });
    for (const status of [502, "reset", "cut"] as const) api.fail({ answer: { method: "POST", path, status } });
    const begin = time.elapsed;

    const task = await startTask(sandbox, { command: ["sh", "-c", "exit 3"] });

    expect(await task.wait()).toEqual({ exitCode: 3 });
    expect(api.requests.filter((request) => request.method === "POST" && path.test(request.path))).toHaveLength(5);
    expect(time.elapsed - begin).toBeGreaterThanOrEqual(20_000);
  });

  test("one that is refused never began", async ({ onTestFinished }) => {
    const { api, sandbox, startTask } = await running(sdk, onTestFinished);
    api.fail({ answer: { path: /session\/[^/]+\/exec$/, status: 409, message: "busy" } });

    const told = { code: "conflict", retryable: true, leftBehind: expect.stringMatching(/^the file/) };
    expect(await cleaned(startTask(sandbox, { command: ["run"] }))).toMatchObject(told);
  });

  test("one that does not start leaves no file", async ({ onTestFinished }) => {
    const { api, sandbox, startTask } = await running(sdk, onTestFinished);
    api.fail({ answer: { method: "POST", path: /process\/session$/, status: 403, message: "no sessions" } });

    const error = await cleaned(startTask(sandbox, { command: ["run"], envVars: { KEY: "secretvalue" } }));

    expect(error.message).toContain("no sessions");
    const { kind, body } = api.toolbox.at(-1) ?? {};
    const removal = expect.stringMatching(/^rm -rf \/tmp\/pithy-image-[-0-9a-f]+$/);
    expect({ kind, command: body?.command }).toEqual({ kind: "command", command: removal });
    expect(existsSync(String(body?.command).slice("rm -rf ".length))).toBe(false);
  });
});

/** All parts of an output. */
async function partsOf(output: AsyncIterable<TaskOutput>): Promise<TaskOutput[]> {
  const parts: TaskOutput[] = [];
  for await (const part of output) parts.push(part);
  return parts;
}

/** All that a task prints. */
async function printed(task: StartedTask, options?: TaskOutputOptions): Promise<Record<"stdout" | "stderr", string>> {
  const texts = { stdout: "", stderr: "" };
  for (const { stream, text } of await partsOf(task.output(options))) texts[stream] += text;
  return texts;
}

/** Does something while a request is held that is never answered. */
function never(meanwhile: () => void): Promise<void> {
  meanwhile();
  return new Promise(() => {});
}

const COMMAND = /\/command\/[^/]+$/;
const LOGS = /\/logs$/;

describe.concurrent.each(SDKS)("a task, $name", (sdk) => {
  test.for<[string, string, number]>([
    ["succeeds", "true", 0],
    ["fails", "exit 3", 3],
    ["is ended by a signal", "kill -9 $$", 137],
    ["is ended by a signal that it may catch", "kill -15 $$", 143],
  ])("that %s has an exit code", async ([, text, exitCode], { onTestFinished }) => {
    const task = await script(await running(sdk, onTestFinished), text);

    expect(await task.wait()).toEqual({ exitCode });
    expect(await task.wait()).toEqual({ exitCode });
  });

  test("prints each part once, and is found again by its ids", async ({ onTestFinished }) => {
    const it = await running(sdk, onTestFinished);
    const task = await script(it, "echo hé; echo oh >&2; printf last");
    const saved = JSON.parse(JSON.stringify(task));

    const again = it.resumeTask(await it.client.get(it.sandbox.id), saved);
    const parts = await partsOf(again.output());

    expect(saved).toEqual({ sessionId: task.sessionId, commandId: task.commandId });
    expect(await printed(task)).toEqual({ stdout: "hé\nlast\n", stderr: "oh\n" });
    for (const [i, { offset }] of parts.entries()) {
      expect(await partsOf(again.output({ from: offset }))).toEqual(parts.slice(i + 1));
    }
  });

  test("that is cancelled ends with its children", async ({ onTestFinished }) => {
    const it = await running(sdk, onTestFinished);
    it.api.shells.grace = 50;
    const task = await script(it, "trap '' TERM; sleep 1000 & echo $!; wait; sleep 1000");
    const { value } = await task.output().next();
    const child = String(value?.text).trim();
    expect(isRunning(child)).toBe(true);

    const waiting = failureOf(task.wait());
    await task.cancel();
    await task.cancel();

    expect(isRunning(child)).toBe(false);
    const told = { code: "gone", retryable: false, id: it.sandbox.id, message: expect.stringMatching(/was cancelled/) };
    expect(await waiting).toMatchObject(told);
    expect(await failureOf(printed(task))).toMatchObject(told);
    expect(await failureOf(it.resumeTask(it.sandbox, task).wait())).toMatchObject(told);
  });

  test("that is cancelled before it began leaves no file", async ({ onTestFinished }) => {
    const it = await running(sdk, onTestFinished);
    it.api.fail({ command: { exitCode: 0 } });
    const task = await script(it, "true");
    expect(existsSync(`/tmp/${task.sessionId}`)).toBe(true);

    await task.cancel();

    expect(existsSync(`/tmp/${task.sessionId}`)).toBe(false);
  });

  test.for(["stopped", "archived", "destroyed", "error"])(
    "in a sandbox that is %s says so",
    async (end, { onTestFinished }) => {
      const it = await running(sdk, onTestFinished);
      const task = await script(it, "sleep 1000");
      const waiting = failureOf(task.wait());
      await eventually(() =>
        expect(it.api.requests.filter(({ path }) => COMMAND.test(path)).length).toBeGreaterThan(2),
      );

      it.api.sandboxes[0]?.settle(end as never);

      // One that is created with 0.115 is deleted when it stops.
      const state = end === "stopped" && sdk.alias === "sdk-0115" ? "destroyed" : end;
      const message = expect.stringMatching(`^Sandbox \`${it.sandbox.id}\` is \`${state}\`, and the task with it\\.`);
      const told = { code: "gone", retryable: false, id: it.sandbox.id, state, message };
      expect(await waiting).toMatchObject(told);
      expect(await failureOf(printed(task))).toMatchObject(told);
      expect(await failureOf(script(it, "true"))).toMatchObject(told);
      await task.cancel(); // nothing runs
    },
  );

  test("lives through lost connections and refusals", async ({ onTestFinished }) => {
    const it = await running(sdk, onTestFinished);
    const task = await script(it, "echo a; echo b");
    // Newer SDKs know where the sandbox is.
    if (sdk.alias === "sdk-0115") it.api.fail({ answer: { path: "/config", status: 502, times: 12 } });
    for (const path of [COMMAND, LOGS]) {
      it.api.fail({ answer: { path, status: 502, times: 5 } });
      it.api.fail({ answer: { path, status: "reset", times: 3 } });
      it.api.fail({ answer: { path, status: 400, message: "failed to get runner info" } });
    }

    expect(await printed(it.resumeTask(it.sandbox, task))).toEqual({ stdout: "a\nb\n", stderr: "" });
    expect(it.api.faults.left).toBe(0);
  });
});

describe("the output of a task", () => {
  test("is whole wherever connections are cut, in characters and marks too", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "echo 'né€\u{1F600}'; echo 'é€' >&2; printf 'é\\n\\nz'");
    await task.wait();
    const whole = { stdout: "né€\u{1F600}\né\n\nz\n", stderr: "é€\n" };
    const length = new TextEncoder().encode(whole.stdout + whole.stderr).length + 5 * 3;

    for (let cutAfter = 0; cutAfter <= length; cutAfter++) {
      it.api.fail({ output: { cutAfter } });
      it.api.fail({ output: { cutAfter: Math.ceil((cutAfter + length) / 2) } });
      expect(await printed(task)).toEqual(whole);
    }
    expect(it.api.faults.left).toBe(0);
  });

  test("has what a program prints that resembles marks or an end", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const lines = [
      "\\001\\001\\001",
      "\\002\\002\\002no error",
      "a\\002\\002\\002\\001",
      '{"exitCode":0}',
      "\\357\\273\\277\\r\\033[1mé",
    ];
    const task = await script(it, `printf '${lines.join("\\n")}\\n\\n'; printf '\\001\\001\\001\\001' >&2; exit 7`);

    expect(await task.wait()).toEqual({ exitCode: 7 });
    expect(await printed(task)).toEqual({
      stdout:
        '\u0001\u0001\u0001\n\u0002\u0002\u0002no error\na\u0002\u0002\u0002\u0001\n{"exitCode":0}\n\ufeff\r\u001b[1mé\n\n',
      stderr: "\u0001\u0001\u0001\u0001\n",
    });
  });

  test("may be one line of nothing but marks, longer than any part", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "head -c 300001 /dev/zero | tr '\\0' '\\002'; printf '\\n\\001\\n' >&2");

    const texts = await printed(task);

    expect(texts.stdout === `${"\u0002".repeat(300_001)}\n`).toBe(true);
    expect(texts.stderr).toBe("\n\u0001\n");
  });

  test("may end anywhere", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "echo a; echo é");
    await task.wait();
    for (const [endsAfter, stdout] of [
      [9, "a\n\ufffd"],
      [7, "a\n\u0001\u0001"],
      [5, "a\n"],
    ] as const) {
      it.api.fail({ output: { endsAfter } });
      expect(await printed(task)).toEqual({ stdout, stderr: "" });
    }
  });

  test("may be no text", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "printf 'a\\377\\n\\303\\n\\342\\202'");

    expect(await printed(task)).toEqual({ stdout: "a\ufffd\n\ufffd\n\ufffd\n", stderr: "" });
  });

  test("comes while the command runs, and the command waits for nobody", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const directory = await scratch();
    const gate = join(directory, "gate");
    const task = await script(it, `echo one; until [ -e '${gate}' ]; do sleep 0.01; done; echo two`);
    const output = task.output();

    expect(await output.next()).toMatchObject({ value: { text: "one\n" } });
    await writeFile(gate, "");
    expect(await output.next()).toMatchObject({ value: { text: "two\n" } });
    expect(await output.next()).toEqual({ done: true, value: undefined });
  });

  test("is read from servers that have it as JSON only", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "echo é; echo oh >&2");
    await task.wait();
    it.api.fail({ output: { isJson: true } });

    expect(await printed(task)).toEqual({ stdout: "é\n", stderr: "oh\n" });
  });

  test("is the same from any offset of any parts", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "for i in 1 2 3 4 5 6; do echo é$i; echo €$i >&2; done");
    await task.wait();
    const whole = await printed(task);

    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 120 }), async (cutAfter) => {
        it.api.fail({ output: { cutAfter } });
        const texts = { stdout: "", stderr: "" };
        let from = 0;
        // Each part by another process.
        for (let isEnd = false; !isEnd; ) {
          const { value, done } = await it.resumeTask(it.sandbox, task).output({ from }).next();
          if (value) [texts[value.stream], from] = [texts[value.stream] + value.text, value.offset];
          isEnd = done ?? false;
        }
        expect(texts).toEqual(whole);
      }),
      { numRuns: 30, seed: 16 },
    );
  });
});

describe("a command that is started", () => {
  test.each<[string, Partial<TaskOptions>, number]>([
    ["without its program", { command: ["/none"] }, 127],
    ["with a program that is none", { command: ["/etc/passwd"] }, 126],
    ["in a directory that does not exist", { cwd: "/none" }, 126],
  ])("%s has the exit code of a shell", async (_, options, exitCode) => {
    const { sandbox, startTask } = await running(LATEST, onTestFinished);

    expect(await (await startTask(sandbox, { command: ["true"], ...options })).wait()).toEqual({ exitCode });
  });

  test("has ended when all have that hold its output", async () => {
    const it = await running(LATEST, onTestFinished);
    const gate = join(await scratch(), "gate");
    const task = await script(it, `{ until [ -e '${gate}' ]; do sleep 0.01; done; echo late; } & echo soon; exit 4`);
    const output = task.output();

    expect(await output.next()).toMatchObject({ value: { text: "soon\n" } });
    expect(await failureOf(task.wait({ deadline: 5 }))).toMatchObject({ code: "timed_out" });
    await writeFile(gate, "");
    expect(await output.next()).toMatchObject({ value: { text: "late\n" } });
    expect(await task.wait()).toEqual({ exitCode: 4 });
  });
});

test("the route of the documentation streams an output, and goes on where a browser left it", async () => {
  const it = await running(LATEST, onTestFinished);
  const gate = join(await scratch(), "gate");
  const task = await script(it, `echo one; until [ -e '${gate}' ]; do sleep 0.01; done; echo two >&2; exit 5`);
  const text = await readFile(new URL("../../docs/production.md", import.meta.url), "utf8");
  const [, route = ""] = /```ts\n(\/\/ app\/tasks\/output\/.*?)```/s.exec(text) ?? [];
  const found = { GET: (_: Request): Promise<Response> => Promise.reject(new Error("no route")) };
  const load = () => ({ daytona: it.client, resumeTask: it.resumeTask });
  new Function("exports", "require", transpile(route, { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 }))(
    found,
    load,
  );
  const { sessionId: session, commandId: command } = task;
  const url = `http://localhost/tasks/output?${new URLSearchParams({ sandbox: it.sandbox.id, session, command })}`;
  const leaving = new AbortController();

  const response = await found.GET(new Request(url, { signal: leaving.signal }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const first = await reader?.read();
  leaving.abort();
  await writeFile(gate, "");
  const [, id = ""] = /^id: (\d+)\n/.exec(first?.value ?? "") ?? [];
  const rest = await found.GET(new Request(url, { headers: { "last-event-id": id } }));

  expect(first?.value).toBe(`id: ${id}\nevent: stdout\ndata: "one\\n"\n\n`);
  await expect(reader?.read()).rejects.toThrow("Aborted by the caller's signal");
  expect(rest.headers.get("content-type")).toBe("text/event-stream");
  expect(await rest.text()).toMatch(
    /^id: \d+\nevent: stderr\ndata: "two\\n"\n\nevent: end\ndata: \{"exitCode":5\}\n\n$/,
  );
});

describe("a call of a task", () => {
  test("gives up when a running sandbox does not respond for long", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "sleep 1000");
    const began = it.time.now();
    it.api.fail({ answer: { path: /\/toolbox\//, status: 502, times: Number.POSITIVE_INFINITY } });

    for (const call of [() => task.wait(), () => printed(task), () => task.cancel()]) {
      expect(await failureOf(call())).toMatchObject({ code: "network", retryable: true, status: 502 });
    }
    expect(it.time.now() - began).toBeGreaterThan(30_000);
    it.api.faults.clear();
    it.api.fail({ answer: { path: LOGS, status: 502, times: Number.POSITIVE_INFINITY } });
    expect(await failureOf(printed(task))).toMatchObject({ code: "network", retryable: true, status: 502 });
  });

  test("is not cancelled by a cancel that was refused", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "exit 6");
    it.api.fail({ answer: { method: "DELETE", status: 403, message: "no" } });

    expect(await failureOf(task.cancel())).toMatchObject({ code: "configuration", status: 403 });
    expect(await task.wait()).toEqual({ exitCode: 6 });
  });

  test("says that the task was cancelled, also when it ends meanwhile", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "true");
    await it.resumeTask(it.sandbox, task).wait();
    const [looked, deleted] = [new Gate(), new Gate()];
    it.api.fail({ answer: { path: COMMAND, until: looked.until } });
    it.api.fail({ answer: { method: "DELETE", until: deleted.until } });

    const waiting = failureOf(task.wait());
    await looked.arrived;
    const cancelling = task.cancel();
    await deleted.arrived;
    looked.open();

    expect(await waiting).toMatchObject({ code: "gone" });
    deleted.open();
    await cancelling;
  });

  test("is aborted while it reads", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "echo a");
    const stop = new AbortController();
    it.api.fail({ answer: { path: LOGS, until: () => never(() => stop.abort()) } });

    expect(await failureOf(printed(task, { signal: stop.signal }))).toMatchObject({ code: "aborted" });
  });

  test("does not wait for what never comes", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "echo a");
    const until = () => never(() => it.time.pass(60_000));
    for (const path of [COMMAND, LOGS]) it.api.fail({ answer: { path, until } });

    expect(await printed(task)).toEqual({ stdout: "a\n", stderr: "" });
    expect(it.api.faults.left).toBe(0);
  });

  test("reads a log the less often, the longer it is", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "yes 0123456789abcde | head -n 131072; sleep 1000"); // 2 MiB, and the marks
    const stop = new AbortController();
    let length = 0;
    const reading = (async () => {
      for await (const { text } of task.output({ signal: stop.signal })) length += text.length;
    })();
    const aborted = failureOf(reading);
    const reads = () => it.api.requests.filter(({ path }) => LOGS.test(path)).length;
    await eventually(() => expect(length).toBe(2 ** 21));
    const [began, before] = [it.time.now(), reads()];

    await eventually(() => expect(it.time.now() - began).toBeGreaterThan(100_000));
    stop.abort();

    expect(await aborted).toMatchObject({ code: "aborted" });
    const seconds = (it.time.now() - began) / 1_000 / (reads() - before);
    expect(seconds).toBeGreaterThan(8);
    expect(seconds).toBeLessThan(15);
  });

  test("is refused at once with a key that may not", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const task = await script(it, "sleep 1000");
    it.api.fail({ answer: { path: COMMAND, status: 403, message: "no" } });

    expect(await failureOf(task.wait())).toMatchObject({ code: "configuration", status: 403 });
  });

  test("looks at once, and then less and less often", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const { sessionId, commandId } = await script(it, "sleep 1000");
    const stop = new AbortController();
    const pauses: number[] = [];
    const pause = (milliseconds: number, done: () => void) => {
      pauses.push(milliseconds);
      if (pauses.length === 120) stop.abort();
      return it.time.pause(milliseconds, done);
    };
    const { resumeTask } = pithyDaytona({
      daytona: it.client,
      Image: (await LATEST.load()).Image,
      clock: { now: it.time.now, pause, limit: it.time.limit },
    });

    const task = resumeTask(it.sandbox, { sessionId, commandId });
    expect(await failureOf(task.wait({ signal: stop.signal }))).toMatchObject({ code: "aborted" });

    let waited = 0;
    for (const milliseconds of pauses) {
      expect(milliseconds).toBeCloseTo(Math.min(1_000, Math.max(50, waited / 20)));
      waited += milliseconds;
    }
    expect(pauses[0]).toBe(50);
    expect(pauses.at(-1)).toBe(1_000);
  });

  test("ends at its deadline, and the task goes on", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    const gate = join(await scratch(), "gate");
    const task = await script(it, `until [ -e '${gate}' ]; do sleep 0.01; done`);

    expect(await failureOf(task.wait({ deadline: 5 }))).toMatchObject({ code: "timed_out" });
    expect(await failureOf(printed(task, { deadline: 5 }))).toMatchObject({ code: "timed_out" });
    await writeFile(gate, "");
    expect(await task.wait()).toEqual({ exitCode: 0 });
  });

  test("that was not answered starts no command a second time", async ({ onTestFinished }) => {
    const it = await running(LATEST, onTestFinished);
    it.api.fail({ answer: { path: /\/exec$/, status: "cut" } });

    expect(await cleaned(script(it, "true"))).toMatchObject({ code: "network", retryable: false });
    expect(it.api.toolbox.map(({ kind }) => kind).filter((kind) => kind.startsWith("session-"))).toEqual([
      "session-command",
      "session-end",
    ]);
  });

  test.each<[string, (it: Running, task: StartedTask) => unknown, RegExp]>([
    ["an offset", (_, task) => task.output({ from: -1 }), /`from` must be/],
    ["a deadline", (_, task) => task.wait({ deadline: 0 }), /`deadline` must be a positive number/],
    ["an id", (it) => it.resumeTask(it.sandbox, { sessionId: "a" } as never), /`commandId` must be/],
    [
      "a sandbox",
      (it) => it.resumeTask({} as never, { sessionId: "a", commandId: "b" }),
      /`sandbox` must be a sandbox/,
    ],
  ])("refuses %s that is none", async (_, call, message) => {
    const it = await running(LATEST, onTestFinished);
    const task = it.resumeTask(it.sandbox, { sessionId: "a", commandId: "b" });

    const calling = (async () => call(it, task))();

    expect(await failureOf(calling)).toMatchObject({ code: "configuration", message: expect.stringMatching(message) });
  });

  test.each([SDKS[0], LATEST])("prints no key, whatever fails: $name", async (sdk) => {
    const it = await running(sdk as Sdk, onTestFinished);
    const body = `
      const { startTask, resumeTask } = pithy.pithyDaytona({ daytona, Image: sdk.Image, clock });
      const sandbox = await daytona.get(options.id);
      const task = resumeTask(sandbox, { sessionId: "none", commandId: "none" });
      const start = () => startTask(sandbox, { command: ["true"] });
      for (const call of [() => task.wait(), () => task.output().next(), () => task.cancel(), start]) {
        await call().catch((error) => console.log(error));
      }`;
    it.api.fail({ answer: { path: /files/, status: 403 } });

    const { code, stdout, stderr } = await run(it, { sdk: sdk as Sdk, body, options: { id: it.sandbox.id } });

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("no longer in sandbox");
    expect(stdout).toContain("Daytona refused to start the task");
    expect(stdout).not.toContain(it.config.apiKey);
  });

  test("ends with its process, and keeps nothing of a long output", async () => {
    const it = await running(LATEST, onTestFinished);
    const body = `
      const { startTask } = pithy.pithyDaytona({ daytona, Image: sdk.Image, clock });
      const sandbox = await daytona.get(options.id);
      const task = await startTask(sandbox, { command: ["sh", "-c", "yes 'a line of some length, as they are: é' | head -n 2500000"] });
      let [characters, before] = [0, process.resourceUsage().maxRSS];
      for await (const { text } of task.output()) characters += text.length;
      const end = process.resourceUsage().maxRSS;
      const other = await startTask(sandbox, { command: ["sh", "-c", "echo; sleep 1000"] });
      for await (const _ of other.output()) break;
      await other.output().next(); // and no more
      await other.wait({ signal: AbortSignal.abort() }).catch(() => {});
      console.log(JSON.stringify({ characters, megabytes: (end - before) / 1024 }));`;

    const { code, stdout, stderr } = await run(it, { sdk: LATEST, body, options: { id: it.sandbox.id } });

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { characters, megabytes } = JSON.parse(stdout) as { characters: number; megabytes: number };
    expect(characters).toBe(2_500_000 * "a line of some length, as they are: é\n".length);
    expect(megabytes).toBeLessThan(100);
  });
});
