/**
 * A stand-in for the Daytona API, as far as sandboxes and snapshots from images go.
 *
 * It does what the last public server does with a request: the build key, the entrypoint, the states, the refusals. It
 * runs nothing: a "build" is a walk through states, as time goes by. `requests`, `sandboxes` and `snapshots` tell a
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
import type { ApiKeyList, StorageAccessDto } from "@daytona/api-client";
import { API_KEY, ORGANIZATION } from "./access.ts";
import { BRIEF_PACE, type Build, type Pace } from "./build.ts";
import { type Builds, NEW_ORGANIZATION, type Organization, type Quota, type World } from "./builds.ts";
import { type Answer, type Chaos, type Fault, Faults } from "./faults.ts";
import { type Call, object, Refusal, type Route, readBody, send, sendError } from "./http.ts";
import { streamLog } from "./logs.ts";
import type { S3Server } from "./s3.ts";
import { Sandboxes } from "./sandboxes.ts";
import { Snapshots } from "./snapshots.ts";
import { RealTime, type Time } from "./time.ts";
import { Toolbox, type ToolboxCall } from "./toolbox.ts";
import { WarmPools } from "./warm-pools.ts";

/** How a stand-in begins. */
export interface Circumstances {
  /** Its time; the machine's when not given. */
  readonly time?: Time;
  /** How long things take; not long when not given. */
  readonly pace?: Pace;
}

/** The status of a request that the stand-in has no route for. */
const NO_ROUTE = 501;

/** Everything that a key may be allowed, of what there are routes for. */
const PERMISSIONS = ["write:snapshots", "delete:snapshots", "write:sandboxes", "delete:sandboxes"] as const;

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
  /** Those that the stand-in has no route for. */
  readonly unknown: RecordedRequest[] = [];
  readonly builds = new Map<string, number>();
  readonly faults = new Faults();
  readonly store: S3Server;
  readonly time: Time;
  pace: Pace;
  version: World["version"] = "newest";
  quota: Quota = {};
  organization: Organization = NEW_ORGANIZATION;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #snapshots = new Snapshots(this);
  readonly #pools = new WarmPools(this, this.#snapshots);
  readonly #sandboxes = new Sandboxes(this, this.#snapshots, this.#pools);
  readonly #toolbox = new Toolbox(this.#sandboxes, this.faults);
  #port = 0;
  #answering = 0;

  private constructor(store: S3Server, { time = new RealTime(), pace = BRIEF_PACE }: Circumstances) {
    this.store = store;
    this.time = time;
    this.pace = pace;
    time.watch(() => this.#answering > 0);
  }

  /** Starts one on a free loopback port. Contexts are looked for in the store's bucket. */
  static async start(store: S3Server, circumstances: Circumstances = {}): Promise<DaytonaApi> {
    const api = new DaytonaApi(store, circumstances);
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

  /** Closes the port, cutting connections and log streams that are still open: clients are refused. */
  async pause(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }

  async hold(promise: Promise<unknown>, milliseconds: number): Promise<void> {
    this.#answering -= 1;
    await this.time.wait(promise, milliseconds);
    this.#answering += 1;
  }

  /** Listens again, on the same port. */
  async resume(): Promise<void> {
    await once(this.#server.listen(this.#port, "127.0.0.1"), "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  readonly #routes: readonly Route[] = [
    ["GET", /^\/config$/, () => ({ proxyToolboxUrl: `${this.origin}/toolbox` })],
    ["GET", /^\/object-storage\/push-access$/, () => this.#pushAccess()],
    ["GET", /^\/api-keys\/current$/, () => this.#key()],
    // The logs: on a host of their own now, below the API's URL for 0.115.
    ["GET", /^\/(?:proxy\/sandboxes|sandbox)\/([^/]+)\/build-logs$/, (call) => this.#stream(this.#sandboxes, call)],
    ["GET", /^\/(?:proxy\/)?snapshots\/([^/]+)\/build-logs$/, (call) => this.#stream(this.#snapshots, call)],
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
      response.setHeader("date", new Date(this.time.now()).toUTCString());
      if (request.headers.authorization !== `Bearer ${API_KEY}`) throw new Refusal(401, "Invalid credentials");
      await this.#answer(path, recorded, response);
    } catch (error) {
      if (error instanceof Refusal && error.status === NO_ROUTE) this.unknown.push(recorded);
      sendError(response, pathname, this.time.now(), error);
    } finally {
      this.#answering -= 1;
    }
  }

  async #answer(path: string, { method, path: decoded, query, body }: RecordedRequest, response: ServerResponse) {
    const { log, ...fault } = this.faults.take(method, decoded);
    const { status, until } = fault;
    if (until) await this.#without(until());
    if (status === "reset") return response.destroy();
    if (typeof status === "number") throw refusal(fault);
    const answering = this.#route(method, path, { body: object(body), query, response, log });
    if (status === "lost" || status === "cut") {
      await answering.catch(() => {});
      if (status === "cut") response.destroy();
      // Time moves on, so that whoever waits for the answer gives up.
      else await this.hold(once(response, "close"), Number.POSITIVE_INFINITY);
    } else {
      const answer = await answering;
      if (!response.headersSent) send(response, 200, answer);
    }
  }

  async #route(method: string, path: string, call: Omit<Call, "params">): Promise<unknown> {
    const { permissions } = this.organization;
    for (const [wanted, pattern, handler, permission] of this.#routes) {
      const match = method === wanted ? pattern.exec(path) : null;
      if (!match) continue;
      if (permission && permissions?.includes(permission) === false) throw new Refusal(403, "Access denied");
      return handler({ ...call, params: match.slice(1).map(decodeURIComponent) });
    }
    throw new Refusal(NO_ROUTE, `the stand-in has no ${method} ${path}`);
  }

  /** A request that a test holds is not being answered. */
  async #without(promise: Promise<unknown>): Promise<void> {
    this.#answering -= 1;
    await promise.finally(() => {
      this.#answering += 1;
    });
  }

  async #stream(builds: Builds, { params: [id = ""], query, response, log }: Call): Promise<void> {
    const build = await builds.withRunner(id);
    if (query.get("follow") === "true") streamLog(build, response, log);
    else response.setHeader("content-type", "text/plain; charset=utf-8").end(build.log);
  }

  #pushAccess(): StorageAccessDto {
    const { accessKey, secretKey: secret, endpoint: storageUrl, bucket, region } = this.store;
    return { accessKey, secret, sessionToken: "stand-in", storageUrl, organizationId: ORGANIZATION, bucket, region };
  }

  #key(): ApiKeyList {
    const permissions = [...(this.organization.permissions ?? PERMISSIONS)] as ApiKeyList["permissions"];
    const createdAt = new Date(this.time.now());
    return {
      name: "tests",
      value: "dtn_*****in",
      createdAt,
      permissions,
      lastUsedAt: createdAt,
      expiresAt: null,
      userId: "tester",
    };
  }
}

function refusal({ status, message, retryAfter, throttler = "authenticated" }: Answer): Refusal {
  const code = Number(status);
  const header = code === 429 ? `retry-after-${throttler}` : "retry-after";
  const headers: Refusal["headers"] = retryAfter === undefined ? {} : { [header]: String(retryAfter) };
  return new Refusal(code, message ?? STATUS_CODES[code] ?? "Refused", headers);
}
