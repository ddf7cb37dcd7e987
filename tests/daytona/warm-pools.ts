/**
 * Warm pools: sandboxes that run already, for creates that ask for nothing of their own.
 */
import { randomUUID } from "node:crypto";
import type { WarmPool } from "@daytona/api-client";
import { ORGANIZATION } from "./access.ts";
import type { Build } from "./build.ts";
import { resources, type World } from "./builds.ts";
import { type Call, type Json, object, Refusal, type Route } from "./http.ts";
import type { Snapshots } from "./snapshots.ts";

interface Pool {
  readonly id: string;
  readonly snapshot: Build;
  readonly target: string;
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
    ["GET", /^\/warm-pools$/, () => this.#allowed().map(recordOf)],
    ["POST", /^\/warm-pools$/, ({ body }) => this.#create(body), "write:sandboxes"],
    ["PATCH", /^\/warm-pools\/([^/]+)$/, (call) => this.#update(call), "write:sandboxes"],
    ["DELETE", /^\/warm-pools\/([^/]+)$/, ({ params: [id = ""] }) => this.#delete(id), "write:sandboxes"],
  ];

  /** How many sandboxes wait in all pools. */
  get ready(): number {
    return this.#live().reduce((sum, { ready }) => sum + ready, 0);
  }

  /** Takes a sandbox out of the pool that fits, if one does and is not empty: the pool's id. */
  claim(snapshot: Build, target: string, request: Json): string | undefined {
    if (OF_ITS_OWN.some((name) => asks(request[name]))) return undefined;
    const fits = (pool: Pool) => pool.snapshot === snapshot && pool.target === target && pool.ready > 0;
    const pool = this.#live().find(fits);
    if (!pool) return undefined;
    pool.ready -= 1;
    this.#fill(pool);
    return pool.id;
  }

  /** A pool goes with its snapshot. */
  #live(): Pool[] {
    this.#pools = this.#pools.filter(({ snapshot }) => !snapshot.gone && snapshot.state !== "removing");
    return this.#pools;
  }

  /** The pools, if the organization may have any. The last public server has none. */
  #allowed(): Pool[] {
    if (this.#world.version === "0.190") throw new Refusal(404, "Cannot find /warm-pools");
    if (!this.#world.organization.warmPools) throw new Refusal(403, "Warm pools are not enabled for this organization");
    return this.#live();
  }

  #fill(pool: Pool): void {
    const { time, pace } = this.#world;
    time.after(pace.fill, () => {
      pool.ready = pool.size;
    });
  }

  #create({ snapshot: of, pool: size, target }: Json): WarmPool {
    const pools = this.#allowed();
    const wanted = count(size, 1);
    const region = String(target ?? this.#world.organization.region);
    const snapshot = this.#snapshots.live.find(({ id, name }) => id === of || name === of);
    if (!snapshot?.regions.includes(region)) throw new Refusal(404, `Snapshot ${String(of)} not found`);
    if (pools.some((pool) => pool.snapshot === snapshot && pool.target === region)) {
      throw new Refusal(409, `A warm pool for snapshot ${snapshot.name} in ${region} already exists`);
    }
    const now = new Date(this.#world.time.now());
    const begun = { createdAt: now, updatedAt: now, size: wanted, ready: 0 };
    const pool: Pool = { id: randomUUID(), snapshot, target: region, ...begun };
    this.#pools.push(pool);
    this.#fill(pool);
    return recordOf(pool);
  }

  #update({ params: [id = ""], body }: Call): WarmPool {
    const pool = this.#find(id);
    pool.size = count(body.pool, 0);
    pool.ready = Math.min(pool.ready, pool.size);
    pool.updatedAt = new Date(this.#world.time.now());
    this.#fill(pool);
    return recordOf(pool);
  }

  #delete(id: string): void {
    const pool = this.#find(id);
    this.#pools = this.#pools.filter((other) => other !== pool);
  }

  #find(id: string): Pool {
    const pool = this.#allowed().find((candidate) => candidate.id === id);
    if (!pool) throw new Refusal(404, `Warm pool ${id} not found`);
    return pool;
  }
}

/** SDKs send an empty object for no environment. */
function asks(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : Object.keys(object(value)).length > 0;
}

function count(value: unknown, least: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return value;
  throw new Refusal(400, `pool must not be less than ${least}`);
}

function recordOf({ id, snapshot, target, size, ready, createdAt, updatedAt }: Pool): WarmPool {
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
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
