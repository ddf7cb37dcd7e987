/** The API of Docker, which Podman has, too: requests to an engine's socket. */
import { type IncomingMessage, type RequestOptions, request } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { json, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { Unusable } from "./engine.ts";
import { unlessClosed } from "./processes.ts";

/** What is sent: values of the query that are undefined are left out. */
export interface Sent {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** The engine refused a request. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class DockerApi {
  readonly #to: RequestOptions;

  /** @throws Unusable if the address is not one of a socket. */
  constructor(address: string) {
    this.#to = place(address);
  }

  /** The content of a response. */
  async call<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
    const response = await this.open(method, path, sent);
    return (
      response.headers["content-type"]?.startsWith("application/json") ? json(response) : text(response)
    ) as Promise<T>;
  }

  /** A response that is read while it comes. */
  async open(method: string, path: string, { query, body, signal }: Sent = {}): Promise<IncomingMessage> {
    const content = body && JSON.stringify(body);
    const headers = content === undefined ? {} : { "content-type": "application/json" };
    const sent = request({ ...this.#to, method, path: path + written(query), headers, ...(signal && { signal }) });
    const response = answer(sent);
    sent.end(content);
    return checked(await response);
  }

  /** Sends a build context; the engine may answer, and end, before it has all of it. */
  async upload(path: string, input: ReadableStream<Uint8Array>, { query, signal }: Sent): Promise<IncomingMessage> {
    const headers = { "content-type": "application/x-tar" };
    const sent = request({
      ...this.#to,
      method: "POST",
      path: path + written(query),
      headers,
      ...(signal && { signal }),
    });
    const response = answer(sent);
    const sending = pipeline(Readable.fromWeb(input as never), sent).catch(unlessClosed);
    // What is wrong with the context comes before what the engine says of half of it.
    await Promise.race([response, sending.then(() => response)]);
    return checked(await response);
  }

  /** The connection itself, for input and output of a process. */
  async hijack(path: string, { query, body }: Sent): Promise<Socket> {
    const content = JSON.stringify(body ?? {});
    const headers = { "content-type": "application/json", connection: "Upgrade", upgrade: "tcp" };
    const sent = request({ ...this.#to, method: "POST", path: path + written(query), headers });
    return new Promise((resolve, reject) => {
      sent.on("upgrade", (_, socket: Socket, head: Buffer) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      sent.on("response", (response) => checked(response).then(() => reject(new Error("it did not upgrade")), reject));
      sent.on("error", reject);
      sent.end(content);
    });
  }
}

const answer = (sent: ReturnType<typeof request>): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => void sent.on("response", resolve).on("error", reject));

async function checked(response: IncomingMessage): Promise<IncomingMessage> {
  const { statusCode = 500 } = response;
  if (statusCode < 400) return response;
  const content = await text(response);
  throw new Refused(statusCode, messageIn(content) ?? `HTTP ${statusCode}`);
}

function messageIn(content: string): string | undefined {
  try {
    return String((JSON.parse(content) as { message: unknown }).message);
  } catch {
    return content.trim() || undefined;
  }
}

function written(query: Sent["query"] = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** Where a socket is: a path, or an address as `DOCKER_HOST` has it. */
function place(address: string): RequestOptions {
  const [, scheme = "unix", rest = address] = /^([a-z]+):\/\/(.*)$/.exec(address) ?? [];
  if (scheme === "unix" || scheme === "npipe") return { socketPath: rest };
  if ((scheme === "tcp" || scheme === "http") && !process.env.DOCKER_TLS_VERIFY) {
    const { hostname: host, port } = new URL(`http://${rest}`);
    return { host, port: port || 2375 };
  }
  throw new Unusable(`only the program \`docker\` connects to \`${address}\``, "Install it, or use another socket.");
}
