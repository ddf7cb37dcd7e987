/**
 * Bodies and errors as the server reads and writes them.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";

/** How the stream of a build's log goes wrong. */
export type LogFault =
  /** Cut in the middle of a line; in the middle of a character where the log has one of several bytes. */
  | "truncated"
  /** Goes on with lines that mean nothing, also when the build is over. */
  | "endless"
  /** Opens, and says nothing. */
  | "silent"
  /** Comes byte by byte. */
  | "slow"
  /** Begins with bytes that are not text. */
  | "binary"
  | "404"
  | "500";

/** A JSON object of which nothing is known. */
export type Json = Readonly<Record<string, unknown>>;

/** A request on its way to a handler. */
export interface Call {
  /** What the path's groups matched, decoded. */
  readonly params: readonly string[];
  /** The parsed JSON or form; an empty object without a body. */
  readonly body: Json;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  /** How the stream goes wrong, if a log is asked for. */
  readonly log: LogFault | undefined;
}

/**
 * A handler answers with a value for the body, or with nothing after it has taken over the response. The last is what a key has
 * to be allowed.
 */
export type Route = readonly [method: string, path: RegExp, handler: (call: Call) => unknown, permission?: string];

/** The framework's default, which the server keeps for JSON. */
const MAX_BODY_BYTES = 100 * 1024;

/** An error that is answered with its status, message and headers. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, message: string, headers: Refusal["headers"] = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * The parsed JSON or form of a request; `undefined` without a body. It is read whole before it is refused, or the client
 * would see a reset instead of the status.
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("multipart/")) return new Response(bytes, { headers: { "content-type": type } }).formData();
  if (bytes.length > MAX_BODY_BYTES) throw new Refusal(413, "request entity too large");
  return bytes.length === 0 ? undefined : parse(bytes.toString("utf8"));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
}

/** The id in a path that takes no names. */
export function uuidOf({ params: [id = ""] }: Call): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id;
  throw new Refusal(400, "Validation failed (uuid is expected)");
}

/** The value itself if it is an object; an empty one otherwise. */
export function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** The strings of an object; anything else in it is left out. */
export function strings(value: unknown): Record<string, string> {
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === "string";
  return Object.fromEntries(Object.entries(object(value)).filter(isText));
}

/** Answers with JSON, or with an empty body for `undefined`. */
export function send(response: ServerResponse, status: number, body: unknown, headers: Refusal["headers"] = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

/** Answers in the shape of the server's errors. Whatever is not a refusal is a 500 that tells nothing, as there. */
export function sendError(response: ServerResponse, path: string, now: number, cause: unknown): void {
  const refusal = cause instanceof Refusal ? cause : new Refusal(500, "An unexpected error occurred.");
  const { status: statusCode, message, headers } = refusal;
  const timestamp = new Date(now).toISOString();
  send(response, statusCode, { path, timestamp, statusCode, error: STATUS_CODES[statusCode], message }, headers);
}
