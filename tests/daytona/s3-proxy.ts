/**
 * Stands before the S3 server, and makes go wrong what tests arrange. Requests pass as they are, with the `Host` that was
 * signed, so signatures stay right.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What is to go wrong with uploads. */
export interface S3Fault {
  /** The connection is cut when so many bytes of a request's body have passed. */
  readonly after?: number;
  /** The request is refused with this status, and has no effect. */
  readonly status?: number;
  /** Called when a request has come; it passes when the promise is kept. */
  readonly until?: () => Promise<unknown>;
  /** How many requests; one when not given. */
  readonly times?: number;
}

/** A running proxy. */
export interface S3Proxy {
  /** Where clients find it. */
  readonly endpoint: string;
  /** Arranges that something goes wrong; calls add up, and each is used up by the first requests that it fits. */
  fail(fault: S3Fault): void;
  /** How many requests were cut, and how many refused. */
  readonly faulted: Readonly<Record<"cut" | "refused", number>>;
  /** Whether requests are under way, those that a test holds left out. */
  readonly isBusy: boolean;
  stop(): Promise<void>;
}

/** Starts one on a free loopback port. */
export async function startS3Proxy(upstream: string): Promise<S3Proxy> {
  const faults: { readonly fault: S3Fault; left: number }[] = [];
  const faulted = { cut: 0, refused: 0 };
  const take = (fits: (fault: S3Fault) => boolean): S3Fault | undefined => {
    const found = faults.find(({ fault, left }) => left > 0 && fits(fault));
    if (!found) return undefined;
    found.left -= 1;
    if (found.fault.after !== undefined) faulted.cut += 1;
    if (found.fault.status !== undefined) faulted.refused += 1;
    return found.fault;
  };
  let underWay = 0;
  const server = createServer(async (request, response) => {
    await take(({ until }) => until !== undefined)?.until?.();
    underWay += 1;
    response.once("close", () => {
      underWay -= 1;
    });
    const refused = take(({ status }) => status !== undefined);
    if (refused) return refuse(request, response, refused.status ?? 503);
    forward(upstream, request, response, (passed) => take(({ after }) => after !== undefined && after < passed));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faulted,
    get isBusy() {
      return underWay > 0;
    },
    fail: (fault) => faults.push({ fault, left: fault.times ?? 1 }),
    stop: async () => {
      const closed = once(server.close(), "close");
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The body is read first, or the client would see a reset instead of the status. */
function refuse(request: IncomingMessage, response: ServerResponse, status: number): void {
  const body = `<?xml version="1.0"?><Error><Code>${status === 503 ? "SlowDown" : "InternalError"}</Code></Error>`;
  request.resume().once("end", () => response.writeHead(status, { "content-type": "application/xml" }).end(body));
}

/** Hands a request on, until `isCut` says that enough of its body has passed. */
function forward(
  upstream: string,
  request: IncomingMessage,
  response: ServerResponse,
  isCut: (passed: number) => unknown,
): void {
  const { method, url, rawHeaders: headers } = request;
  const outgoing = send(new URL(url ?? "/", upstream), { method, headers, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    void pipeline(answer, response).catch(() => response.destroy());
  });
  let passed = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passed += chunk.length;
      done(isCut(passed) ? new Error("cut") : null, chunk);
    },
  });
  outgoing.once("error", () => response.destroy());
  void pipeline(request, meter, outgoing).catch(() => response.destroy());
}
