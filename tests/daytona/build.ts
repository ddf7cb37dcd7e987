/**
 * The server's rules about one build: its key, its entrypoint, the states it passes through, and its log.
 */
import { createHash } from "node:crypto";
import { strings } from "./http.ts";

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

/** How a build is to fail. */
export interface Failure {
  /** Reported as the sandbox's or snapshot's `errorReason`. */
  readonly reason: string;
  /** The last lines of the log; the reason when not given. */
  readonly log?: string;
  /** The state it ends in; `build_failed` when not given. */
  readonly state?: "build_failed" | "error";
}

/** What was asked for: the definition as it arrived. */
export interface BuildInput {
  readonly dockerfileContent: string;
  readonly contextHashes: readonly string[];
}

/** How long states last, in milliseconds, when time moves them. */
export interface Pace {
  /** Each state until the build is over. */
  readonly build: number;
  /** Each state after it, and each on the way to the end. */
  readonly start: number;
}

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
  readonly request: Readonly<Record<string, unknown>>;
  readonly input?: BuildInput | undefined;
  readonly warmPoolId?: string | undefined;
  readonly pace: Pace | undefined;
  /** The present time in milliseconds. */
  clock(): number;
}

const WAITING = ["pending_build", "pending"];
const BUILDING = ["building_snapshot", "building"];
const FAILED = ["build_failed", "error"];
const GONE = ["destroyed", "removed"];
/** States that take nothing of a quota. */
const FREE = [...FAILED, ...GONE, "inactive", "stopped"];
/** States in which nothing changes by itself; in any other the server refuses to delete a sandbox. */
const SETTLED = ["pending_build", "started", "stopped", "build_failed", "error"];

/** The states after the first, by kind, for a build that succeeds. */
const PATHS = {
  sandbox: ["building_snapshot", "creating", "starting", "started"],
  snapshot: ["building", "pulling", "active"],
} as const;

/**
 * A sandbox or a snapshot, from the request that created it to its end.
 *
 * It moves by one state at each poll, or by time when it has a pace. `state` and `ahead` may be set by a test that needs
 * another course: `snapshot.state = "inactive"; snapshot.ahead = []`. So may the dates.
 */
export class Build {
  readonly kind: "sandbox" | "snapshot";
  readonly id: string;
  readonly name: string;
  /** The request's body, as parsed. */
  readonly request: Readonly<Record<string, unknown>>;
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
  /** When a sandbox last started from a snapshot. */
  lastUsedAt: Date | null = null;
  /** When anything was last asked of a sandbox's toolbox. */
  lastActivityAt: Date;
  /** The states that are still to come. */
  ahead: string[];
  /** How many more polls, or turns of time, leave it in its building state; `Infinity`: it never ends. */
  hold = 0;
  /** How its build is to fail, or failed. */
  failure: Failure | undefined;
  /** Known once the build is over; the server remembers it for the ref. */
  outcome: "built" | "failed" | undefined;
  /** The build log so far. */
  log = "";
  #state: string;
  #timer: NodeJS.Timeout | undefined;
  readonly #pace: Pace | undefined;
  readonly #now: () => Date;
  readonly #readers = new Map<Reader, number>();

  constructor({ kind, id, name, request, input, warmPoolId, pace, clock }: Beginning) {
    this.kind = kind;
    this.id = id;
    this.name = name;
    this.request = request;
    this.dockerfileContent = input?.dockerfileContent;
    this.contextHashes = input?.contextHashes ?? [];
    this.ref = input && snapshotRef(input.dockerfileContent, input.contextHashes);
    this.entrypoint = input && entrypointOf(input.dockerfileContent);
    this.warmPoolId = warmPoolId;
    this.labels = strings(request.labels);
    this.#pace = pace;
    this.#now = () => new Date(clock());
    this.createdAt = this.updatedAt = this.lastActivityAt = this.#now();
    this.#state = kind === "sandbox" ? "pending_build" : "pending";
    this.ahead = [...PATHS[kind]];
  }

  get state(): string {
    return this.#state;
  }

  set state(state: string) {
    this.#state = state;
    this.updatedAt = this.#now();
  }

  /** Sets the course of a build that is about to begin. */
  plan(failure: Failure | undefined, hold: number): void {
    this.hold = hold;
    this.failure = failure;
    this.#go(failure ? [PATHS[this.kind][0], failure.state ?? "build_failed"] : PATHS[this.kind]);
  }

  /** Takes over what became of an earlier build with the same ref: its image, or its error and its log. */
  recall(earlier: Build): void {
    this.outcome = earlier.outcome;
    this.failure = earlier.failure;
    this.log = earlier.log;
    if (earlier.failure) this.#go([earlier.failure.state ?? "build_failed"]);
    else if (this.kind === "snapshot") this.settle("active");
    else {
      this.state = "unknown";
      this.#go(["creating", "starting", "started"]);
    }
  }

  /** Puts it into a state that it does not leave by itself. */
  settle(state: string): void {
    this.state = state;
    this.#go([]);
  }

  /** No runner has been found yet: there is no log, and its URL is not known. */
  get waiting(): boolean {
    return WAITING.includes(this.state);
  }

  get building(): boolean {
    return BUILDING.includes(this.state);
  }

  /** Why it failed, once it has. */
  get errorReason(): string | undefined {
    return FAILED.includes(this.state) ? this.failure?.reason : undefined;
  }

  get gone(): boolean {
    return GONE.includes(this.state);
  }

  get settled(): boolean {
    return SETTLED.includes(this.state);
  }

  /** Whether it counts against a quota. */
  get counts(): boolean {
    return !FREE.includes(this.state);
  }

  /** A client has looked: what is moved by polls moves. */
  poll(): void {
    if (!this.#pace) this.#advance();
  }

  /** A snapshot that was put to rest is fetched again. */
  activate(): void {
    this.state = "pending";
    this.lastUsedAt = this.#now();
    this.#go(["pulling", "active"]);
  }

  /** Something is asked of the sandbox's toolbox. */
  touch(): void {
    this.lastActivityAt = this.#now();
  }

  /** Begins to be deleted; its name stays taken until it is gone. */
  remove(): void {
    this.state = this.kind === "sandbox" ? "destroying" : "removing";
    this.#go(this.kind === "sandbox" ? ["destroyed"] : ["removing", "removed"]);
  }

  /**
   * Hands a reader the log. Reading it to its end is what finishes a build that polls move and nothing holds. After a
   * build that failed the log never ends, as the real one does. Returns what to do when the reader leaves.
   */
  follow(reader: Reader, toItsEnd: boolean): () => void {
    this.#readers.set(reader, 0);
    if (toItsEnd && this.building && this.hold === 0 && !this.#pace) this.#advance();
    else this.#feed();
    return () => this.#readers.delete(reader);
  }

  #go(ahead: readonly string[]): void {
    this.ahead = [...ahead];
    this.#tick();
  }

  #tick(): void {
    clearTimeout(this.#timer);
    if (!this.#pace || this.ahead.length === 0 || this.hold === Number.POSITIVE_INFINITY) return;
    const turn = this.waiting || this.building ? this.#pace.build : this.#pace.start;
    this.#timer = setTimeout(() => {
      this.#advance();
      this.#tick();
    }, turn).unref();
  }

  /** The next state, unless the build is held. */
  #advance(): void {
    if (this.building && this.hold > 0) {
      this.hold -= 1;
      return;
    }
    const next = this.ahead.shift();
    if (next === undefined) return;
    if (this.building) this.#finish();
    this.state = next;
    if (this.building) this.log += steps(this.dockerfileContent ?? "");
    this.#feed();
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
      if (this.outcome === "built") reader.end();
    }
  }
}

function steps(dockerfile: string): string {
  const lines = dockerfile.split("\n").filter(Boolean);
  return lines.map((line, index) => `#${index + 1} ${line}\n`).join("");
}
