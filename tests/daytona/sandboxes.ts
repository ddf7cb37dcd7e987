/**
 * Sandboxes: created from a build, a snapshot or a warm pool, listed, labelled, deleted, and ended by time.
 */
import { randomUUID } from "node:crypto";
import { REGION } from "./access.ts";
import { Build } from "./build.ts";
import { Builds, buildInput, dto, resources, type World } from "./builds.ts";
import { type Call, type Json, object, Refusal, type Route, strings } from "./http.ts";
import { regionOf, type Snapshots } from "./snapshots.ts";
import type { WarmPools } from "./warm-pools.ts";

const MINUTE = 60_000;
/** The server's defaults, in minutes. */
const AUTO_STOP = 15;
const AUTO_ARCHIVE = 7 * 24 * 60;
const NEVER_DELETED = -1;

/** All sandboxes and their routes. */
export class Sandboxes extends Builds {
  readonly #snapshots: Snapshots;
  readonly #pools: WarmPools;

  constructor(world: World, snapshots: Snapshots, pools: WarmPools) {
    super(world);
    this.#snapshots = snapshots;
    this.#pools = pools;
  }

  readonly routes: readonly Route[] = [
    ["POST", /^\/sandbox$/, ({ body }) => this.#create(body)],
    ["GET", /^\/sandbox$/, ({ query }) => this.#list(query)],
    // 0.115: by pages.
    ["GET", /^\/sandbox\/paginated$/, ({ query }) => this.#listPage(query)],
    ["GET", /^\/sandbox\/([^/]+)$/, ({ params: [id = ""] }) => this.#dto(this.poll(id))],
    ["DELETE", /^\/sandbox\/([^/]+)$/, ({ params: [id = ""] }) => this.#delete(id)],
    ["PUT", /^\/sandbox\/([^/]+)\/labels$/, (call) => this.#replaceLabels(call)],
    ["GET", /^\/sandbox\/([^/]+)\/toolbox-proxy-url$/, () => ({ url: this.#toolboxUrl })],
  ];

  /** Ends what is at its end by the present clock: stopped after its idle time; gone after that, its life or a delete. */
  reap(): void {
    for (const sandbox of this.live) {
      if (sandbox.state === "started" && this.#stopsAt(sandbox) <= this.world.clock()) {
        sandbox.settle("stopped");
        sandbox.updatedAt = new Date(this.#stopsAt(sandbox));
      }
      const ended = sandbox.state === "destroying" || this.#endsAt(sandbox) <= this.world.clock();
      if (ended) sandbox.settle("destroyed");
    }
  }

  #stopsAt({ request, lastActivityAt }: Build): number {
    return after(lastActivityAt, Number(request.autoStopInterval ?? AUTO_STOP) || Number.POSITIVE_INFINITY);
  }

  /** The life of a sandbox ends in any state; the time to its deletion runs only while it is stopped. */
  #endsAt(sandbox: Build): number {
    const { state, request, updatedAt } = sandbox;
    const autoDelete = Number(request.autoDeleteInterval ?? NEVER_DELETED);
    const deletedAt = state === "stopped" && autoDelete >= 0 ? after(updatedAt, autoDelete) : Number.POSITIVE_INFINITY;
    return Math.min(deletedAt, this.#destroyedAt(sandbox));
  }

  #destroyedAt({ request, createdAt }: Build): number {
    return after(createdAt, Number(request.ttlMinutes ?? 0) || Number.POSITIVE_INFINITY);
  }

  async #create(body: Json): Promise<Json> {
    const id = randomUUID();
    const name = typeof body.name === "string" ? body.name : id;
    if (this.taken(name)) throw new Refusal(409, `Sandbox with name ${name} already exists`);
    const input = buildInput(body);
    if (input && body.snapshot) throw new Refusal(400, "Cannot specify a snapshot when using a build info entry");
    const snapshot = input ? undefined : this.#source(body);
    const warmPoolId = snapshot && this.#pools.claim(snapshot, body);
    if (!warmPoolId) this.#claimQuota();
    const { pace, clock } = this.world;
    const sandbox = new Build({ kind: "sandbox", id, name, request: body, input, warmPoolId, pace, clock });
    // The server itself waits until a sandbox without a build runs.
    if (!input) sandbox.settle("started");
    if (snapshot) snapshot.lastUsedAt = sandbox.createdAt;
    this.add(sandbox);
    if (input) await this.prepare(sandbox);
    return this.#dto(sandbox);
  }

  /** The snapshot that a request names; none for the server's default. */
  #source({ snapshot, cpu, memory, disk, gpu, target = REGION }: Json): Build | undefined {
    if (cpu || memory || disk || gpu) throw new Refusal(400, "Cannot specify Sandbox resources when using a snapshot");
    if (typeof snapshot !== "string") return undefined;
    const found = this.#snapshots.live.find(({ id, name }) => id === snapshot || name === snapshot);
    if (!found) throw new Refusal(400, `Snapshot ${snapshot} not found. Did you add it through the Daytona Dashboard?`);
    if (found.state !== "active") throw new Refusal(400, `Snapshot ${snapshot} is ${found.state}`);
    if (regionOf(found) !== target) {
      throw new Refusal(400, `Snapshot ${snapshot} is not available in region ${String(target)}`);
    }
    return found;
  }

  #claimQuota(): void {
    const { sandboxes: most = Number.POSITIVE_INFINITY, status = 403 } = this.world.quota;
    const used = this.all.filter(({ counts }) => counts).length + this.#pools.ready;
    if (used >= most) throw new Refusal(status, `Total CPU limit exceeded. Maximum allowed: ${most}.`);
  }

  /** Newest first. The cursor is a place among all that ever were, so nothing is left out when some go meanwhile. */
  #list(query: URLSearchParams): Json {
    const limit = Number(query.get("limit") ?? 100);
    const fits = filter(query);
    const items: Json[] = [];
    let place = Number(query.get("cursor") ?? this.all.length);
    while (place > 0 && items.length < limit) {
      const sandbox = this.all[--place];
      if (sandbox && fits(sandbox)) items.push(this.#dto(sandbox));
    }
    const more = this.all.slice(0, place).some(fits);
    return { items, nextCursor: more ? String(place) : null };
  }

  #listPage(query: URLSearchParams): Json {
    const page = Number(query.get("page") ?? 1);
    const limit = Number(query.get("limit") ?? 100);
    const fitting = this.all.filter(filter(query)).reverse();
    const items = fitting.slice((page - 1) * limit, page * limit).map((sandbox) => this.#dto(sandbox));
    return { items, total: fitting.length, page, totalPages: Math.ceil(fitting.length / limit) };
  }

  /** Refused while a change of state is under way: a client has to try again. */
  #delete(id: string): Json {
    const sandbox = this.find(id);
    if (!sandbox.settled) throw new Refusal(409, "Sandbox state change in progress");
    sandbox.remove();
    return this.#dto(sandbox);
  }

  #replaceLabels({ params: [id = ""], body }: Call): Json {
    const sandbox = this.find(id);
    sandbox.labels = strings(body.labels);
    return { labels: sandbox.labels };
  }

  get #toolboxUrl(): string {
    return `${this.world.origin}/toolbox`;
  }

  #dto(sandbox: Build): Json {
    const { request, labels, lastActivityAt, warmPoolId } = sandbox;
    const { snapshot = sandbox.ref ? undefined : "default" } = request;
    const source = this.#snapshots.live.find(({ id, name }) => id === snapshot || name === snapshot);
    const destroyedAt = this.#destroyedAt(sandbox);
    return {
      ...dto(sandbox),
      ...resources(source?.request ?? request),
      snapshot,
      labels,
      env: strings(request.env),
      target: request.target ?? REGION,
      user: request.user ?? "daytona",
      volumes: request.volumes ?? [],
      public: request.public ?? false,
      autoStopInterval: request.autoStopInterval ?? AUTO_STOP,
      autoArchiveInterval: request.autoArchiveInterval ?? AUTO_ARCHIVE,
      autoDeleteInterval: request.autoDeleteInterval ?? NEVER_DELETED,
      autoDestroyAt: Number.isFinite(destroyedAt) ? new Date(destroyedAt) : undefined,
      lastActivityAt,
      warmPoolId,
      toolboxProxyUrl: this.#toolboxUrl,
    };
  }
}

function after(date: Date, minutes: number): number {
  return date.getTime() + minutes * MINUTE;
}

/** The conditions of a list: labels and states, a name's beginning, snapshots, regions, and the time of creation. */
function filter(query: URLSearchParams): (sandbox: Build) => boolean {
  const labels = Object.entries(strings(object(JSON.parse(query.get("labels") ?? "{}"))));
  const [states, snapshots] = [query.getAll("states"), query.getAll("snapshots")];
  const name = query.get("name") ?? "";
  const since = new Date(query.get("createdAtAfter") ?? 0);
  const before = query.get("createdAtBefore");
  return (sandbox) =>
    !sandbox.gone &&
    labels.every(([key, value]) => sandbox.labels[key] === value) &&
    (states.length === 0 || states.includes(sandbox.state)) &&
    (snapshots.length === 0 || snapshots.includes(String(sandbox.request.snapshot))) &&
    sandbox.name.startsWith(name) &&
    sandbox.createdAt >= since &&
    (before === null || sandbox.createdAt <= new Date(before));
}
