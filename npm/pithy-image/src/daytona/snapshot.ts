/**
 * Snapshots that are there when they are needed, however many processes ask for them at once: the name says what is in a
 * snapshot, so that of two that make it one is refused, and waits for the other.
 */
import { type FailureDetails, PithyImageError } from "../error.ts";
import type { Lock } from "../lock.ts";
import type { ResolvedImage, SnapshotNameOptions } from "../resolved.ts";
import { failedInstruction } from "./build-failure.ts";
import { Call, type CallOptions } from "./call.ts";
import type { Answer, Connection, Request } from "./client.ts";
import { type LockedImage, lockedImage } from "./lock-choice.ts";
import { BuildLog } from "./logs.ts";
import { isQuota, refusal } from "./refusal.ts";
import { notBuilt, uploadFailed } from "./sandbox.ts";
import { type Resolvable, type SdkImageClass, type SdkImageParts, sdkImageOf } from "./sdk-image.ts";

/** Seconds that a snapshot may take: Daytona allows a build an hour. */
const DEADLINE = 3_600;

/**
 * How a snapshot came to be ready: it was (`reused`), somebody else was making it (`waited`), it was put to sleep
 * (`activated`), it had failed before (`rebuilt`), or it was made now (`created`).
 */
export type EnsureOutcome = "reused" | "waited" | "activated" | "rebuilt" | "created";

/** Options of `ensureSnapshot`. */
export interface EnsureSnapshotOptions extends CallOptions, Omit<SnapshotNameOptions, "imageDigest"> {
  /** Which image of a lock, if it has several. */
  imageName?: string | undefined;
  /** The snapshot's name, if it is not to be made from what is in it. */
  name?: string | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
  /**
   * Any text; another one makes Daytona build anew, also what failed before: it remembers a failed build for hours. The name
   * stays the same.
   */
  refresh?: string | undefined;
  /** Sandboxes of the snapshot that Daytona keeps running, ready to be taken. */
  warmPool?: number | undefined;
  /** Locks whose snapshots stay when room is made, because there are as many snapshots as there may be. */
  keep?: readonly Lock[] | undefined;
  /** Told each new part of the build's log. */
  onLog?: ((text: string) => void) | undefined;
  /** Told each state, once. */
  onState?: ((state: string) => void) | undefined;
}

/** A snapshot that is ready: see `ensureSnapshot`. */
export interface EnsuredSnapshot {
  readonly outcome: EnsureOutcome;
  readonly name: string;
  readonly id: string;
  /** Daytona's own record. */
  readonly snapshot: SnapshotRecord;
}

/** A snapshot as Daytona's API describes it. */
export interface SnapshotRecord {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly errorReason?: string | null;
  readonly ref?: string;
  readonly buildInfo?: { readonly dockerfileContent?: string; readonly snapshotRef?: string };
  readonly createdAt?: string;
  readonly lastUsedAt?: string | null;
}

export const isFine = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** Reads a snapshot; none if there is no such. */
export async function readSnapshot(
  connection: Connection,
  call: Call,
  name: string,
): Promise<SnapshotRecord | undefined> {
  const answer = await call.request(connection.send, snapshotRequest(connection, "GET", name));
  if (answer.status === 404) return undefined;
  if (!isFine(answer)) throw refusal(answer, `say what snapshot \`${name}\` is`);
  return answer.data as SnapshotRecord;
}

/** A request about one snapshot. */
export function snapshotRequest(connection: Connection, method: string, ...path: string[]): Request {
  const { headers } = connection;
  return { method, url: connection.url("snapshots", ...path), ...(headers && { headers }) };
}

/** What is to be there. */
interface Wanted {
  readonly name: string;
  /** What is built. Absent for a lock: it has nothing to build from. */
  readonly resolved?: ResolvedImage;
  readonly locked?: LockedImage;
}

/** Makes room for a snapshot of a name; answers whether it did. */
export type MakeRoom = (call: Call, name: string) => Promise<boolean>;

/** Makes sure that a snapshot is ready. */
export async function ensureSnapshot(
  connection: Connection,
  Image: SdkImageClass<SdkImageParts>,
  pollInterval: number,
  of: Resolvable | object,
  options: EnsureSnapshotOptions,
  makeRoom: MakeRoom,
): Promise<EnsuredSnapshot> {
  const call = new Call(options, DEADLINE);
  const watch = new SnapshotWatch(connection, call, pollInterval, options);
  try {
    const wanted = await wantedOf(call, of, options);
    const ensured = await new Ensuring(connection, call, watch, Image, options, wanted, makeRoom).run();
    if (options.warmPool !== undefined) await warmUp(connection, call, ensured.name, options.warmPool);
    return ensured;
  } finally {
    watch.end();
    call.end();
  }
}

async function wantedOf(call: Call, of: Resolvable | object, options: EnsureSnapshotOptions): Promise<Wanted> {
  if (!("resolve" in of)) {
    const locked = lockedImage(of, options.imageName);
    return { name: locked.snapshotName, locked };
  }
  const { prefix, resources, region, sandboxClass, root, refresh } = options;
  const { signal } = call;
  const resolved = await call.race((of as Resolvable).resolve({ root, signal }));
  const name = options.name ?? resolved.snapshotName(given({ prefix, resources, region, sandboxClass }));
  if (refresh === undefined) return { name, resolved };
  return { name, resolved: await call.race((of as Resolvable).refresh(refresh).resolve({ root, signal })) };
}

/** Without fields that are undefined. */
const given = <Fields extends object>(fields: Fields): { [Key in keyof Fields]-?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** Waits for a snapshot, and tells of its states and its log. */
export class SnapshotWatch {
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #pollInterval: number;
  readonly #options: Pick<EnsureSnapshotOptions, "onLog" | "onState">;
  #state: string | undefined;
  #log: BuildLog | undefined;

  constructor(
    connection: Connection,
    call: Call,
    pollInterval: number,
    options: Pick<EnsureSnapshotOptions, "onLog" | "onState">,
  ) {
    this.#connection = connection;
    this.#call = call;
    this.#pollInterval = pollInterval;
    this.#options = options;
  }

  /** Takes note of a snapshot's state. */
  note({ id, state }: SnapshotRecord): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState?.(state);
    if (state !== "building") return;
    this.#log ??= new BuildLog(this.#connection, this.#call, { kind: "snapshots", id }, this.#options.onLog);
    this.#log.follow();
  }

  /** Reads a snapshot after a pause; none if it is gone. */
  async next(name: string): Promise<SnapshotRecord | undefined> {
    await this.#call.sleep(this.#pollInterval);
    return readSnapshot(this.#connection, this.#call, name);
  }

  /** Wakes a snapshot, and waits until it is ready. Daytona refuses it for ten minutes after it was put to sleep. */
  async activate({ id, name }: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    await this.#call.request(this.#connection.send, snapshotRequest(this.#connection, "POST", id, "activate"));
    let snapshot = await readSnapshot(this.#connection, this.#call, name);
    while (snapshot && isComing(snapshot)) {
      this.note(snapshot);
      snapshot = await this.next(name);
    }
    return snapshot;
  }

  /** The end of the log of a build that is over. */
  async log(id: string): Promise<string> {
    this.#log ??= new BuildLog(this.#connection, this.#call, { kind: "snapshots", id }, this.#options.onLog);
    return this.#log.end();
  }

  /** Hears the rest of a log that somebody listens to. */
  async hearOut(): Promise<void> {
    if (this.#options.onLog) await this.#log?.end();
  }

  end(): void {
    this.#log?.cancel();
  }
}

const SETTLED = new Set(["active", "inactive", "error", "build_failed", "removing"]);

/** Whether its state changes by itself. */
const isComing = ({ state }: SnapshotRecord): boolean => !SETTLED.has(state);

/** The states that a snapshot goes through, until it is ready. */
class Ensuring {
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #watch: SnapshotWatch;
  readonly #Image: SdkImageClass<SdkImageParts>;
  readonly #options: EnsureSnapshotOptions;
  readonly #wanted: Wanted;
  /** How it will have become ready. */
  #outcome: EnsureOutcome = "reused";
  /** Whether somebody's build of it was seen on its way: its failure is the answer, and nothing to build anew. */
  #sawBuild = false;
  readonly #makeRoom: MakeRoom;
  #hasMadeRoom = false;

  constructor(
    connection: Connection,
    call: Call,
    watch: SnapshotWatch,
    Image: SdkImageClass<SdkImageParts>,
    options: EnsureSnapshotOptions,
    wanted: Wanted,
    makeRoom: MakeRoom,
  ) {
    this.#connection = connection;
    this.#call = call;
    this.#watch = watch;
    this.#Image = Image;
    this.#options = options;
    this.#wanted = wanted;
    this.#makeRoom = makeRoom;
  }

  async run(): Promise<EnsuredSnapshot> {
    const { name } = this.#wanted;
    let snapshot = await readSnapshot(this.#connection, this.#call, name);
    for (;;) {
      if (snapshot) this.#watch.note(snapshot);
      if (snapshot?.state === "active") return this.#ready(snapshot);
      snapshot = await this.#step(snapshot);
    }
  }

  async #ready(snapshot: SnapshotRecord): Promise<EnsuredSnapshot> {
    this.#checkContent(snapshot);
    await this.#watch.hearOut();
    const { id, name } = snapshot;
    return { outcome: this.#outcome, name, id, snapshot };
  }

  /** Does what brings a snapshot nearer to being ready, and answers what became of it. */
  async #step(snapshot: SnapshotRecord | undefined): Promise<SnapshotRecord | undefined> {
    const { name } = this.#wanted;
    switch (snapshot?.state) {
      case undefined:
        return this.#create();
      case "inactive":
        this.#become("activated");
        return (await this.#watch.activate(snapshot as SnapshotRecord)) ?? this.#watch.next(name);
      case "removing":
        return this.#watch.next(name);
      case "build_failed":
      case "error":
        return this.#replace(snapshot as SnapshotRecord);
      default:
        this.#sawBuild = true;
        this.#become("waited");
        return this.#watch.next(name);
    }
  }

  #become(outcome: EnsureOutcome): void {
    if (this.#outcome === "reused") this.#outcome = outcome;
  }

  /** Has it built. Another that was faster is waited for. */
  async #create(): Promise<SnapshotRecord | undefined> {
    const { name, resolved, locked } = this.#wanted;
    if (!resolved) throw notBuilt(locked as LockedImage, undefined);
    const answer = await this.#submit(resolved);
    if (isFine(answer)) {
      this.#become("created");
      this.#sawBuild = true;
      return answer.data as SnapshotRecord;
    }
    if (isQuota(answer) && !this.#hasMadeRoom && (await this.#hasRoom())) return undefined;
    if (answer.status !== 409) throw refusal(answer, `make snapshot \`${name}\``);
    return this.#watch.next(name);
  }

  async #hasRoom(): Promise<boolean> {
    this.#hasMadeRoom = true;
    return this.#makeRoom(this.#call, this.#wanted.name);
  }

  /** The SDK sends the files and packs the request; its answer is ours. */
  async #submit(resolved: ResolvedImage): Promise<Answer> {
    let made: Answer | undefined;
    const client = this.#connection.through(async (request) => {
      const answer = await this.#call.request(this.#connection.send, request);
      if (!isCreation(request)) return answer;
      made = answer;
      throw new Error("handed over");
    });
    try {
      const image = await sdkImageOf(resolved, this.#Image, { signal: this.#call.signal });
      const { resources, region: regionId, sandboxClass } = this.#options;
      const params = {
        name: this.#wanted.name,
        image,
        ...given({ resources, regionId, sandboxClass }),
      };
      await this.#call.race(client.snapshot.create(params, { timeout: 0 }));
    } catch (error) {
      if (!made) throw error instanceof PithyImageError ? error : uploadFailed(error);
    }
    return made as unknown as Answer;
  }

  /** A build that failed before this call is replaced; the failure of one that was waited for is told. */
  async #replace(snapshot: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const { resolved, locked } = this.#wanted;
    if (!resolved) throw notBuilt(locked as LockedImage, snapshot.state, snapshot.errorReason);
    if (this.#sawBuild) throw await this.#failure(snapshot, resolved);
    this.#become("rebuilt");
    const answer = await this.#call.request(
      this.#connection.send,
      snapshotRequest(this.#connection, "DELETE", snapshot.id),
    );
    if (!isFine(answer) && answer.status !== 404 && answer.status !== 409)
      throw refusal(answer, "delete the failed snapshot");
    return readSnapshot(this.#connection, this.#call, snapshot.name);
  }

  async #failure({ id, name, state, errorReason }: SnapshotRecord, resolved: ResolvedImage): Promise<PithyImageError> {
    const log = await this.#watch.log(id);
    const failed = failedInstruction(log, resolved);
    const reason = errorReason ?? undefined;
    const message = `The build of snapshot \`${name}\` failed${reason ? `: ${reason}` : ""}${failed ? `, at \`${failed.instruction}\`` : ""}.`;
    const hint =
      "Correct the image; Daytona remembers the failure of this one, so to try it again as it is, give another `refresh`.";
    const details: FailureDetails = { ...failed, id, state, reason, log: log || undefined, retryable: false };
    return PithyImageError.failure("build_failed", message, hint, details);
  }

  /** A name that was typed may stand for another image. */
  #checkContent({ name, id, ref = "", buildInfo }: SnapshotRecord): void {
    const wanted = this.#wanted.resolved?.snapshotRef;
    const is = buildInfo?.snapshotRef ?? ref;
    if (this.#options.name === undefined || wanted === undefined || this.#options.refresh !== undefined) return;
    if (is === "" || is.endsWith(wanted)) return;
    const hint = "Choose another name, or leave it out: names made from the image never clash.";
    throw PithyImageError.failure("conflict", `Snapshot \`${name}\` holds another image.`, hint, {
      id,
      retryable: false,
    });
  }
}

const isCreation = ({ method, url }: Request): boolean =>
  method.toUpperCase() === "POST" && /\/snapshots(\?|$)/.test(url);

async function warmUp(connection: Connection, call: Call, snapshot: string, pool: number): Promise<void> {
  if (!connection.hasWarmPools) {
    const hint = "Update the Daytona SDK, or leave `warmPool` out.";
    throw PithyImageError.failure("configuration", "This Daytona SDK knows no warm pools.", hint, { retryable: false });
  }
  const { headers, target } = connection;
  const url = connection.url("warm-pools");
  const data = { snapshot, pool, ...(target && { target }) };
  const answer = await call.request(connection.send, { method: "POST", url, data, ...(headers && { headers }) });
  if (isFine(answer)) return;
  if (answer.status !== 409) throw refusal(answer, "keep sandboxes warm");
  await resize(connection, call, snapshot, pool);
}

/** There is one pool for a snapshot and a region: it gets the size that is wanted now. */
async function resize(connection: Connection, call: Call, snapshot: string, pool: number): Promise<void> {
  const { headers, target } = connection;
  const common = headers && { headers };
  const list = await call.request(connection.send, { method: "GET", url: connection.url("warm-pools"), ...common });
  const pools = (Array.isArray(list.data) ? list.data : []) as {
    id: string;
    snapshot: string;
    target?: string;
    pool: number;
  }[];
  const found = pools.find(
    (other) => other.snapshot === snapshot && (!target || !other.target || other.target === target),
  );
  if (!found || found.pool === pool) return;
  const url = connection.url("warm-pools", found.id);
  const answer = await call.request(connection.send, { method: "PATCH", url, data: { pool }, ...common });
  if (!isFine(answer)) throw refusal(answer, "resize the warm pool");
}
