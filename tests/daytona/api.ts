/**
 * A stand-in for the Daytona API, as far as creating sandboxes and snapshots from images goes.
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
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import { Build, type BuildInput, type Failure } from "./build.ts";
import { type Json, object, parse, Refusal, readText, send, sendError } from "./http.ts";
import type { S3Server } from "./s3.ts";

/** The only key that is let in. */
export const API_KEY = "dtn_stand_in";
/** The first part of every context's key in the bucket. */
export const ORGANIZATION = "3f1c6a52-7a0e-4a8e-9a35-0f6d3c0b7d11";

const REGISTRY = "registry.invalid:6000/daytona";
const SNAPSHOT_NAME = /^[a-zA-Z0-9_.\-:]+(\/[a-zA-Z0-9_.\-:]+)*(@sha256:[a-f0-9]{64})?$/;

/** A request as it arrived, refused ones included. */
export interface RecordedRequest {
  readonly method: string;
  /** Below the API's URL, decoded, without the query: `/snapshots/my-name`. The log host's begin with `/proxy`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed JSON; `undefined` without one. */
  readonly body: unknown;
}

/** What is to go wrong. Each is used up by the first thing it fits. */
export interface Fault {
  /** The next build fails like this. */
  readonly build?: Failure;
  /** The next build stays in its building state for this many further polls; `Infinity` for one that never ends. */
  readonly slow?: number;
  /** So many requests for the URL of a build log are answered 404, as while no runner is assigned. */
  readonly logUrlMissing?: number;
  /** Requests that fit are answered like this. */
  readonly answer?: {
    readonly method?: string;
    /** How the path begins. */
    readonly path?: string;
    /** An HTTP status; or `lost`: the request takes effect and its answer never arrives. */
    readonly status: number | "lost";
    readonly message?: string;
    /** How many requests; one when not given. */
    readonly times?: number;
  };
}

/** Answers a request with a value for the body, or with nothing after it has taken over the response. */
type Handler = (id: string, body: Json, response: ServerResponse, query: URLSearchParams) => unknown;

/** A running stand-in. */
export class DaytonaApi {
  /** Every request, in the order of arrival. */
  readonly requests: RecordedRequest[] = [];
  /** Every sandbox ever created, deleted ones included. */
  readonly sandboxes: Build[] = [];
  /** Every snapshot ever created, deleted ones included. */
  readonly snapshots: Build[] = [];
  readonly #store: S3Server;
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #builds: Pick<Fault, "build" | "slow">[] = [];
  readonly #answers: (NonNullable<Fault["answer"]> & { left: number })[] = [];
  #logUrlsMissing = 0;

  private constructor(store: S3Server) {
    this.#store = store;
  }

  /** Starts one on a free loopback port. Contexts are looked for in the store's bucket. */
  static async start(store: S3Server): Promise<DaytonaApi> {
    const api = new DaytonaApi(store);
    await once(api.#server.listen(0, "127.0.0.1"), "listening");
    return api;
  }

  /** Ends it, cutting connections and log streams that are still open. */
  async stop(): Promise<void> {
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }

  /** The `apiUrl` of clients. */
  get url(): string {
    return `${this.#origin}/api`;
  }

  /** Arranges that something goes wrong; calls add up. */
  fail({ build, slow, logUrlMissing = 0, answer }: Fault): void {
    if (build || slow) this.#builds.push({ ...(build && { build }), ...(slow && { slow }) });
    if (answer) this.#answers.push({ ...answer, left: answer.times ?? 1 });
    this.#logUrlsMissing += logUrlMissing;
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  readonly #routes: readonly [method: string, path: RegExp, handler: Handler][] = [
    ["GET", /^\/object-storage\/push-access$/, () => this.#pushAccess()],
    ["POST", /^\/sandbox$/, (_, body) => this.#createSandbox(body)],
    ["GET", /^\/sandbox\/([^/]+)$/, (id) => this.#sandboxDto(this.#poll(this.sandboxes, id))],
    ["DELETE", /^\/sandbox\/([^/]+)$/, (id) => this.#deleteSandbox(id)],
    ["GET", /^\/sandbox\/([^/]+)\/toolbox-proxy-url$/, () => ({ url: this.#toolboxUrl })],
    ["GET", /^\/sandbox\/([^/]+)\/build-logs-url$/, (id) => this.#logUrl("sandboxes", id)],
    ["POST", /^\/snapshots$/, (_, body) => this.#createSnapshot(body)],
    ["GET", /^\/snapshots$/, (_id, _body, _response, query) => this.#listSnapshots(query)],
    ["GET", /^\/snapshots\/([^/]+)$/, (id) => this.#snapshotDto(this.#poll(this.snapshots, id))],
    ["DELETE", /^\/snapshots\/([^/]+)$/, (id) => this.#find(this.snapshots, id).remove()],
    ["POST", /^\/snapshots\/([^/]+)\/activate$/, (id) => this.#activate(id)],
    ["GET", /^\/snapshots\/([^/]+)\/build-logs-url$/, (id) => this.#logUrl("snapshots", id)],
    // The logs: on a host of their own now, below the API's URL for 0.115.
    ["GET", /^\/(?:proxy\/sandboxes|sandbox)\/([^/]+)\/build-logs$/, (...call) => this.#log(this.sandboxes, ...call)],
    ["GET", /^\/(?:proxy\/)?snapshots\/([^/]+)\/build-logs$/, (...call) => this.#log(this.snapshots, ...call)],
  ];

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", this.#origin);
    const method = request.method ?? "GET";
    const path = pathname.replace(/^\/api(?=\/)/, "");
    const recorded = { method, path: decodeURIComponent(path), query, body: undefined as unknown };
    this.requests.push(recorded);
    try {
      const text = await readText(request);
      recorded.body = text === "" ? undefined : parse(text);
      if (request.headers.authorization !== `Bearer ${API_KEY}`) throw new Refusal(401, "Unauthorized");
      const lost = this.#isLost(recorded);
      const answer = await this.#route(method, path, recorded.body, response, query);
      if (!lost && !response.headersSent) send(response, 200, answer);
    } catch (error) {
      sendError(response, pathname, error);
    }
  }

  /** Applies the first arranged answer that fits: throws its refusal, or tells that the answer is to be lost. */
  #isLost({ method, path }: RecordedRequest): boolean {
    const fits = ({ method: wanted = method, path: start = "" }: NonNullable<Fault["answer"]>) =>
      wanted === method && path.startsWith(start);
    const answer = this.#answers.find((candidate) => candidate.left > 0 && fits(candidate));
    if (!answer) return false;
    answer.left -= 1;
    if (answer.status === "lost") return true;
    throw new Refusal(answer.status, answer.message ?? STATUS_CODES[answer.status] ?? "Refused");
  }

  #route(method: string, path: string, body: unknown, response: ServerResponse, query: URLSearchParams): unknown {
    for (const [wanted, pattern, handler] of this.#routes) {
      const match = method === wanted ? pattern.exec(path) : null;
      if (match) return handler(decodeURIComponent(match[1] ?? ""), object(body), response, query);
    }
    throw new Refusal(501, `the stand-in has no ${method} ${path}`);
  }

  #pushAccess(): Json {
    const { accessKey, secretKey: secret, endpoint: storageUrl, bucket, region } = this.#store;
    return { accessKey, secret, sessionToken: "stand-in", storageUrl, organizationId: ORGANIZATION, bucket, region };
  }

  async #createSandbox(body: Json): Promise<Json> {
    const id = randomUUID();
    const name = typeof body.name === "string" ? body.name : id;
    if (taken(this.sandboxes, name)) throw new Refusal(409, `Sandbox with name ${name} already exists`);
    const input = buildInput(body);
    if (input && body.snapshot) throw new Refusal(400, "Cannot specify a snapshot when using a build info entry");
    const sandbox = new Build("sandbox", id, name, body, input);
    if (!input) this.#startFromSnapshot(sandbox);
    this.sandboxes.push(sandbox);
    if (input) await this.#prepare(sandbox, this.sandboxes);
    return this.#sandboxDto(sandbox);
  }

  /** The server itself waits until such a sandbox runs, so the answer says `started`. */
  #startFromSnapshot(sandbox: Build): void {
    const { snapshot, cpu, memory, disk, gpu } = sandbox.request;
    if (cpu || memory || disk || gpu) throw new Refusal(400, "Cannot specify Sandbox resources when using a snapshot");
    if (typeof snapshot === "string") {
      const found = this.snapshots.find((other) => !other.gone && [other.id, other.name].includes(snapshot));
      const missing = `Snapshot ${snapshot} not found. Did you add it through the Daytona Dashboard?`;
      if (!found) throw new Refusal(400, missing);
      if (found.state !== "active") throw new Refusal(400, `Snapshot ${snapshot} is ${found.state}`);
    }
    sandbox.settle("started");
  }

  /**
   * Decides what becomes of a build: known already, failing for a missing context, or as arranged. It takes time, so
   * the build is entered under its name before: of two requests at once, one is refused.
   */
  async #prepare(build: Build, others: readonly Build[]): Promise<void> {
    const earlier = others.findLast(({ ref, outcome }) => ref === build.ref && outcome !== undefined);
    if (earlier) return build.recall(earlier);
    const { build: failure, slow = 0 } = this.#builds.shift() ?? {};
    build.plan(failure ?? (await this.#missingContext(build)), slow);
  }

  async #missingContext({ contextHashes }: Build): Promise<Failure | undefined> {
    for (const hash of contextHashes) {
      const key = `${ORGANIZATION}/${hash}/context.tar`;
      if (!(await this.#store.has(key))) return { reason: `failed to get context object ${key}: key does not exist` };
    }
    return undefined;
  }

  /** Refused while a change of state is under way: a client has to try again. */
  #deleteSandbox(id: string): Json {
    const sandbox = this.#find(this.sandboxes, id);
    if (!sandbox.settled) throw new Refusal(409, "Sandbox state change in progress");
    sandbox.remove();
    return this.#sandboxDto(sandbox);
  }

  async #createSnapshot(body: Json): Promise<Json> {
    const name = String(body.name);
    if (!SNAPSHOT_NAME.test(name)) {
      throw new Refusal(400, "Invalid snapshot name format. May contain letters, digits, dots, colons, and dashes");
    }
    const input = buildInput(body);
    if (!input) throw new Refusal(501, "the stand-in pulls no images: give a snapshot a Dockerfile");
    const snapshot = new Build("snapshot", randomUUID(), name, body, input);
    if (taken(this.snapshots, name)) {
      throw new Refusal(409, `Snapshot with name "${name}" already exists for this organization`);
    }
    this.snapshots.push(snapshot);
    await this.#prepare(snapshot, this.snapshots);
    return this.#snapshotDto(snapshot);
  }

  #listSnapshots(query: URLSearchParams): Json {
    const page = Number(query.get("page") ?? 1);
    const limit = Number(query.get("limit") ?? 100);
    const all = this.snapshots.filter((snapshot) => !snapshot.gone);
    const items = all.slice((page - 1) * limit, page * limit).map((snapshot) => this.#snapshotDto(snapshot));
    return { items, total: all.length, page, totalPages: Math.ceil(all.length / limit) };
  }

  #activate(id: string): Json {
    const snapshot = this.#find(this.snapshots, id);
    if (snapshot.state !== "inactive") {
      throw new Refusal(400, `Snapshot ${id} cannot be activated - it is in ${snapshot.state} state`);
    }
    snapshot.settle("active");
    return this.#snapshotDto(snapshot);
  }

  #logUrl(kind: "sandboxes" | "snapshots", id: string): Json {
    const build = this.#find(this[kind], id);
    const missing = this.#logUrlsMissing > 0;
    if (missing) this.#logUrlsMissing -= 1;
    if (build.waiting || missing) throw new Refusal(404, `no runner is assigned to ${id}`);
    return { url: `${this.#origin}/proxy/${kind}/${build.id}/build-logs` };
  }

  #log(builds: readonly Build[], id: string, _body: Json, response: ServerResponse, query: URLSearchParams): void {
    const build = this.#find(builds, id);
    response.setHeader("content-type", "text/plain; charset=utf-8");
    if (query.get("follow") === "true") build.follow(response);
    else response.end(build.log);
  }

  #poll(builds: readonly Build[], id: string): Build {
    const build = this.#find(builds, id);
    build.advance();
    if (build.gone) throw notFound(id);
    return build;
  }

  #find(builds: readonly Build[], id: string): Build {
    const build = builds.find((candidate) => !candidate.gone && [candidate.id, candidate.name].includes(id));
    if (!build) throw notFound(id);
    return build;
  }

  get #toolboxUrl(): string {
    return `${this.#origin}/toolbox`;
  }

  #sandboxDto(sandbox: Build): Json {
    const { snapshot = sandbox.ref ? undefined : "default", env = {}, labels = {}, target = "us" } = sandbox.request;
    return { ...dto(sandbox), snapshot, env, labels, target, user: "daytona", toolboxProxyUrl: this.#toolboxUrl };
  }

  #snapshotDto(snapshot: Build): Json {
    return { ...dto(snapshot), ref: `${REGISTRY}/${snapshot.ref}`, general: false, entrypoint: snapshot.entrypoint };
  }
}

/** What sandboxes and snapshots have in common. */
function dto(build: Build): Json {
  const { id, name, state, errorReason = null, dockerfileContent, contextHashes, ref: snapshotRef } = build;
  const buildInfo = dockerfileContent === undefined ? undefined : { dockerfileContent, contextHashes, snapshotRef };
  return { id, name, organizationId: ORGANIZATION, state, errorReason, buildInfo, cpu: 1, memory: 1, mem: 1, disk: 3 };
}

function buildInput({ buildInfo }: Json): BuildInput | undefined {
  if (buildInfo === undefined) return undefined;
  const { dockerfileContent, contextHashes = [] } = object(buildInfo);
  if (typeof dockerfileContent !== "string") throw new Refusal(400, "dockerfileContent must be a string");
  if (!isStrings(contextHashes)) throw new Refusal(400, "each value in contextHashes must be a string");
  return { dockerfileContent, contextHashes };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((element) => typeof element === "string");
}

function taken(builds: readonly Build[], name: string): boolean {
  return builds.some((build) => build.name === name && !build.gone);
}

function notFound(id: string): Refusal {
  return new Refusal(404, `${id} not found`);
}
