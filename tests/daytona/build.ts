/**
 * The server's rules about one build: its key, its entrypoint, the states it passes through, and its log.
 */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

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

const WAITING = ["pending_build", "pending"];
const BUILDING = ["building_snapshot", "building"];
const FAILED = ["build_failed", "error"];
const GONE = ["destroyed", "removed"];
/** States in which nothing changes by itself; in any other the server refuses to delete a sandbox. */
const SETTLED = ["pending_build", "started", "build_failed", "error"];

/** The states after the first, by kind, for a build that succeeds. */
const PATHS = {
  sandbox: ["building_snapshot", "creating", "starting", "started"],
  snapshot: ["building", "pulling", "active"],
} as const;

/**
 * A sandbox or a snapshot, from the request that created it to its end.
 *
 * It moves by one state at each poll, never by time. `state` and `ahead` may be set by a test that needs another
 * course: `snapshot.state = "inactive"; snapshot.ahead = []`.
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
  state: string;
  /** The states that are still to come. */
  ahead: string[];
  /** How many more polls leave it in its building state; `Infinity` for a build that never ends. */
  hold = 0;
  /** How its build is to fail, or failed. */
  failure: Failure | undefined;
  /** Known once the build is over; the server remembers it for the ref. */
  outcome: "built" | "failed" | undefined;
  /** The build log so far. */
  log = "";
  readonly #followers = new Map<ServerResponse, number>();

  constructor(kind: Build["kind"], id: string, name: string, request: Build["request"], input?: BuildInput) {
    this.kind = kind;
    this.id = id;
    this.name = name;
    this.request = request;
    this.dockerfileContent = input?.dockerfileContent;
    this.contextHashes = input?.contextHashes ?? [];
    this.ref = input && snapshotRef(input.dockerfileContent, input.contextHashes);
    this.entrypoint = input && entrypointOf(input.dockerfileContent);
    this.state = kind === "sandbox" ? "pending_build" : "pending";
    this.ahead = [...PATHS[kind]];
  }

  /** Sets the course of a build that is about to begin. */
  plan(failure: Failure | undefined, hold: number): void {
    this.hold = hold;
    this.failure = failure;
    if (failure) this.ahead = [PATHS[this.kind][0], failure.state ?? "build_failed"];
  }

  /** Takes over what became of an earlier build with the same ref: its image, or its error and its log. */
  recall(earlier: Build): void {
    this.outcome = earlier.outcome;
    this.failure = earlier.failure;
    this.log = earlier.log;
    if (earlier.failure) this.ahead = [earlier.failure.state ?? "build_failed"];
    else if (this.kind === "sandbox") [this.state, this.ahead] = ["unknown", ["creating", "starting", "started"]];
    else this.settle("active");
  }

  /** Puts it into a state that it does not leave by itself. */
  settle(state: string): void {
    this.state = state;
    this.ahead = [];
  }

  /** No runner has been found yet: there is no log, and its URL is not known. */
  get waiting(): boolean {
    return WAITING.includes(this.state);
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

  /** One poll: the next state, unless the build is held. */
  advance(): void {
    if (this.#building && this.hold > 0) {
      this.hold -= 1;
      return;
    }
    const next = this.ahead.shift();
    if (next === undefined) return;
    if (this.#building) this.#finish();
    this.state = next;
    if (this.#building) this.log += steps(this.dockerfileContent ?? "");
    this.#feed();
  }

  /** Begins to be deleted; its name stays taken until it is gone. */
  remove(): void {
    if (this.kind === "sandbox") [this.state, this.ahead] = ["destroying", ["destroyed"]];
    else [this.state, this.ahead] = ["removing", ["removing", "removed"]];
  }

  /**
   * Streams the log. Reading it to its end is what finishes a build that is not held. After a build that failed the
   * stream stays open for ever, as the real one does.
   */
  follow(response: ServerResponse): void {
    this.#followers.set(response, 0);
    response.once("close", () => this.#followers.delete(response));
    response.flushHeaders();
    if (this.#building && this.hold === 0) this.advance();
    else this.#feed();
  }

  get #building(): boolean {
    return BUILDING.includes(this.state);
  }

  #finish(): void {
    this.outcome = this.failure ? "failed" : "built";
    this.log += this.failure ? `${(this.failure.log ?? this.failure.reason).trimEnd()}\n` : "Successfully built\n";
  }

  /** Hands every follower what it has not seen, and lets it go once the build has succeeded. */
  #feed(): void {
    for (const [response, seen] of this.#followers) {
      if (seen < this.log.length) response.write(this.log.slice(seen));
      this.#followers.set(response, this.log.length);
      if (this.outcome === "built") response.end();
    }
  }
}

function steps(dockerfile: string): string {
  const lines = dockerfile.split("\n").filter(Boolean);
  return lines.map((line, index) => `#${index + 1} ${line}\n`).join("");
}
