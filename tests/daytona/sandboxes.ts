/**
 * Sandboxes: created from a build, a snapshot or a warm pool, listed, labelled, started, stopped, deleted, and ended by time.
 */
import { randomUUID } from "node:crypto";
import type { ListSandboxesResponse, Sandbox, SandboxListItem, SandboxState } from "@daytona/api-client";
import { ORGANIZATION } from "./access.ts";
import { Build } from "./build.ts";
import { Builds, buildInfoOf, buildInput, pageLimit, resources, type World } from "./builds.ts";
import { type Call, type Json, object, Refusal, type Route, strings } from "./http.ts";
import type { Snapshots } from "./snapshots.ts";
import type { WarmPools } from "./warm-pools.ts";

const MINUTE = 60_000;
/** The server's defaults, in minutes. */
const AUTO_STOP = 15;
const AUTO_ARCHIVE = 7 * 24 * 60;
const NEVER_DELETED = -1;
/** How long a create waits for the sandbox to run. */
const START = 30_000;
/** The fields that hold the intervals of a sandbox, by their paths. */
const INTERVALS: Readonly<Record<string, string>> = {
  autostop: "autoStopInterval",
  autoarchive: "autoArchiveInterval",
  autodelete: "autoDeleteInterval",
};

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
    ["POST", /^\/sandbox$/, ({ body }) => this.#create(body), "write:sandboxes"],
    ["GET", /^\/sandbox$/, ({ query }) => this.#list(query)],
    // 0.115: by pages.
    ["GET", /^\/sandbox\/paginated$/, ({ query }) => this.#listPage(query)],
    ["GET", /^\/sandbox\/([^/]+)$/, ({ params: [id = ""] }) => this.#recordOf(this.find(id))],
    ["DELETE", /^\/sandbox\/([^/]+)$/, ({ params: [id = ""] }) => this.#delete(id), "delete:sandboxes"],
    ["POST", /^\/sandbox\/([^/]+)\/(start|stop)$/, (call) => this.#startOrStop(call), "write:sandboxes"],
    [
      "POST",
      /^\/sandbox\/([^/]+)\/(autostop|autoarchive|autodelete)\/(-?\d+)$/,
      (call) => this.#set(call),
      "write:sandboxes",
    ],
    ["PUT", /^\/sandbox\/([^/]+)\/labels$/, (call) => this.#replaceLabels(call), "write:sandboxes"],
    ["GET", /^\/sandbox\/([^/]+)\/build-logs-url$/, (call) => this.#logUrl(call)],
    ["GET", /^\/sandbox\/([^/]+)\/toolbox-proxy-url$/, () => ({ url: this.#toolboxUrl })],
  ];

  async #create(body: Json): Promise<Sandbox> {
    const input = buildInput(body);
    if (input && body.snapshot) throw new Refusal(400, "Cannot specify a snapshot when using a build info entry");
    const region = this.regionOf(body.target);
    const snapshot = input ? undefined : this.#source(body, region);
    this.checkSuspension();
    const id = randomUUID();
    const name = typeof body.name === "string" ? body.name : id;
    const warmPoolId = snapshot && this.#pools.claim(snapshot, region, body);
    const world = this.world;
    const sandbox = new Build({ kind: "sandbox", id, name, region, request: body, input, warmPoolId, world });
    const { sandboxes: most = Number.POSITIVE_INFINITY } = this.world.quota;
    const exceeded = `Total CPU limit exceeded. Maximum allowed: ${most}.`;
    await this.enter(sandbox, warmPoolId ? Number.POSITIVE_INFINITY : most, exceeded, this.#pools.ready);
    this.#age(sandbox);
    if (warmPoolId) return this.#claimed(sandbox);
    if (input) return this.#build(sandbox);
    if (snapshot) snapshot.lastUsedAt = sandbox.createdAt;
    return this.#start(sandbox);
  }

  /** A sandbox of a pool runs already. The snapshot does not count as used. */
  #claimed(sandbox: Build): Sandbox {
    sandbox.settle("started");
    return this.#recordOf(sandbox);
  }

  async #build(sandbox: Build): Promise<Sandbox> {
    await this.prepare(sandbox);
    return this.#recordOf(sandbox);
  }

  /** The answer waits until it runs, and then tells what it was before. */
  async #start(sandbox: Build): Promise<Sandbox> {
    const before = this.#recordOf(sandbox);
    sandbox.begin(this.world.faults.takeStart());
    await this.world.hold(sandbox.atRest(), START);
    if (sandbox.failed) throw new Refusal(400, `Sandbox failed to start: ${sandbox.errorReason}`);
    return before;
  }

  /** The snapshot that a request names; none for the server's default. */
  #source({ snapshot, cpu, memory, disk, gpu }: Json, region: string): Build | undefined {
    if (cpu || memory || disk || gpu) throw new Refusal(400, "Cannot specify Sandbox resources when using a snapshot");
    if (typeof snapshot !== "string" || snapshot.trim() === "") return undefined;
    const found = this.#snapshots.live.find(({ id, name }) => id === snapshot || name === snapshot);
    if (!found) throw new Refusal(400, `Snapshot ${snapshot} not found. Did you add it through the Daytona Dashboard?`);
    if (!found.regions.includes(region))
      throw new Refusal(400, `Snapshot ${snapshot} is not available in region ${region}`);
    if (found.state !== "active") throw new Refusal(400, `Snapshot ${snapshot} is ${found.state}`);
    if (!this.#snapshots.isSpread(found)) throw new Refusal(400, "No available runners");
    return found;
  }

  /** Ends a sandbox by time: in any state when its life is over; stopped while it is idle, and deleted some time after that. */
  #age(sandbox: Build): void {
    const { time } = this.world;
    const life = this.#life(sandbox);
    if (life > 0) time.after(sandbox.createdAt.getTime() + life - time.now(), () => sandbox.settle("destroyed"));
    sandbox.watch((state) => {
      if (state === "started") this.#stopWhenIdle(sandbox);
      if (state === "stopped") this.#deleteLater(sandbox);
    });
  }

  /** Milliseconds; the last public server knows no such end. */
  #life({ settings }: Build): number {
    return this.world.version === "0.190" ? 0 : Number(settings.ttlMinutes ?? 0) * MINUTE;
  }

  /** What runs in the background is no activity. */
  #stopWhenIdle(sandbox: Build): void {
    const minutes = Number(sandbox.settings.autoStopInterval ?? AUTO_STOP);
    if (sandbox.state !== "started" || minutes === 0) return;
    const left = sandbox.lastActivityAt.getTime() + minutes * MINUTE - this.world.time.now();
    if (left <= 0) sandbox.settle("stopped");
    else this.world.time.after(left, () => this.#stopWhenIdle(sandbox));
  }

  #deleteLater(sandbox: Build): void {
    const minutes = Number(sandbox.settings.autoDeleteInterval ?? NEVER_DELETED);
    const since = sandbox.updatedAt;
    if (minutes < 0) return;
    this.world.time.after(minutes * MINUTE, () => {
      if (sandbox.state === "stopped" && sandbox.updatedAt === since) sandbox.settle("destroyed");
    });
  }

  /** Refused while the state is changing, once there is a runner. */
  #delete(id: string): Sandbox {
    const sandbox = this.find(id);
    if (!sandbox.isAtRest && !sandbox.waiting) throw changing();
    sandbox.remove();
    return this.#recordOf(sandbox);
  }

  #startOrStop({ params: [id = "", action] }: Call): Sandbox {
    const sandbox = this.find(id);
    if (action === "start" && sandbox.state === "started") return this.#recordOf(sandbox);
    if (!sandbox.isAtRest) throw changing();
    if (sandbox.state !== (action === "start" ? "stopped" : "started")) {
      throw new Refusal(400, action === "start" ? "Sandbox is not in valid state" : "Sandbox is not started");
    }
    if (action === "start") sandbox.restart();
    else sandbox.stop();
    return this.#recordOf(sandbox);
  }

  #set({ params: [id = "", name = "", minutes] }: Call): Sandbox {
    const sandbox = this.find(id);
    sandbox.settings[INTERVALS[name] ?? name] = Number(minutes);
    this.#stopWhenIdle(sandbox);
    return this.#recordOf(sandbox);
  }

  #replaceLabels({ params: [id = ""], body }: Call): { labels: Record<string, string> } {
    const sandbox = this.find(id);
    sandbox.labels = strings(body.labels);
    return { labels: sandbox.labels };
  }

  #logUrl({ params: [id = ""] }: Call): { url: string } {
    const sandbox = this.find(id);
    if (!buildInfoOf(sandbox)) throw new Refusal(404, `Sandbox ${id} has no build info`);
    return { url: `${this.world.origin}/proxy/sandboxes/${sandbox.id}/build-logs` };
  }

  /** Newest first. The cursor is a place among all that ever were, so nothing is left out when some go meanwhile. */
  #list(query: URLSearchParams): ListSandboxesResponse {
    const limit = pageLimit(query);
    const fits = this.#filter(query);
    const items: SandboxListItem[] = [];
    let place = Number(query.get("cursor") ?? this.all.length);
    while (place > 0 && items.length < limit) {
      const sandbox = this.all[--place];
      if (sandbox && fits(sandbox)) items.push(this.#itemOf(sandbox));
    }
    const more = this.all.slice(0, place).some(fits);
    return { items, nextCursor: more ? String(place) : null };
  }

  #listPage(query: URLSearchParams): Json {
    const [page, limit] = [Number(query.get("page") ?? 1), pageLimit(query)];
    const fitting = this.all.filter(this.#filter(query)).reverse();
    const items = fitting.slice((page - 1) * limit, page * limit).map((sandbox) => this.#recordOf(sandbox));
    return { items, total: fitting.length, page, totalPages: Math.ceil(fitting.length / limit) };
  }

  /** The conditions of a list: labels and states, a name's beginning, snapshots, regions, and the time of creation. */
  #filter(query: URLSearchParams): (sandbox: Build) => boolean {
    const labels = Object.entries(strings(object(JSON.parse(query.get("labels") ?? "{}"))));
    const [states, snapshots] = [query.getAll("states"), query.getAll("snapshots")];
    const name = query.get("name") ?? "";
    const since = new Date(query.get("createdAtAfter") ?? 0);
    const before = query.get("createdAtBefore");
    return (sandbox) =>
      this.#isListed(sandbox) &&
      labels.every(([key, value]) => sandbox.labels[key] === value) &&
      (states.length === 0 || states.includes(sandbox.state)) &&
      (snapshots.length === 0 || snapshots.includes(String(sandbox.request.snapshot))) &&
      sandbox.name.startsWith(name) &&
      sandbox.createdAt >= since &&
      (before === null || sandbox.createdAt <= new Date(before));
  }

  /** Lists are behind, by the stand-in's time: what is new is missing, what is gone is there. */
  #isListed({ createdAt, updatedAt, gone }: Build): boolean {
    const seen = this.world.time.now() - this.world.pace.lag;
    return createdAt.getTime() <= seen && !(gone && updatedAt.getTime() <= seen);
  }

  get #toolboxUrl(): string {
    return `${this.world.origin}/toolbox`;
  }

  /** What lists tell of a sandbox: neither its environment nor its build. */
  #itemOf(sandbox: Build): SandboxListItem {
    const { env, buildInfo, volumes, toolboxProxyUrl, ...item } = this.#recordOf(sandbox);
    return { ...item, ...((this.world.version !== "0.190" && { toolboxProxyUrl }) as { toolboxProxyUrl: string }) };
  }

  #recordOf(sandbox: Build): Sandbox {
    const { id, name, state, errorReason, settings, labels, lastActivityAt, warmPoolId, createdAt } = sandbox;
    const snapshot = sandbox.ref ? undefined : String(settings.snapshot ?? "default");
    const source = this.#snapshots.live.find((candidate) => candidate.id === snapshot || candidate.name === snapshot);
    const { autoStopInterval = AUTO_STOP, autoArchiveInterval = AUTO_ARCHIVE } = settings;
    const { autoDeleteInterval = NEVER_DELETED } = settings;
    const buildInfo = buildInfoOf(sandbox);
    const life = this.#life(sandbox);
    return {
      id,
      organizationId: ORGANIZATION,
      name,
      target: sandbox.regions[0] ?? "",
      ...(snapshot !== undefined && { snapshot: source?.name ?? snapshot }),
      user: typeof settings.user === "string" ? settings.user : "daytona",
      env: strings(settings.env),
      labels,
      public: settings.public === true,
      networkBlockAll: settings.networkBlockAll === true,
      ...resources(source?.request ?? settings),
      volumes: (settings.volumes ?? []) as NonNullable<Sandbox["volumes"]>,
      state: state as SandboxState,
      desiredState: sandbox.desired,
      ...(errorReason !== undefined && { errorReason }),
      autoStopInterval: Number(autoStopInterval),
      autoArchiveInterval: Number(autoArchiveInterval),
      autoDeleteInterval: Number(autoDeleteInterval),
      ...(life > 0 && { autoDestroyAt: new Date(createdAt.getTime() + life).toISOString() }),
      ...(buildInfo && { buildInfo }),
      createdAt: createdAt.toISOString(),
      updatedAt: sandbox.updatedAt.toISOString(),
      lastActivityAt: lastActivityAt.toISOString(),
      sandboxClass: "container",
      ...(warmPoolId !== undefined && { warmPoolId }),
      toolboxProxyUrl: this.#toolboxUrl,
    };
  }
}

const changing = (): Refusal => new Refusal(409, "Sandbox state change in progress");
