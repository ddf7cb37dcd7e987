/**
 * The server's rules about one build: its key, its entrypoint, the states it passes through, and its log.
 */
import { createHash } from "node:crypto";
import type { SandboxDesiredState, SandboxState, SnapshotState } from "@daytona/api-client";
import { strings } from "./http.ts";
import type { Time } from "./time.ts";

/** The server's cache key of a build. Every byte of the Dockerfile counts; hashes are sorted, kept when repeated. */
export function snapshotRef(dockerfileContent: string, contextHashes: readonly string[] = []): string {
  const text = dockerfileContent + [...contextHashes].sort().join("");
  return `daytona-${createHash("sha256").update(text, "utf8").digest("hex")}:daytona`;
}

/**
 * The entrypoint as the server finds it: the last match anywhere in the text, comments and RUN lines included. CMD
 * plays no part. Throws for an array with an element that is not a string, as the server does (it answers 500).
 */
export function entrypointOf(dockerfileContent: string): string[] {
  const raw = [...dockerfileContent.matchAll(/ENTRYPOINT\s+(.*)/g)].at(-1)?.[1]?.trim();
  if (raw === undefined) return ["sleep", "infinity"];
  const parsed = parseJson(raw);
  if (parsed === undefined) return [raw.replace(/["']/g, "")];
  if (!Array.isArray(parsed)) return ["sleep", "infinity"];
  const words: unknown[] = parsed.filter(Boolean);
  if (!words.every((word) => typeof word === "string")) throw new TypeError("cmd.trim is not a function");
  return words.filter((word) => word.trim() !== "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A state of a sandbox or a snapshot; `removed` is what only the stand-in calls so: nothing tells of such a snapshot. */
export type State = SandboxState | SnapshotState | "removed";

/** How a build is to fail. */
export interface Failure {
  /** Reported as the sandbox's or snapshot's `errorReason`. */
  readonly reason: string;
  /** The last lines of the log; the reason when not given. */
  readonly log?: string;
  /** The state it ends in; when not given, `build_failed` for a sandbox and `error` for a snapshot, as on current runners. */
  readonly state?: "build_failed" | "error";
}

/** What was asked for: the definition as it arrived. */
export interface BuildInput {
  readonly dockerfileContent: string;
  readonly contextHashes: readonly string[];
}

/** How long states last, in milliseconds. */
export interface Pace {
  /** Until a runner is found. */
  readonly assign: number;
  readonly build: number;
  /** While a sandbox is `creating`, and an image is pulled. */
  readonly create: number;
  /** While a sandbox is `starting`. */
  readonly start: number;
  /** Until what is deleted is gone, and what is stopped has stopped. */
  readonly remove: number;
  /** After a snapshot has become ready, until there are runners for its sandboxes. */
  readonly spread: number;
  /** How far lists of sandboxes are behind. */
  readonly lag: number;
  /** Until a warm pool is filled again. */
  readonly fill: number;
}

/** As it takes. */
export const USUAL_PACE: Pace = {
  assign: 2_000,
  build: 20_000,
  create: 500,
  start: 300,
  remove: 10_000,
  spread: 30_000,
  lag: 1_000,
  fill: 10_000,
};

/** For clients that wait in the machine's time. */
export const BRIEF_PACE: Pace = {
  assign: 10,
  build: 40,
  create: 10,
  start: 10,
  remove: 10,
  spread: 0,
  lag: 0,
  fill: 10,
};

/** Who reads a log while it grows. */
export interface Reader {
  write(text: string): void;
  /** The build has succeeded: nothing more comes. */
  end(): void;
}

/** How a sandbox or a snapshot begins. */
export interface Beginning {
  readonly kind: "sandbox" | "snapshot";
  readonly id: string;
  readonly name: string;
  readonly region: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly input?: BuildInput | undefined;
  readonly warmPoolId?: string | undefined;
  readonly world: { readonly time: Time; readonly pace: Pace };
}

const WAITING: readonly State[] = ["pending_build", "pending"];
const BUILDING: readonly State[] = ["building_snapshot", "building"];
const FAILED: readonly State[] = ["build_failed", "error"];
const GONE: readonly State[] = ["destroyed", "removed"];
/** States that take nothing of a quota. */
const FREE: readonly State[] = [...FAILED, ...GONE, "inactive", "stopped"];
/** States in which nothing changes by itself. */
const RESTING: readonly State[] = ["started", "stopped", "active", "inactive", ...FAILED, ...GONE];

const FORTNIGHT = 14 * 24 * 3_600_000;

/** The states after the first, by kind, for a build that succeeds. */
const PATHS = {
  sandbox: ["building_snapshot", "creating", "starting", "started"],
  snapshot: ["building", "active"],
} as const;

/**
 * A sandbox or a snapshot, from the request that created it to its end.
 *
 * It moves by time. `ahead` may be set by a test that needs another course: `sandbox.ahead = ["stopped"]`. So may the dates.
 */
export class Build {
  readonly kind: "sandbox" | "snapshot";
  readonly id: string;
  /** A sandbox's is another from the moment in which it is deleted. */
  name: string;
  /** Where it is; a snapshot may be in several. */
  regions: readonly string[];
  /** The request's body, as parsed. */
  readonly request: Readonly<Record<string, unknown>>;
  /** What the request asked for, and what was set later. */
  readonly settings: Record<string, unknown>;
  readonly dockerfileContent: string | undefined;
  readonly contextHashes: readonly string[];
  /** The build key, without the registry that the API puts before a snapshot's; none without a Dockerfile. */
  readonly ref: string | undefined;
  /** What the sandbox will run, as the server reads it from the Dockerfile. */
  readonly entrypoint: readonly string[] | undefined;
  /** The warm pool that a sandbox was claimed from. */
  readonly warmPoolId: string | undefined;
  labels: Record<string, string>;
  createdAt: Date;
  /** When its state last changed. */
  updatedAt: Date;
  /** When a snapshot became ready, or a sandbox last started from it. */
  lastUsedAt: Date | null = null;
  /** When anything was last asked of a sandbox's toolbox. */
  lastActivityAt: Date;
  /** The states that are still to come. */
  ahead: State[] = [];
  /** How many milliseconds longer than usual its build takes; `Infinity`: until it is released. */
  delay = 0;
  /** How its build is to fail, or failed. */
  failure: Failure | undefined;
  /** Known once the build is over; the server remembers it for the ref. */
  outcome: "built" | "failed" | undefined;
  /** The build log so far. */
  log = "";
  #state: State;
  #cancel = (): void => {};
  readonly #world: Beginning["world"];
  readonly #readers = new Map<Reader, number>();
  readonly #watchers = new Set<(state: State) => void>();

  constructor({ kind, id, name, region, request, input, warmPoolId, world }: Beginning) {
    this.kind = kind;
    this.id = id;
    this.name = name;
    this.regions = [region];
    this.request = request;
    this.settings = { ...request };
    this.dockerfileContent = input?.dockerfileContent;
    this.contextHashes = input?.contextHashes ?? [];
    this.ref = input && snapshotRef(input.dockerfileContent, input.contextHashes);
    this.entrypoint = input && entrypointOf(input.dockerfileContent);
    this.warmPoolId = warmPoolId;
    this.labels = strings(request.labels);
    this.#world = world;
    this.createdAt = this.updatedAt = this.lastActivityAt = this.#now();
    this.#state = kind === "snapshot" ? "pending" : input ? "pending_build" : "creating";
  }

  get state(): State {
    return this.#state;
  }

  /** Calls back at each change of the state, until the function that it returns is called. */
  watch(watcher: (state: State) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Kept when nothing more happens by itself. */
  atRest(): Promise<void> {
    return this.#until(() => this.isAtRest);
  }

  /** Kept when it has a runner, or needs none any longer. */
  runner(): Promise<void> {
    return this.#until(() => !this.waiting);
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((done) => {
      const leave = this.watch(look);
      function look(): void {
        if (!holds()) return;
        leave();
        done();
      }
      look();
    });
  }

  /** Sets the course of a build that is about to begin. */
  plan(failure: Failure | undefined, delay: number): void {
    this.delay = delay;
    this.failure = failure;
    this.#go(failure ? [PATHS[this.kind][0], this.#failed(failure)] : PATHS[this.kind]);
  }

  /** Fetches the image that a snapshot names. */
  pull(): void {
    this.#go(["pulling", "active"]);
  }

  /** Starts a sandbox that needs no build. */
  begin(failure?: Failure): void {
    this.failure = failure;
    this.#go(failure ? ["starting", "error"] : ["starting", "started"]);
  }

  /** Takes over what became of an earlier build with the same ref: its image, or its error and its log. */
  recall(earlier: Build): void {
    this.outcome = earlier.outcome;
    this.failure = earlier.failure;
    this.log = earlier.log;
    if (earlier.failure) this.#go([this.#failed(earlier.failure)]);
    else if (this.kind === "snapshot") this.settle("active");
    else {
      this.#enter("creating");
      this.begin();
    }
  }

  /** Puts it into a state that it does not leave by itself. */
  settle(state: State): void {
    this.#cancel();
    this.ahead = [];
    this.#enter(state);
  }

  /** Puts a snapshot to rest, so long ago that it may be woken. */
  sleep(): void {
    this.settle("inactive");
    this.updatedAt = this.lastUsedAt = new Date(this.updatedAt.getTime() - FORTNIGHT);
  }

  /** Lets a build go on that was held for ever. */
  release(): void {
    this.delay = 0;
    this.#tick();
  }

  /** No runner has been found yet: there is no log, and its URL is not known. */
  get waiting(): boolean {
    return WAITING.includes(this.state);
  }

  get building(): boolean {
    return BUILDING.includes(this.state);
  }

  get failed(): boolean {
    return FAILED.includes(this.state);
  }

  /** Why it failed, once it has. */
  get errorReason(): string | undefined {
    return this.failed ? this.failure?.reason : undefined;
  }

  get gone(): boolean {
    return GONE.includes(this.state);
  }

  get isAtRest(): boolean {
    return RESTING.includes(this.state);
  }

  /** What a sandbox is to become. */
  get desired(): SandboxDesiredState {
    if (["destroying", "destroyed"].includes(this.state)) return "destroyed";
    return ["stopping", "stopped"].includes(this.state) ? "stopped" : "started";
  }

  /** Whether it counts against a quota. */
  get counts(): boolean {
    return !FREE.includes(this.state);
  }

  /** A snapshot that was put to rest is built again. */
  activate(): void {
    this.#enter("pending");
    this.#go(PATHS.snapshot);
  }

  /** A sandbox that was stopped is started. */
  restart(): void {
    this.#enter("starting");
    this.#go(["started"]);
  }

  /** A sandbox is stopped. */
  stop(): void {
    this.#enter("stopping");
    this.#go(["stopped"]);
  }

  /** Something is asked of the sandbox's toolbox. */
  touch(): void {
    this.lastActivityAt = this.#now();
  }

  /** Begins to be deleted. The name of a sandbox is free at once, that of a snapshot when it is gone. */
  remove(): void {
    if (this.kind === "snapshot") {
      this.#enter("removing");
      this.#go(["removed"]);
    } else {
      this.name = `DESTROYED_${this.name}_${this.#world.time.now()}`;
      this.#enter("destroying");
      this.#go(["destroyed"]);
    }
  }

  /**
   * Hands a reader the log. After a build that failed the log never ends, as the real one does. Returns what to do when the
   * reader leaves.
   */
  follow(reader: Reader): () => void {
    this.#readers.set(reader, 0);
    this.#feed();
    return () => this.#readers.delete(reader);
  }

  #failed(failure: Failure): State {
    return failure.state ?? (this.kind === "snapshot" ? "error" : "build_failed");
  }

  #now(): Date {
    return new Date(this.#world.time.now());
  }

  #enter(state: State): void {
    this.#state = state;
    this.updatedAt = this.#now();
    if (state === "active") this.lastUsedAt = this.updatedAt;
    if (state === "started") this.lastActivityAt = this.updatedAt;
    for (const watcher of [...this.#watchers]) watcher(state);
  }

  #go(ahead: readonly State[]): void {
    this.ahead = [...ahead];
    this.#tick();
  }

  #tick(): void {
    this.#cancel();
    const turn = this.#turn();
    if (this.ahead.length === 0 || turn === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#world.time.after(turn, () => this.#advance());
  }

  /** How long its present state lasts. */
  #turn(): number {
    const { assign, build, create, start, remove } = this.#world.pace;
    if (this.waiting) return assign;
    if (this.building) return build + this.delay;
    if (["destroying", "removing", "stopping"].includes(this.state)) return remove;
    return this.state === "starting" ? start : create;
  }

  #advance(): void {
    const next = this.ahead.shift();
    if (next === undefined) return;
    if (this.building) this.#finish();
    if (BUILDING.includes(next)) this.log += steps(this.dockerfileContent ?? "");
    this.#enter(next);
    this.#feed();
    this.#tick();
  }

  #finish(): void {
    this.outcome = this.failure ? "failed" : "built";
    this.log += this.failure ? `${(this.failure.log ?? this.failure.reason).trimEnd()}\n` : "Successfully built\n";
  }

  /** Hands every reader what it has not seen, and lets it go once the build has succeeded. */
  #feed(): void {
    for (const [reader, seen] of this.#readers) {
      if (seen < this.log.length) reader.write(this.log.slice(seen));
      this.#readers.set(reader, this.log.length);
      if (this.outcome === "built" && !this.building) reader.end();
    }
  }
}

function steps(dockerfile: string): string {
  const lines = dockerfile.split("\n").filter(Boolean);
  return lines.map((line, index) => `#${index + 1} ${line}\n`).join("");
}
