/**
 * All sandboxes, or all snapshots: found by id or name, counted against a quota, and built once for each ref.
 */
import type { BuildInfo } from "@daytona/api-client";
import { ORGANIZATION, REGION } from "./access.ts";
import type { Build, BuildInput, Failure, Pace } from "./build.ts";
import type { Faults } from "./faults.ts";
import { type Json, object, Refusal } from "./http.ts";
import type { S3Server } from "./s3.ts";
import type { Time } from "./time.ts";

/** How many snapshots and sandboxes the organization may have. */
export interface Quota {
  readonly snapshots?: number;
  readonly sandboxes?: number;
  /** The status of the refusal; 400 when not given, as in the last public server. */
  readonly status?: number;
}

/** What is true of the organization and its key. */
export interface Organization {
  /** Where sandboxes and snapshots are that ask for no region. */
  readonly region: string;
  /** Where it may have any. */
  readonly regions: readonly string[];
  /** Why it is suspended, if it is. */
  readonly suspended?: string;
  /** What its key may do; everything when not given. */
  readonly permissions?: readonly string[];
  /** Whether it may have warm pools. */
  readonly warmPools: boolean;
}

/** An organization as new ones are, with a second region. */
export const NEW_ORGANIZATION: Organization = { region: REGION, regions: [REGION, "eu"], warmPools: false };

/** What the parts of the server share, and what tests may set at any time. */
export interface World {
  readonly store: S3Server;
  readonly faults: Faults;
  readonly time: Time;
  /** How many builds really ran, by ref. */
  readonly builds: Map<string, number>;
  /** Which server it is: the last public one, or the one of today's models. */
  version: "0.190" | "newest";
  /** `http://127.0.0.1:` and the port. */
  readonly origin: string;
  pace: Pace;
  quota: Quota;
  organization: Organization;
  /** Keeps a request waiting for a promise, but no longer than some milliseconds. */
  hold(promise: Promise<unknown>, milliseconds: number): Promise<void>;
}

/** Milliseconds in which a request is decided. */
const DECISION = 5;

/** Milliseconds that a request for a log waits for a runner. */
const RUNNER = 30_000;

/** The sandboxes, or the snapshots. */
export class Builds {
  /** All that ever were, in the order of their creation. */
  readonly all: Build[] = [];
  /** The greatest number at once. */
  peak = 0;
  protected readonly world: World;
  /** Requests that are being decided: they count against the quota. */
  #pending = 0;
  readonly #planned = new Map<Build, Promise<void>>();

  constructor(world: World) {
    this.world = world;
  }

  /** Those that are not gone. */
  get live(): Build[] {
    return this.all.filter((build) => !build.gone);
  }

  find(id: string): Build {
    const build = this.live.findLast((candidate) => candidate.id === id || candidate.name === id);
    if (!build) throw notFound(id);
    return build;
  }

  /** What has a log, once it has a runner. */
  async withRunner(id: string): Promise<Build> {
    const build = this.find(id);
    if (!buildInfoOf(build)) throw new Refusal(404, `${id} has no build info`);
    if (build.waiting) await this.world.hold(build.runner(), RUNNER);
    if (build.waiting) throw new Refusal(404, `Timeout waiting for build runner assignment for ${id}`);
    return build;
  }

  /** Throws where the organization may do nothing new. */
  protected checkSuspension(): void {
    const { suspended } = this.world.organization;
    if (suspended !== undefined) throw new Refusal(403, `Organization is suspended: ${suspended}`);
  }

  /**
   * Enters what a request asks for, unless the quota is reached or the name is taken. What others ask for at the same time
   * counts, also if it is refused later.
   */
  protected async enter(build: Build, most: number, exceeded: string, reserved = 0): Promise<void> {
    this.#pending += 1;
    try {
      await this.world.hold(new Promise(() => {}), DECISION);
      const used = this.all.filter(({ counts }) => counts).length + reserved;
      if (used + this.#pending > most) throw new Refusal(this.world.quota.status ?? 400, exceeded);
      if (this.live.some(({ name }) => name === build.name)) throw nameTaken(build);
      this.all.push(build);
      this.peak = Math.max(this.peak, this.live.length);
    } finally {
      this.#pending -= 1;
    }
  }

  /**
   * Decides what happens to a build: the same as of an earlier one with its ref, whether that is over or under way;
   * failing for a missing context; or as arranged.
   */
  protected async prepare(build: Build): Promise<void> {
    const others = this.all.filter((other) => other !== build && other.ref === build.ref);
    const earlier = others.findLast(({ outcome }) => outcome !== undefined);
    if (earlier) return build.recall(earlier);
    const running = others.find((other) => other.waiting || other.building);
    const planning = running ? this.#join(build, running) : this.#begin(build);
    this.#planned.set(build, planning);
    await planning.finally(() => this.#planned.delete(build));
  }

  /** The id of the region that a request names, or of the default one. */
  protected regionOf(name: unknown): string {
    const { region, regions } = this.world.organization;
    const wanted = typeof name === "string" && name.trim() !== "" ? name.trim() : region;
    if (!regions.includes(wanted)) throw new Refusal(404, "Region not found");
    return wanted;
  }

  async #join(build: Build, running: Build): Promise<void> {
    await this.#planned.get(running);
    build.plan(running.failure, running.delay);
  }

  async #begin(build: Build): Promise<void> {
    const { builds, faults } = this.world;
    const ref = build.ref ?? "";
    builds.set(ref, (builds.get(ref) ?? 0) + 1);
    const { build: failure, slow = 0 } = faults.takeBuild();
    build.plan(failure ?? (await this.#missingContext(build)), slow * 1_000);
  }

  async #missingContext({ contextHashes }: Build): Promise<Failure | undefined> {
    for (const hash of contextHashes) {
      const key = `${ORGANIZATION}/${hash}/context.tar`;
      const missing = !(await this.world.store.has(key));
      if (missing) return { reason: `failed to get context object ${key}: key does not exist` };
    }
    return undefined;
  }
}

/** A build as its own record describes it. */
export function buildInfoOf(build: Build): BuildInfo | undefined {
  const { ref: snapshotRef, dockerfileContent, contextHashes, createdAt, updatedAt } = build;
  if (snapshotRef === undefined || dockerfileContent === undefined) return undefined;
  return { dockerfileContent, contextHashes: [...contextHashes], createdAt, updatedAt, snapshotRef };
}

/** The resources that a request asks for, with the server's defaults. */
export function resources({ cpu, memory, disk, gpu }: Json) {
  return { cpu: Number(cpu ?? 1), memory: Number(memory ?? 1), disk: Number(disk ?? 3), gpu: Number(gpu ?? 0) };
}

/** The build that a request asks for, if it does. */
export function buildInput({ buildInfo }: Json): BuildInput | undefined {
  if (buildInfo === undefined) return undefined;
  const { dockerfileContent, contextHashes = [] } = object(buildInfo);
  if (typeof dockerfileContent !== "string") throw new Refusal(400, "buildInfo.dockerfileContent must be a string");
  if (!isStrings(contextHashes)) throw new Refusal(400, "each value in buildInfo.contextHashes must be a string");
  return { dockerfileContent, contextHashes };
}

/** The number of records that a page may have, as a request says. */
export function pageLimit(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? 100);
  if (limit > 200) throw new Refusal(400, "limit must not be greater than 200");
  if (!(limit >= 1)) throw new Refusal(400, "limit must not be less than 1");
  return limit;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((element) => typeof element === "string");
}

const nameTaken = ({ kind, name }: Build): Refusal =>
  kind === "sandbox"
    ? new Refusal(409, `Sandbox with name ${name} already exists`)
    : new Refusal(409, `Snapshot with name "${name}" already exists for this organization`);

function notFound(id: string): Refusal {
  return new Refusal(404, `${id} not found`);
}
