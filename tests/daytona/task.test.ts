/** Commands in sandboxes: that every value arrives as it is, in real shells, and what the sandbox is asked for. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Image } from "pithy-image";
import { pithyDaytona, type TaskOptions, type TaskSandbox } from "pithy-image/daytona";
import { Daytona, Image as SdkImage } from "sdk-latest";
import { describe, expect, onTestFinished, test } from "vitest";
import { bound } from "./bound.ts";
import { eventually } from "./calls.ts";
import { Gate } from "./gate.ts";
import { SDKS, type Sdk } from "./sdks.ts";

const { startTask } = pithyDaytona({
  daytona: new Daytona({ apiKey: "none", apiUrl: "http://127.0.0.1:1", useDeprecatedPolling: true }),
  Image: SdkImage,
});

/** What a command tells of itself. */
interface Seen {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Whether the file of its environment is still there. */
  readonly leftovers: boolean;
}

const PROBE = `
import { existsSync, writeFileSync } from "node:fs";
const [out, ...args] = process.argv.slice(2);
const leftovers = existsSync(process.env.TASK_DIRECTORY_OF_TEST ?? "/nonexistent");
writeFileSync(out, JSON.stringify({ args, env: process.env, cwd: process.cwd(), leftovers }));
`;

/** This machine as a sandbox: its disk, and one of its shells as `sh`. */
class LocalSandbox implements TaskSandbox {
  readonly modes: number[] = [];
  directory = "";
  readonly #shell: string;

  constructor(shell: string) {
    this.#shell = shell;
  }

  readonly fs = {
    createFolder: async (path: string, mode: string): Promise<void> => {
      this.directory = path;
      await mkdir(path);
      await chmod(path, Number.parseInt(mode, 8));
    },
    uploadFile: async (file: Uint8Array, path: string): Promise<void> => {
      this.modes.push((await stat(this.directory)).mode & 0o777);
      await writeFile(path, file);
    },
  };

  readonly process = {
    executeCommand: (command: string) => this.#run(command),
    createSession: async () => {},
    deleteSession: async () => {},
    executeSessionCommand: async (_: string, { command }: { command: string }) => {
      expect(await this.#run(command)).toBe(0);
      return { cmdId: "1" };
    },
  };

  async #run(command: string): Promise<number | null> {
    const bin = await mkdtemp(join(tmpdir(), "pithy-image-sh-"));
    await symlink(this.#shell, join(bin, "sh"));
    const env = { PATH: `${bin}:${process.env.PATH}`, TASK_DIRECTORY_OF_TEST: this.directory, KEPT: "kept" };
    const child = spawn(join(bin, "sh"), ["-c", command], { env, stdio: ["ignore", "ignore", "inherit"] });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    await rm(bin, { recursive: true });
    return code;
  }
}

/** Runs a command of these words in a shell, and returns what it saw. */
async function run(shell: string, scratch: string, { command: args, envVars, cwd }: TaskOptions): Promise<Seen> {
  const sandbox = new LocalSandbox(shell);
  const [probe, out] = [join(scratch, "probe.mjs"), join(scratch, "out.json")];
  await writeFile(probe, PROBE);
  await startTask(sandbox, { command: [process.execPath, probe, out, ...args], envVars, cwd });
  expect(sandbox.modes).toEqual([0o700]);
  expect(existsSync(sandbox.directory)).toBe(false);
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
  test("every value arrives as it is, and nothing in it is run", async () => {
    const directory = await scratch();
    const env = Object.fromEntries(HOSTILE.map((value, i) => [`V${i}`, value]));

    const seen = await run(shell, directory, { command: HOSTILE, envVars: env });

    expect(seen.args).toEqual(HOSTILE);
    expect(seen.env).toMatchObject({ ...env, KEPT: "kept" });
    expect(seen.leftovers).toBe(false);
    expect(existsSync("/tmp/pithy-image-pwned")).toBe(false);
  });

  test("names that a shell has uses for are variables as any other", async () => {
    const directory = await scratch();
    const env = Object.fromEntries(NAMES.map((name) => [name, `of ${name}`]));

    expect((await run(shell, directory, { command: [], envVars: env })).env).toMatchObject(env);
  });

  test.each(["a b", "-", "$(x)", "it's", "é\n", "~"])("starts in the directory %j", async (name) => {
    const directory = await scratch();
    await mkdir(join(directory, name));

    expect((await run(shell, directory, { command: [], cwd: join(directory, name) })).cwd).toBe(join(directory, name));
  });

  test("any text arrives", async () => {
    const directory = await scratch();
    const text = fc.string({ unit: "grapheme", maxLength: 30 }).filter((value) => !/[\0\p{Surrogate}]/u.test(value));
    const shellish = fc.string({ unit: fc.constantFrom(..."$`'\"\\(){}%\n \t.0123c-=;&|<>*?~#!éa"), maxLength: 30 });
    const value = fc.oneof(text, shellish);
    const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/).filter((name) => !/^(PATH|NODE_|LD_)/.test(name));

    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 5 }), fc.dictionary(key, value), async (args, env) => {
        const seen = await run(shell, directory, { command: args, envVars: env });
        expect(seen.args).toEqual(args);
        expect(seen.env).toMatchObject({ ...env });
      }),
      { numRuns: 15, seed: 44 },
    );
  });
});

/** 0.115 packs a command. */
const plain = (command: string): string => {
  const packed = /'([A-Za-z0-9+/=]+)' \| base64/.exec(command)?.[1];
  return packed === undefined ? command : Buffer.from(packed, "base64").toString();
};

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
  const sandbox = new LocalSandbox("/bin/sh");

  const starting = startTask(sandbox, options);

  await expect(starting).rejects.toMatchObject({ code: "configuration", message: expect.stringMatching(message) });
  await expect(starting).rejects.not.toThrow("word");
  expect(sandbox.directory).toBe("");
});

/** A sandbox that runs, of a fresh Daytona. */
async function running(sdk: Sdk, finished: typeof onTestFinished) {
  const pithy = await bound(sdk, finished);
  const sandbox = await pithy.createSandbox({ image: Image.base("debian:12"), ttlMinutes: 60 });
  return { ...pithy, sandbox };
}

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

    const starting = startTask(sandbox, { command: ["run"], envVars: { KEY: "secretvalue" } });
    await expect(starting).rejects.toMatchObject({ code: "timed_out", retryable: true });
    gate.open();

    await eventually(() => {
      const kinds = api.toolbox.map(({ kind }) => kind);
      expect(kinds.lastIndexOf("command")).toBeGreaterThan(kinds.indexOf("upload"));
      expect(kinds).toContain("upload");
    });
  });

  test("one that may have begun is ended, and not to be tried again", async ({ onTestFinished }) => {
    const { api, time, sandbox, startTask } = await running(sdk, onTestFinished);
    const until = async () => time.pass(60_000);
    api.fail({ answer: { path: /session\/[^/]+\/exec$/, status: "lost", until } });

    const starting = startTask(sandbox, { command: ["run"] });

    await expect(starting).rejects.toMatchObject({ code: "timed_out", retryable: false });
    expect(api.toolbox.map(({ kind }) => kind)).toContain("session-end");
  });

  test("one that is refused never began", async ({ onTestFinished }) => {
    const { api, sandbox, startTask } = await running(sdk, onTestFinished);
    api.fail({ answer: { path: /session\/[^/]+\/exec$/, status: 409, message: "busy" } });

    // 0.115 does not say with what status it was refused: it may have begun, for all that is known.
    const told = sdk.alias === "sdk-0115" ? { retryable: false } : { code: "conflict", retryable: true };
    await expect(startTask(sandbox, { command: ["run"] })).rejects.toMatchObject(told);
  });

  test("one that does not start leaves no file", async ({ onTestFinished }) => {
    const { api, sandbox, startTask } = await running(sdk, onTestFinished);
    api.fail({ answer: { method: "POST", path: /process\/session$/, status: 403, message: "no sessions" } });

    const starting = startTask(sandbox, { command: ["run"], envVars: { KEY: "secretvalue" } });

    await expect(starting).rejects.toMatchObject({
      name: "PithyDaytonaError",
      message: expect.stringContaining("no sessions"),
    });
    const { kind, body } = api.toolbox.at(-1) ?? {};
    expect({ kind, command: plain(String(body?.command)) }).toEqual({
      kind: "command",
      command: expect.stringMatching(/^rm -rf \/tmp\/pithy-image-[-0-9a-f]+$/),
    });
  });
});
