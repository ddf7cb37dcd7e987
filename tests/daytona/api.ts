/**
 * A stand-in for the Daytona API, as far as sandboxes and snapshots from images go.
 *
 * It does what the last public server does with a request: the build key, the entrypoint, the states, the refusals. It
 * runs nothing: a "build" is a walk through states, one for each poll. `requests`, `sandboxes` and `snapshots` tell a
 * test what arrived; `fail()` arranges what goes wrong next.
 *
 * ```ts
 * const api = await DaytonaApi.start(s3);
 * api.fail({ build: { reason: "exit code: 1", log: "E: no such package" } });
 * api.fail({ answer: { method: "POST", path: "/sandbox", status: 503 } });
 * ```
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { API_KEY, ORGANIZATION } from "./access.ts";
import type { Build, Pace } from "./build.ts";
import type { Builds, Quota, World } from "./builds.ts";
import { type Answer, type Chaos, type Fault, Faults } from "./faults.ts";
import { type Call, type Json, object, Refusal, type Route, readBody, send, sendError } from "./http.ts";
import { streamLog } from "./logs.ts";
import type { S3Server } from "./s3.ts";
import { Sandboxes } from "./sandboxes.ts";
import { Snapshots } from "./snapshots.ts";
import { Toolbox, type ToolboxCall } from "./toolbox.ts";
import { WarmPools } from "./warm-pools.ts";

/** Turns of the event loop in which what was sent in this process has arrived: a connection is accepted, then read. */
const QUIET_TURNS = 5;

/** A request as it arrived, refused ones included. */
export interface RecordedRequest {
  readonly method: string;
  /** Below the API's URL, decoded, without the query: `/snapshots/my-name`. The log host's begin with `/proxy`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed JSON or form; `undefined` without one. */
  readonly body: unknown;
}

/** A running stand-in. */
export class DaytonaApi implements World {
  /** Every request, in the order of arrival. */
  readonly requests: RecordedRequest[] = [];
  readonly builds = new Map<string, number>();
  readonly faults = new Faults();
  readonly store: S3Server;
  /** Makes states of what is created from now on move by time instead of by polls. */
  pace: Pace | undefined;
  quota: Quota = {};
  clock: () => number = Date.now;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #snapshots = new Snapshots(this);
  readonly #pools = new WarmPools(this, this.#snapshots);
  readonly #sandboxes = new Sandboxes(this, this.#snapshots, this.#pools);
  readonly #toolbox = new Toolbox(this.#sandboxes, this.faults);
  #port = 0;
  #answering = 0;

  private constructor(store: S3Server) {
    this.store = store;
  }

  /** Starts one on a free loopback port. Contexts are looked for in the store's bucket. */
  static async start(store: S3Server): Promise<DaytonaApi> {
    const api = new DaytonaApi(store);
    await api.resume();
    return api;
  }

  /** Every sandbox ever created, deleted ones included. */
  get sandboxes(): readonly Build[] {
    return this.#sandboxes.all;
  }

  /** Every snapshot ever created, deleted ones included. */
  get snapshots(): readonly Build[] {
    return this.#snapshots.all;
  }

  /** The sandboxes that came out of a warm pool. */
  get claimed(): readonly Build[] {
    return this.sandboxes.filter(({ warmPoolId }) => warmPoolId);
  }

  /** The greatest numbers at once. */
  get peak(): { readonly sandboxes: number; readonly snapshots: number } {
    return { sandboxes: this.#sandboxes.peak, snapshots: this.#snapshots.peak };
  }

  /** Everything that was asked of running sandboxes. */
  get toolbox(): readonly ToolboxCall[] {
    return this.#toolbox.calls;
  }

  /** What runs in sandboxes, and in which shell. */
  get shells(): Pick<Toolbox, "shell" | "grace" | "end"> {
    return this.#toolbox;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The `apiUrl` of clients. */
  get url(): string {
    return `${this.origin}/api`;
  }

  /** Arranges that something goes wrong; calls add up. */
  fail(fault: Fault): void {
    this.faults.add(fault);
  }

  /** Lets chance decide what goes wrong, besides what is arranged; `undefined` ends it. */
  chaos(chaos: Chaos | undefined): void {
    this.faults.chaos = chaos;
  }

  /** Ends the sandboxes whose time is over by `clock`, and those that are being deleted. What is left, was leaked. */
  reap(): void {
    this.#sandboxes.reap();
  }

  /** Closes the port, cutting connections and log streams that are still open: clients are refused. */
  async pause(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }

  /** Waits until nothing is being answered: a request that its client gave up has its effect all the same. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_TURNS; quiet = this.#answering === 0 ? quiet + 1 : 0) await turn();
  }

  /** Listens again, on the same port. */
  async resume(): Promise<void> {
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  readonly #routes: readonly Route[] = [
    ["GET", /^\/config$/, () => ({ proxyToolboxUrl: `${this.origin}/toolbox` })],
    ["GET", /^\/object-storage\/push-access$/, () => this.#pushAccess()],
    ["GET", /^\/sandbox\/([^/]+)\/build-logs-url$/, (call) => this.#logUrl(this.#sandboxes, "sandboxes", call)],
    ["GET", /^\/snapshots\/([^/]+)\/build-logs-url$/, (call) => this.#logUrl(this.#snapshots, "snapshots", call)],
    // The logs: on a host of their own now, below the API's URL for 0.115.
    ["GET", /^\/(?:proxy\/sandboxes|sandbox)\/([^/]+)\/build-logs$/, (call) => streamOf(this.#sandboxes, call)],
    ["GET", /^\/(?:proxy\/)?snapshots\/([^/]+)\/build-logs$/, (call) => streamOf(this.#snapshots, call)],
    ...this.#snapshots.routes,
    ...this.#sandboxes.routes,
    ...this.#pools.routes,
    ...this.#toolbox.routes,
  ];

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", this.origin);
    const method = request.method ?? "GET";
    const path = pathname.replace(/^\/api(?=\/)/, "");
    const recorded = { method, path: decodeURIComponent(path), query, body: undefined as unknown };
    this.requests.push(recorded);
    this.#answering += 1;
    try {
      recorded.body = await readBody(request);
      if (request.headers.authorization !== `Bearer ${API_KEY}`) throw new Refusal(401, "Unauthorized");
      await this.#answer(path, recorded, response);
    } catch (error) {
      sendError(response, pathname, error);
    } finally {
      this.#answering -= 1;
    }
  }

  async #answer(path: string, { method, path: decoded, query, body }: RecordedRequest, response: ServerResponse) {
    const { log, ...fault } = this.faults.take(method, decoded);
    const { status, until } = fault;
    await until?.();
    if (status === "reset") return response.destroy();
    if (typeof status === "number") throw refusal(fault);
    const answering = this.#route(method, path, { body: object(body), query, response, log });
    if (status === "lost" || status === "cut") {
      await answering.catch(() => {});
      if (status === "cut") response.destroy();
    } else {
      const answer = await answering;
      if (!response.headersSent) send(response, 200, answer);
    }
  }

  async #route(method: string, path: string, call: Omit<Call, "params">): Promise<unknown> {
    for (const [wanted, pattern, handler] of this.#routes) {
      const match = method === wanted ? pattern.exec(path) : null;
      if (match) return handler({ ...call, params: match.slice(1).map(decodeURIComponent) });
    }
    throw new Refusal(501, `the stand-in has no ${method} ${path}`);
  }

  #pushAccess(): Json {
    const { accessKey, secretKey: secret, endpoint: storageUrl, bucket, region } = this.store;
    return { accessKey, secret, sessionToken: "stand-in", storageUrl, organizationId: ORGANIZATION, bucket, region };
  }

  #logUrl(builds: Builds, kind: "sandboxes" | "snapshots", { params: [id = ""] }: Call): Json {
    const build = builds.find(id);
    if (build.waiting) throw new Refusal(404, `no runner is assigned to ${id}`);
    return { url: `${this.origin}/proxy/${kind}/${build.id}/build-logs` };
  }
}

function streamOf(builds: Builds, { params: [id = ""], query, response, log }: Call): void {
  const build = builds.find(id);
  if (query.get("follow") === "true") streamLog(build, response, log);
  else response.setHeader("content-type", "text/plain; charset=utf-8").end(build.log);
}

function refusal({ status, message, retryAfter }: Answer): Refusal {
  const code = Number(status);
  const headers: Refusal["headers"] = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  return new Refusal(code, message ?? STATUS_CODES[code] ?? "Refused", headers);
}
