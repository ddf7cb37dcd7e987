/**
 * Warm pools: sandboxes that run already, for creates that ask for nothing of their own.
 */
import { randomUUID } from "node:crypto";
import { ORGANIZATION, REGION } from "./access.ts";
import type { Build } from "./build.ts";
import { resources, type World } from "./builds.ts";
import { type Call, type Json, object, Refusal, type Route } from "./http.ts";
import { regionOf, type Snapshots } from "./snapshots.ts";

interface Pool {
  readonly id: string;
  readonly snapshot: Build;
  readonly target: unknown;
  readonly createdAt: Date;
  updatedAt: Date;
  /** How many are wanted. */
  size: number;
  /** How many can be claimed now. */
  ready: number;
}

/** What a create must not ask for, to get a sandbox that runs already. */
const OF_ITS_OWN = ["env", "volumes", "secrets", "user"];

/** All warm pools and their routes. */
export class WarmPools {
  readonly #world: World;
  readonly #snapshots: Snapshots;
  #pools: Pool[] = [];

  constructor(world: World, snapshots: Snapshots) {
    this.#world = world;
    this.#snapshots = snapshots;
  }

  readonly routes: readonly Route[] = [
    ["GET", /^\/warm-pools$/, () => this.#list()],
    ["POST", /^\/warm-pools$/, ({ body }) => this.#create(body)],
    ["PATCH", /^\/warm-pools\/([^/]+)$/, (call) => this.#update(call)],
    ["DELETE", /^\/warm-pools\/([^/]+)$/, ({ params: [id = ""] }) => this.#delete(id)],
  ];

  /** How many sandboxes wait in all pools. */
  get ready(): number {
    return this.#pools.reduce((sum, { ready }) => sum + ready, 0);
  }

  /** Takes a sandbox out of the pool that fits, if one does and is not empty: the pool's id. */
  claim(snapshot: Build, request: Json): string | undefined {
    if (OF_ITS_OWN.some((name) => asks(request[name]))) return undefined;
    const pool = this.#pools.find((candidate) => candidate.snapshot === snapshot && candidate.ready > 0);
    if (pool) pool.ready -= 1;
    return pool?.id;
  }

  /** What was claimed is replaced when a client looks, as all states move. */
  #list(): Json[] {
    for (const pool of this.#pools) pool.ready = pool.size;
    return this.#pools.map(poolDto);
  }

  #create({ snapshot: wanted, pool: size, target = REGION }: Json): Json {
    const snapshot = this.#snapshots.live.find(({ id, name }) => id === wanted || name === wanted);
    if (!snapshot || regionOf(snapshot) !== target) throw new Refusal(404, `Snapshot ${String(wanted)} not found`);
    if (this.#pools.some((pool) => pool.snapshot === snapshot && pool.target === target)) {
      throw new Refusal(409, `A warm pool for snapshot ${snapshot.name} in ${String(target)} already exists`);
    }
    const now = new Date(this.#world.clock());
    const [id, ready] = [randomUUID(), count(size)];
    const pool: Pool = { id, snapshot, target, createdAt: now, updatedAt: now, size: ready, ready };
    this.#pools.push(pool);
    return poolDto(pool);
  }

  #update({ params: [id = ""], body }: Call): Json {
    const pool = this.#find(id);
    pool.size = pool.ready = count(body.pool);
    pool.updatedAt = new Date(this.#world.clock());
    return poolDto(pool);
  }

  #delete(id: string): void {
    const pool = this.#find(id);
    this.#pools = this.#pools.filter((other) => other !== pool);
  }

  #find(id: string): Pool {
    const pool = this.#pools.find((candidate) => candidate.id === id);
    if (!pool) throw new Refusal(404, `Warm pool ${id} not found`);
    return pool;
  }
}

/** SDKs send an empty object for no environment. */
function asks(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : Object.keys(object(value)).length > 0;
}

function count(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  throw new Refusal(400, "pool must be a non-negative integer");
}

function poolDto({ id, snapshot, target, size, ready, createdAt, updatedAt }: Pool): Json {
  const { cpu, memory: mem, disk } = resources(snapshot.request);
  return {
    id,
    organizationId: ORGANIZATION,
    snapshot: snapshot.name,
    target,
    pool: size,
    currentSize: ready,
    cpu,
    mem,
    disk,
    osUser: "daytona",
    env: {},
    errorReason: null,
    createdAt,
    updatedAt,
  };
}
