/**
 * Bodies and errors as the server reads and writes them.
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";

/** A JSON object of which nothing is known. */
export type Json = Readonly<Record<string, unknown>>;

/** The framework's default, which the server keeps. */
const MAX_BODY_BYTES = 100 * 1024;

/** An error that is answered with its status and message. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The whole body is read before it is refused, or the client would see a reset instead of the status. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (bytes.length > MAX_BODY_BYTES) throw new Refusal(413, "request entity too large");
  return bytes.toString("utf8");
}

/** The JSON value of a text. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
}

/** The value itself if it is an object; an empty one otherwise. */
export function object(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** Answers with JSON, or with an empty body for `undefined`. */
export function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? "" : JSON.stringify(body));
}

/** Answers in the shape of the server's errors. Whatever is not a refusal is a 500 that tells nothing, as there. */
export function sendError(response: ServerResponse, path: string, cause: unknown): void {
  const { status, message } = cause instanceof Refusal ? cause : new Refusal(500, "Internal server error");
  const timestamp = new Date().toISOString();
  send(response, status, { path, timestamp, statusCode: status, error: STATUS_CODES[status], message });
}
