/**
 * All sandboxes, or all snapshots: found by id or name, and built once for each ref.
 */
import { ORGANIZATION } from "./access.ts";
import type { Build, BuildInput, Failure, Pace } from "./build.ts";
import type { Faults } from "./faults.ts";
import { type Json, object, Refusal } from "./http.ts";
import type { S3Server } from "./s3.ts";

/** How many snapshots and sandboxes the organization may have. */
export interface Quota {
  readonly snapshots?: number;
  readonly sandboxes?: number;
  /** The status of the refusal; 403 when not given. */
  readonly status?: number;
}

/** What the parts of the server share, and what tests may set at any time. */
export interface World {
  readonly store: S3Server;
  readonly faults: Faults;
  /** How many builds really ran, by ref. */
  readonly builds: Map<string, number>;
  /** `http://127.0.0.1:` and the port. */
  readonly origin: string;
  pace: Pace | undefined;
  quota: Quota;
  /** The present time in milliseconds. */
  clock: () => number;
}

/** The sandboxes, or the snapshots. */
export class Builds {
  /** All that ever were, in the order of their creation. */
  readonly all: Build[] = [];
  /** The greatest number at once. */
  peak = 0;
  protected readonly world: World;
  readonly #planned = new Map<Build, Promise<void>>();

  constructor(world: World) {
    this.world = world;
  }

  /** Those that are not gone. */
  get live(): Build[] {
    return this.all.filter((build) => !build.gone);
  }

  /** Whether something that is not gone has this name. */
  taken(name: string): boolean {
    return this.all.some((build) => build.name === name && !build.gone);
  }

  find(id: string): Build {
    const build = this.all.findLast((candidate) => !candidate.gone && (candidate.id === id || candidate.name === id));
    if (!build) throw notFound(id);
    return build;
  }

  /** Finds it, and lets it move. */
  poll(id: string): Build {
    const build = this.find(id);
    build.poll();
    if (build.gone) throw notFound(id);
    return build;
  }

  /** Enters one, in the same turn in which its name was found to be free: of two requests at once, one is refused. */
  add(build: Build): void {
    this.all.push(build);
    this.peak = Math.max(this.peak, this.live.length);
  }

  /**
   * Decides what happens to a build: the same as of an earlier one with its ref, whether that is over or under way;
   * failing for a missing context; or as arranged.
   */
  async prepare(build: Build): Promise<void> {
    const others = this.all.filter((other) => other !== build && other.ref === build.ref);
    const earlier = others.findLast(({ outcome }) => outcome !== undefined);
    if (earlier) return build.recall(earlier);
    const running = others.find((other) => other.waiting || other.building);
    const planning = running ? this.#join(build, running) : this.#begin(build);
    this.#planned.set(build, planning);
    await planning.finally(() => this.#planned.delete(build));
  }

  async #join(build: Build, running: Build): Promise<void> {
    await this.#planned.get(running);
    build.plan(running.failure, running.hold);
  }

  async #begin(build: Build): Promise<void> {
    const { builds, faults } = this.world;
    const ref = build.ref ?? "";
    builds.set(ref, (builds.get(ref) ?? 0) + 1);
    const { build: failure, slow = 0 } = faults.takeBuild();
    build.plan(failure ?? (await this.#missingContext(build)), slow);
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

/** What the API tells of sandboxes and snapshots alike. */
export function dto(build: Build): Json {
  const { id, name, state, errorReason = null, dockerfileContent, contextHashes, ref: snapshotRef } = build;
  const { createdAt, updatedAt } = build;
  const buildInfo = dockerfileContent === undefined ? undefined : { dockerfileContent, contextHashes, snapshotRef };
  return { id, name, organizationId: ORGANIZATION, state, errorReason, buildInfo, createdAt, updatedAt };
}

/** The resources that a request asks for, with the server's defaults. */
export function resources({ cpu = 1, memory = 1, disk = 3, gpu = 0 }: Json) {
  return { cpu, memory, disk, gpu };
}

/** The build that a request asks for, if it does. */
export function buildInput({ buildInfo }: Json): BuildInput | undefined {
  if (buildInfo === undefined) return undefined;
  const { dockerfileContent, contextHashes = [] } = object(buildInfo);
  if (typeof dockerfileContent !== "string") throw new Refusal(400, "dockerfileContent must be a string");
  if (!isStrings(contextHashes)) throw new Refusal(400, "each value in contextHashes must be a string");
  return { dockerfileContent, contextHashes };
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((element) => typeof element === "string");
}

function notFound(id: string): Refusal {
  return new Refusal(404, `${id} not found`);
}
