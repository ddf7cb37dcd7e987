/**
 * What runs in a sandbox and answers there: it records what it is asked, and runs nothing.
 */
import { randomUUID } from "node:crypto";
import type { Faults } from "./faults.ts";
import { type Call, type Json, Refusal, type Route } from "./http.ts";
import type { Sandboxes } from "./sandboxes.ts";

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

interface Session {
  readonly sessionId: string;
  readonly commands: { readonly id: string; readonly command: unknown; readonly exitCode?: number }[];
}

/** The routes of all sandboxes' toolboxes. */
export class Toolbox {
  /** Everything that was asked, in the order of arrival. */
  readonly calls: ToolboxCall[] = [];
  readonly #sandboxes: Sandboxes;
  readonly #faults: Faults;
  readonly #sessions = new Map<string, Session>();

  constructor(sandboxes: Sandboxes, faults: Faults) {
    this.#sandboxes = sandboxes;
    this.#faults = faults;
  }

  readonly routes: readonly Route[] = [
    ["POST", /^\/toolbox\/([^/]+)\/process\/session$/, (call) => this.#createSession(call)],
    ["GET", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)$/, (call) => this.#session(call)],
    ["DELETE", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)$/, (call) => this.#endSession(call)],
    ["POST", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)\/exec$/, (call) => this.#runInSession(call)],
    ["GET", /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)\/command\/([^/]+)$/, (call) => this.#command(call)],
    ["POST", /^\/toolbox\/([^/]+)\/process\/execute$/, (call) => this.#run(call)],
    ["POST", /^\/toolbox\/([^/]+)\/files\/bulk-upload$/, (call) => this.#upload(call)],
    ["POST", /^\/toolbox\/([^/]+)\/files\/(folder|permissions)$/, (call) => this.#changeFiles(call)],
  ];

  #createSession(call: Call): void {
    const sessionId = String(call.body.sessionId);
    if (this.#sessions.has(key(call, sessionId))) throw new Refusal(409, "session already exists");
    this.#record(call, "session", { session: sessionId });
    this.#sessions.set(key(call, sessionId), { sessionId, commands: [] });
  }

  #session(call: Call): Session {
    const [, id = ""] = call.params;
    const session = this.#sessions.get(key(call, id));
    if (!session) throw new Refusal(404, "session not found");
    return session;
  }

  #endSession(call: Call): void {
    const { sessionId } = this.#session(call);
    this.#record(call, "session-end", { session: sessionId });
    this.#sessions.delete(key(call, sessionId));
  }

  /** A command that is not waited for has no exit code yet in the answer. */
  #runInSession(call: Call): Json {
    const { sessionId, commands } = this.#session(call);
    this.#record(call, "session-command", { session: sessionId });
    const { exitCode, output = "" } = this.#faults.takeCommand();
    const { command, runAsync, async: isAsync } = call.body;
    const cmdId = randomUUID();
    commands.push({ id: cmdId, command, exitCode });
    return runAsync || isAsync ? { cmdId } : { cmdId, exitCode, output, stdout: output, stderr: "" };
  }

  #command(call: Call): unknown {
    const [, , id = ""] = call.params;
    const command = this.#session(call).commands.find((candidate) => candidate.id === id);
    if (!command) throw new Refusal(404, "command not found");
    return command;
  }

  #run(call: Call): Json {
    this.#record(call, "command");
    const { exitCode, output: result = "" } = this.#faults.takeCommand();
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
  }

  #changeFiles(call: Call): void {
    const kind = call.params[1] === "folder" ? "folder" : "permissions";
    this.#record({ ...call, body: Object.fromEntries(call.query) }, kind);
  }

  #record(
    { params: [id = ""], body }: Pick<Call, "params" | "body">,
    kind: ToolboxCall["kind"],
    more: Partial<Pick<ToolboxCall, "session" | "files">> = {},
  ): void {
    const sandbox = this.#sandboxes.find(id);
    if (sandbox.state !== "started") throw new Refusal(400, `Sandbox ${id} is ${sandbox.state}`);
    sandbox.touch();
    this.calls.push({ sandboxId: sandbox.id, kind, body, files: [], ...more });
  }
}

function key({ params: [sandbox = ""] }: Call, session: string): string {
  return `${sandbox}/${session}`;
}
