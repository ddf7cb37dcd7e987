/**
 * The few calls of the Docker API that are needed, over its socket. (`dockerode` builds with BuildKit only over a session of
 * its own, which the runner's build does not have.)
 */
import { randomUUID } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { PbfReader } from "pbf";

/** The engine's two builders. */
export const BUILDERS = ["buildkit", "legacy"] as const;
export type Builder = (typeof BUILDERS)[number];

/** How an image is to be run, as far as an image says it; absent where the engine leaves it out. */
export interface ImageConfig {
  readonly Env: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly WorkingDir: string;
  readonly User: string;
  readonly Entrypoint: readonly string[] | null;
  readonly Cmd: readonly string[] | null;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly Volumes?: Readonly<Record<string, object>> | null;
  readonly Shell?: readonly string[];
  readonly OnBuild?: readonly string[] | null;
}

/** What became of a build. */
export interface BuildOutcome {
  /** The image's tag. */
  readonly tag: string;
  /** What the steps printed, and the instructions, as Daytona's runner writes them. */
  readonly log: string;
  /** Why there is no image. */
  readonly error: string | undefined;
}

export class DockerApi {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Whether the engine is up. */
  async ping(): Promise<boolean> {
    return (await this.#call("GET", "/_ping")).toString() === "OK";
  }

  /** The number before the first dot of the engine's version. */
  async version(): Promise<number> {
    return Number.parseInt((await this.#json<{ Version: string }>("GET", "/version")).Version, 10);
  }

  /** Makes an image of a root file system, and of what instructions say of it. */
  async import(tar: Buffer, tag: string, changes = [`ENV PATH=${DEFAULT_PATH}`, 'CMD ["sh"]']): Promise<void> {
    const [repo = "", version = ""] = tag.split(":");
    const query = new URLSearchParams({ fromSrc: "-", repo, tag: version });
    for (const change of changes) query.append("changes", change);
    await this.#call("POST", `/images/create?${query}`, tar);
  }

  /** Gives an image another name. */
  async tag(image: string, tag: string): Promise<void> {
    const [repo = "", version = ""] = tag.split(":");
    await this.#call("POST", `/images/${image}/tag?${new URLSearchParams({ repo, tag: version })}`);
  }

  /** Builds a context: the call that Daytona's runner makes, except for the network, which there mostly is none of. */
  async build(context: Buffer, builder: Builder, networkmode: "none" | "host" = "none"): Promise<BuildOutcome> {
    const tag = `built:${randomUUID()}`;
    const version = builder === "buildkit" ? "2" : "1";
    const query = { version, dockerfile: "Dockerfile", t: tag, networkmode, nocache: "1" };
    const answer = await this.#call("POST", `/build?${new URLSearchParams(query)}`, context);
    const messages = jsonLines(answer) as BuildMessage[];
    const error = messages.find((message) => message.errorDetail)?.errorDetail?.message;
    const vertices = new Set<string>();
    return { tag, log: messages.map((message) => logText(message, vertices)).join(""), error };
  }

  /** All that the engine says of an image. */
  async inspect(tag: string): Promise<{ readonly Config: ImageConfig; readonly Author: string }> {
    return this.#json("GET", `/images/${tag}/json`);
  }

  /** The names of all containers. */
  async containers(): Promise<string[]> {
    const all = await this.#json<{ readonly Names: readonly string[] }[]>("GET", "/containers/json?all=1");
    return all.flatMap(({ Names }) => Names);
  }

  /** All files of an image, as a tar. */
  async export(tag: string): Promise<Buffer> {
    // A container makes its working directory; that of the image must be there without.
    const container = { Image: tag, Entrypoint: ["sh"], WorkingDir: "/", User: "0", NetworkDisabled: true };
    const { Id } = await this.#json<{ Id: string }>("POST", "/containers/create", container);
    const tar = await this.#call("GET", `/containers/${Id}/export`);
    await this.#call("DELETE", `/containers/${Id}`);
    return tar;
  }

  async #json<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.#call(method, path, body && Buffer.from(JSON.stringify(body)), "application/json");
    return JSON.parse(answer.toString()) as T;
  }

  async #call(method: string, path: string, body?: Buffer, type = "application/x-tar"): Promise<Buffer> {
    const headers = body ? { "content-type": type, "content-length": body.length } : {};
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request({ socketPath: this.#socket, method, path, headers }, resolve);
      sent.on("error", reject).end(body);
    });
    const answer = await buffer(response);
    if ((response.statusCode ?? 500) < 400) return answer;
    throw new Error(`${method} ${path}: ${response.statusCode}: ${answer}`);
  }
}

/** What Debian's images have. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A line of a build's answer. */
interface BuildMessage {
  readonly stream?: string;
  readonly errorDetail?: { readonly message: string };
  readonly id?: string;
  readonly aux?: unknown;
}

const jsonLines = (text: Buffer): unknown[] =>
  text
    .toString()
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line));

/**
 * What a message adds to the log: the legacy builder sends text, BuildKit its `StatusResponse`, a protobuf, of whose vertices the
 * runner writes those that begin or fail.
 */
function logText({ stream, id, aux }: BuildMessage, vertices: Set<string>): string {
  if (id !== "moby.buildkit.trace" || typeof aux !== "string") return stream ?? "";
  const lines: string[] = [];
  new PbfReader(Buffer.from(aux, "base64")).readFields((field, _, status) => {
    if (field === 1) lines.push(...vertexLines(status, vertices));
    if (field === 3) status.readMessage(vertexLog(lines), undefined);
  }, undefined);
  return lines.join("");
}

/** The lines of a `Vertex`, which is sent again at each change. */
function vertexLines(status: PbfReader, vertices: Set<string>): string[] {
  const vertex = { digest: "", name: "", isCached: false, isStarted: false, error: "" };
  status.readMessage((field, _, message) => {
    if (field === 1) vertex.digest = message.readString();
    if (field === 3) vertex.name = message.readString();
    if (field === 4) vertex.isCached = message.readBoolean();
    if (field === 5) vertex.isStarted = message.readBytes().length > 0;
    if (field === 7) vertex.error = message.readString();
  }, undefined);
  const { digest, name, isCached, isStarted, error } = vertex;
  const begins = isStarted && !vertices.has(digest);
  if (begins) vertices.add(digest);
  return [
    ...(begins ? [`#${vertices.size} ${isCached ? "CACHED " : ""}${name}\n`] : []),
    ...(error ? [`ERROR: ${error}\n`] : []),
  ];
}

/** `VertexLog.msg`. */
const vertexLog =
  (lines: string[]) =>
  (field: number, _: undefined, log: PbfReader): void => {
    if (field === 4) lines.push(log.readString());
  };
