/**
 * What runs in a sandbox and answers there: it records what it is asked, and runs commands in real shells of this machine.
 * Of the disk only `/tmp` is there, which is this machine's.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Process } from "sdk-latest";
import type { Build } from "./build.ts";
import type { Faults } from "./faults.ts";
import { type Call, type Json, Refusal, type Route, strings } from "./http.ts";
import type { Sandboxes } from "./sandboxes.ts";
import { ended, MARKS, type SessionCommand, ShellSession, type Surroundings } from "./shell-session.ts";

/** A file that was uploaded into a sandbox. */
export interface UploadedFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Something that was asked of a sandbox. */
export interface ToolboxCall {
  readonly sandboxId: string;
  readonly kind: "session" | "session-command" | "session-end" | "command" | "upload" | "folder" | "permissions";
  /** The id of the session, for what belongs to one. */
  readonly session?: string;
  /** The parsed JSON; for files, what the query says. */
  readonly body: Json;
  readonly files: readonly UploadedFile[];
}

/** The answers, as the generated client has them. */
type SessionAnswer = Awaited<ReturnType<Process["getSession"]>>;
type CommandAnswer = Awaited<ReturnType<Process["getSessionCommand"]>>;
type ExecAnswer = Partial<Awaited<ReturnType<Process["executeSessionCommand"]>>> & { readonly cmdId: string };
type LogsAnswer = Required<Pick<ExecAnswer, "output" | "stdout" | "stderr">>;
interface ExecuteAnswer {
  readonly exitCode: number;
  readonly result: string;
}

/** Milliseconds between two looks at a log that is followed. */
const FOLLOW = 20;

/** Milliseconds that a command has to end by itself when its session is deleted. */
const GRACE = 5_000;

/** The routes of all sandboxes' toolboxes. */
export class Toolbox {
  /** Everything that was asked, in the order of arrival; not what was only looked at. */
  readonly calls: ToolboxCall[] = [];
  /** The file of the shell that is `sh` in sandboxes. */
  shell = "/bin/sh";
  grace = GRACE;
  readonly #sandboxes: Sandboxes;
  readonly #faults: Faults;
  readonly #sessions = new Map<string, ShellSession>();
  #directory: string | undefined;

  constructor(sandboxes: Sandboxes, faults: Faults) {
    this.#sandboxes = sandboxes;
    this.#faults = faults;
  }

  readonly routes: readonly Route[] = [
    ["POST", /^\/toolbox\/([^/]+)\/process\/session$/, (call) => this.#createSession(call)],
    ["GET", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)$/, (call) => this.#getSession(call)],
    ["DELETE", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)$/, (call) => this.#endSession(call)],
    ["POST", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)\/exec$/, (call) => this.#runInSession(call)],
    ["GET", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)\/command\/([^/]+)$/, (call) => this.#getCommand(call)],
    ["GET", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)\/command\/([^/]+)\/logs$/, (call) => this.#logs(call)],
    ["POST", /^\/toolbox\/([^/]+)\/process\/execute$/, (call) => this.#run(call)],
    ["POST", /^\/toolbox\/([^/]+)\/files\/bulk-upload$/, (call) => this.#upload(call)],
    ["POST", /^\/toolbox\/([^/]+)\/files\/(folder|permissions)$/, (call) => this.#changeFiles(call)],
  ];

  /** Ends everything that runs. */
  async end(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.end(0)));
    if (this.#directory) rmSync(this.#directory, { recursive: true, force: true });
  }

  #createSession(call: Call): void {
    const sessionId = String(call.body.sessionId);
    this.#record(call, "session", { session: sessionId });
    if (this.#sessions.has(key(call, sessionId))) throw new Refusal(409, "session already exists");
    const session = new ShellSession(sessionId, this.#surroundings(call));
    this.#sessions.set(key(call, sessionId), session);
  }

  #getSession(call: Call): SessionAnswer {
    this.#running(call);
    const { sessionId, commands } = this.#session(call);
    return { sessionId, commands: commands.map(answerOf) };
  }

  async #endSession(call: Call): Promise<void> {
    this.#running(call);
    const session = this.#session(call);
    this.#record(call, "session-end", { session: session.sessionId });
    await session.end(this.grace);
    this.#sessions.delete(key(call, session.sessionId));
  }

  /** A command that is not waited for has no exit code yet in the answer. */
  async #runInSession(call: Call): Promise<ExecAnswer> {
    this.#running(call);
    const session = this.#session(call);
    this.#record(call, "session-command", { session: session.sessionId });
    const arranged = this.#faults.takeCommand();
    const { command, runAsync, async: isAsync } = call.body;
    const [cmdId, text] = [randomUUID(), String(command)];
    const isWaitedFor = !(runAsync || isAsync);
    const started = arranged ? session.pretend(cmdId, text, arranged) : session.start(cmdId, text, isWaitedFor);
    if (!isWaitedFor) return { cmdId };
    const exitCode = await ended(started);
    return { cmdId, exitCode, ...split(await readFile(started.log)) };
  }

  #getCommand(call: Call): CommandAnswer {
    this.#running(call);
    return answerOf(this.#command(call));
  }

  /** The whole log: JSON for those who say a version since 0.167, bytes with marks for older ones, without marks for others. */
  async #logs(call: Call): Promise<LogsAnswer | undefined> {
    this.#running(call);
    const command = this.#command(call);
    const { response, query } = call;
    const version = String(response.req.headers["x-daytona-sdk-version"] ?? "");
    const { cutAfter, endsAfter, isJson } = this.#faults.takeOutput() ?? {};
    if (query.get("follow") === "true") return follow(command, response);
    const log = (await readFile(command.log)).subarray(0, cutAfter ?? endsAfter);
    if (isJson || Number(version.split(".")[1]) >= 167) return split(log);
    response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
    const content = version === "" ? withoutMarks(log) : log;
    if (cutAfter === undefined) response.end(content);
    else response.write(content, () => response.destroy());
    return undefined;
  }

  async #run(call: Call): Promise<ExecuteAnswer> {
    this.#record(call, "command");
    const arranged = this.#faults.takeCommand();
    if (arranged) return { exitCode: arranged.exitCode, result: arranged.output ?? "" };
    const { command, cwd, envs } = call.body;
    const { env, directory } = this.#surroundings(call);
    const child = spawn("sh", { env: { ...env, ...strings(envs) }, cwd: typeof cwd === "string" ? cwd : directory });
    let result = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (result += chunk));
    child.stdin.on("error", () => {}).end(String(command));
    const exitCode = await new Promise<number>((resolve) => {
      child.on("error", () => resolve(-1)).on("close", (code) => resolve(code ?? -1));
    });
    return { exitCode, result };
  }

  /** The form has pairs: `files[0].path` and `files[0].file`. */
  async #upload(call: Call): Promise<void> {
    if (!(call.body instanceof FormData)) throw new Refusal(400, "the body is not a form");
    const files: UploadedFile[] = [];
    for (const [name, value] of call.body) {
      if (typeof value === "string") continue;
      const path = call.body.get(name.replace(/file$/, "path"));
      files.push({ path: String(path), content: Buffer.from(await value.arrayBuffer()) });
    }
    this.#record({ ...call, body: {} }, "upload", { files });
    for (const { path, content } of files.filter(isThere)) {
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, content);
    }
  }

  #changeFiles(call: Call): void {
    const kind = call.params[1] === "folder" ? "folder" : "permissions";
    const { path = "", mode = "755" } = Object.fromEntries(call.query);
    this.#record({ ...call, body: { path, mode } }, kind);
    if (kind === "folder" && isThere({ path })) mkdirSync(path, { recursive: true, mode: Number.parseInt(mode, 8) });
  }

  /** A directory of its own, and the variables of the sandbox; `sh` is the chosen shell. */
  #surroundings(call: Call): Surroundings {
    this.#directory ??= mkdtempSync(join(tmpdir(), "pithy-image-sandboxes-"));
    const directory = join(this.#directory, randomUUID());
    const bin = join(directory, "bin");
    mkdirSync(bin, { recursive: true });
    symlinkSync(this.shell, join(bin, "sh"));
    const { env } = this.#running(call).request;
    return { directory, env: { PATH: `${bin}:${process.env.PATH}`, HOME: directory, ...strings(env) } };
  }

  #session(call: Call): ShellSession {
    const [, id = ""] = call.params;
    const session = this.#sessions.get(key(call, id));
    if (!session) throw new Refusal(404, "session not found");
    return session;
  }

  #command(call: Call): SessionCommand {
    const [, , id = ""] = call.params;
    const command = this.#session(call).commands.find((candidate) => candidate.id === id);
    if (!command) throw new Refusal(404, "command not found");
    return command;
  }

  /** The sandbox that is asked: what it is asked counts as activity. Nothing survives that it was not running. */
  #running({ params: [id = ""] }: Pick<Call, "params">): Build {
    const sandbox = this.#sandboxes.find(id);
    if (sandbox.state !== "started") {
      for (const [at, session] of this.#sessions) {
        if (!at.startsWith(`${id}/`)) continue;
        this.#sessions.delete(at);
        void session.end(0);
      }
      throw new Refusal(400, "no IP address found. Is the Sandbox started?");
    }
    sandbox.touch();
    return sandbox;
  }

  #record(
    call: Pick<Call, "params" | "body">,
    kind: ToolboxCall["kind"],
    more: Partial<Pick<ToolboxCall, "session" | "files">> = {},
  ): void {
    const { id } = this.#running(call);
    this.calls.push({ sandboxId: id, kind, body: call.body, files: [], ...more });
  }
}

function key({ params: [sandbox = ""] }: Call, session: string): string {
  return `${sandbox}/${session}`;
}

const isThere = ({ path }: Pick<UploadedFile, "path">): boolean => path.startsWith("/tmp/");

const answerOf = ({ id, command, exitCode }: SessionCommand): CommandAnswer => ({
  id,
  command,
  ...(exitCode !== undefined && { exitCode }),
});

/** A log as JSON. */
function split(log: Buffer): LogsAnswer {
  const lines = log.toString().split(/(?<=\n)/);
  const of = (mark: Buffer) =>
    lines.flatMap((line) => (line.startsWith(mark.toString()) ? [line.slice(mark.length)] : [])).join("");
  return { output: log.toString(), stdout: of(MARKS.stdout), stderr: of(MARKS.stderr) };
}

const withoutMarks = (log: Buffer): Buffer => {
  const text = log.toString("latin1");
  return Buffer.from(
    Object.values(MARKS).reduce((rest, mark) => rest.replaceAll(mark.toString(), ""), text),
    "latin1",
  );
};

/** The runner turns the daemon's socket into a stream, which has no marks, and ends when the command has. */
async function follow(command: SessionCommand, response: ServerResponse): Promise<undefined> {
  response.writeHead(200, { "content-type": "application/octet-stream" });
  for (let sent = 0, isEnd = false; !isEnd && !response.closed; await delay(FOLLOW)) {
    isEnd = command.exitCode !== undefined;
    const log = await readFile(command.log);
    response.write(withoutMarks(log.subarray(sent)));
    sent = log.length;
  }
  response.end();
}
