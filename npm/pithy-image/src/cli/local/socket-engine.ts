/** An engine that is used through its socket: Docker, or Podman as a service. */
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { whenAborted } from "../../shared/abort.ts";
import { isImageError } from "../../shared/errors.ts";
import { type BuildEvent, buildahProgress, Lines } from "./build-event.ts";
import { BuildkitTrace } from "./buildkit-trace.ts";
import { DockerApi, Refused } from "./docker-api.ts";
import { type BuildRequest, type Engine, type LocalImage, NotStarted, type RunRequest, Unusable } from "./engine.ts";
import { hintFor, localImage } from "./programs.ts";

/** A line of the answer to a request that takes a while. */
interface Message {
  readonly id?: string;
  readonly aux?: unknown;
  readonly stream?: string;
  readonly status?: string;
  readonly progress?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
}

interface Version {
  readonly Version: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[];
}

/**
 * An engine by its socket.
 *
 * @throws Unusable if nothing answers there.
 */
export async function socketEngine(address: string): Promise<Engine> {
  const api = new DockerApi(address);
  try {
    return new SocketEngine(address, api, await api.call<Version>("GET", "/version"));
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new Unusable(REASONS[code ?? ""] ?? message, hintFor(code ?? message));
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist",
  EACCES: "permission denied",
  ECONNREFUSED: "nothing answers there",
};

class SocketEngine implements Engine {
  readonly name: string;
  readonly description: string;
  readonly hasBuildKit: boolean;
  readonly #api: DockerApi;

  constructor(name: string, api: DockerApi, { Version, Components = [] }: Version) {
    const podman = Components.find((component) => component.Name.startsWith("Podman"));
    this.name = name;
    this.description = podman ? `Podman ${podman.Version}` : `Docker ${Version}`;
    this.hasBuildKit = podman === undefined;
    this.#api = api;
  }

  async inspect(tag: string): Promise<LocalImage | undefined> {
    try {
      return localImage(await this.#api.call("GET", `/images/${tag}/json`));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return undefined;
      throw error;
    }
  }

  async build({ context, onEvent, isStep, signal, ...request }: BuildRequest): Promise<boolean> {
    const { tag: t, platform, network: networkmode, cache, pull, bases } = request;
    const on = (event: BuildEvent) => onEvent(event);
    // BuildKit fetches nothing by itself over this API: it asks its client for the login.
    if (this.hasBuildKit && !(await this.#pull(bases, platform, pull, on, signal))) return false;
    const query = {
      ...{ version: this.hasBuildKit ? "2" : "1", dockerfile: "Dockerfile", rm: "1", forcerm: "1" },
      ...{ t, platform, networkmode, nocache: cache ? undefined : "1" },
      pull: pull && !this.hasBuildKit ? "1" : undefined,
    };
    try {
      return await this.#follow(await this.#api.upload("/build", context(), { query, signal }), isStep, on);
    } catch (error) {
      signal.throwIfAborted();
      if (isImageError(error)) throw error; // of the context
      const { message } = error as Error;
      const text = error instanceof Refused ? message : `the connection to the engine was lost: ${message}`;
      await on({ kind: "error", step: undefined, text });
      return false;
    }
  }

  async #follow(answer: Readable, isStep: BuildRequest["isStep"], on: BuildRequest["onEvent"]): Promise<boolean> {
    const [trace, parse, lines] = [new BuildkitTrace(), buildahProgress(isStep), new Lines()];
    let isBuilt = true;
    for await (const { id, aux, stream, error, errorDetail } of messages(answer)) {
      if (id === "moby.buildkit.trace" && typeof aux === "string") for (const event of trace.take(aux)) await on(event);
      for (const line of stream === undefined || this.hasBuildKit ? [] : lines.take(Buffer.from(stream))) {
        const event = parse(line);
        if (event) await on(event);
      }
      const text = errorDetail?.message ?? error;
      if (text === undefined) continue;
      isBuilt = false;
      await on({ kind: "error", step: undefined, text });
    }
    return isBuilt;
  }

  /** Fetches the images that are not there; returns whether all of them are now. */
  async #pull(
    bases: readonly string[],
    platform: string,
    again: boolean,
    on: BuildRequest["onEvent"],
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const base of bases) {
      if (!again && (await this.inspect(base))) continue;
      await on({ kind: "output", step: undefined, text: `Fetching ${base}` });
      const query = { fromImage: /[:@][^/]*$/.test(base) ? base : `${base}:latest`, platform };
      const answer = await this.#api.open("POST", "/images/create", { query, signal }).catch((error: unknown) => error);
      const failed = answer instanceof Error ? answer.message : await this.#fetched(answer as Readable, on);
      signal.throwIfAborted();
      if (failed === undefined) continue;
      await on({ kind: "error", step: undefined, text: failed });
      return false;
    }
    return true;
  }

  /** Follows a download; returns why it failed. */
  async #fetched(answer: Readable, on: BuildRequest["onEvent"]): Promise<string | undefined> {
    for await (const { id = "", status = "", progress = "", error } of messages(answer)) {
      if (error !== undefined) return error;
      await on({ kind: "progress", step: "", text: `${id} ${status} ${progress}` });
    }
    return undefined;
  }

  async run(request: RunRequest): Promise<number> {
    const { name, tag, platform, entrypoint, command, env, volumes, network, signal } = request;
    const [first = "", ...Cmd] = entrypoint;
    const body = {
      ...{ Image: tag, Entrypoint: [first], Cmd, Env: Object.entries(env).map(([key, value]) => `${key}=${value}`) },
      ...{ AttachStdout: true, AttachStderr: true },
      HostConfig: { Binds: volumes, ...(network !== undefined && { NetworkMode: network }) },
    };
    const remove = () =>
      this.#api.call("DELETE", `/containers/${name}`, { query: { force: "1", v: "1" } }).catch(() => {});
    const unlink = whenAborted(signal, remove);
    try {
      signal.throwIfAborted();
      await this.#api.call("POST", "/containers/create", { query: { name, platform }, body });
      signal.throwIfAborted(); // what it could not remove before it was there is removed below
      return await (command ? this.#runBeside(name, command) : this.#runAttached(name));
    } catch (error) {
      throw error instanceof Refused && !signal.aborted ? new NotStarted(error.message) : error;
    } finally {
      unlink();
      await remove();
    }
  }

  /** Runs the entrypoint. */
  async #runAttached(name: string): Promise<number> {
    const output = await this.#api.hijack(`/containers/${name}/attach`, {
      query: { stream: "1", stdout: "1", stderr: "1" },
    });
    const copied = copyFrames(output);
    await this.#api.call("POST", `/containers/${name}/start`);
    await copied;
    const { StatusCode } = await this.#api.call<{ StatusCode: number }>("POST", `/containers/${name}/wait`);
    return StatusCode;
  }

  /** Runs a command while the entrypoint runs. */
  async #runBeside(name: string, Cmd: readonly string[]): Promise<number> {
    await this.#api.call("POST", `/containers/${name}/start`);
    const Tty = process.stdin.isTTY === true && process.stdout.isTTY;
    const attached = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty };
    const { Id } = await this.#api.call<{ Id: string }>("POST", `/containers/${name}/exec`, {
      body: { Cmd, ...attached },
    });
    const connection = await this.#api.hijack(`/exec/${Id}/start`, { body: { Detach: false, Tty } });
    const release = Tty ? this.#useTerminal(Id) : () => {};
    process.stdin.pipe(connection);
    try {
      await (Tty ? copy(connection) : copyFrames(connection));
    } finally {
      process.stdin.unpipe(connection).pause();
      release();
    }
    const { ExitCode } = await this.#api.call<{ ExitCode: number }>("GET", `/exec/${Id}/json`);
    return ExitCode;
  }

  /** Hands the keys and the size of the terminal to a command. Returns what ends that. */
  #useTerminal(exec: string): () => void {
    const resize = () => {
      const query = { h: String(process.stdout.rows), w: String(process.stdout.columns) };
      this.#api.call("POST", `/exec/${exec}/resize`, { query }).catch(() => {});
    };
    resize();
    process.stdout.on("resize", resize);
    process.stdin.setRawMode(true);
    return () => {
      process.stdin.setRawMode(false);
      process.stdout.off("resize", resize);
    };
  }
}

/** The lines of an answer. */
async function* messages(answer: Readable): AsyncGenerator<Message> {
  let rest = "";
  for await (const text of answer.setEncoding("utf8")) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as Message;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as Message;
}

async function write(stream: NodeJS.WriteStream, bytes: Uint8Array): Promise<void> {
  if (!stream.write(bytes)) await once(stream, "drain");
}

async function copy(connection: Socket): Promise<void> {
  for await (const bytes of connection) await write(process.stdout, bytes);
}

/** Output of a process without a terminal comes in frames: one byte for the stream, three zeros, and the length. */
async function copyFrames(connection: Socket): Promise<void> {
  let rest = Buffer.alloc(0);
  for await (const bytes of connection) {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 8 && rest.length >= 8 + rest.readUInt32BE(4)) {
      const end = 8 + rest.readUInt32BE(4);
      await write(rest[0] === 2 ? process.stderr : process.stdout, rest.subarray(8, end));
      rest = rest.subarray(end);
    }
  }
}
