/**
 * Snapshots that are there when they are needed, however many processes ask for them at once: the name says what is in a
 * snapshot, so that of two that make it one is refused, and waits for the other.
 */
import { type FailureDetails, isImageError, PithyImageError } from "../error.ts";
import type { Lock } from "../lock.ts";
import type { ResolvedImage, SnapshotNameOptions } from "../resolved.ts";
import { failedInstruction } from "./build-failure.ts";
import { Call, type CallOptions, retryAfter } from "./call.ts";
import type { Answer, Connection, Request } from "./client.ts";
import { checkEnsureOptions } from "./ensure-options.ts";
import { type LockedImage, lockedImage } from "./lock-choice.ts";
import { BuildLog } from "./logs.ts";
import { isFine, isQuota, messageIn, refusal } from "./refusal.ts";
import { asFailure, notBuilt, uploadFailed } from "./sandbox.ts";
import { type Resolvable, type SdkImageClass, type SdkImageParts, sdkImageOf } from "./sdk-image.ts";
import { differenceOf } from "./snapshot-content.ts";
import { warmUp } from "./warm-pool.ts";

/** Seconds that a snapshot may take: Daytona allows a build an hour. */
const DEADLINE = 3_600;

/** Looks at a state that a sleeping snapshot is left alone for, after Daytona refused to wake it. */
const COOLDOWN = 5;

/**
 * How a snapshot came to be ready: it was (`reused`), or this call woke it (`activated`), made it (`created`), or made it in
 * place of one that had failed (`rebuilt`), or somebody else did one of these (`waited`): see
 * {@link PithyDaytona.ensureSnapshot}.
 */
export type EnsureOutcome = "reused" | "waited" | "activated" | "rebuilt" | "created";

/** Options of {@link PithyDaytona.ensureSnapshot}. */
export interface EnsureSnapshotOptions extends CallOptions, Omit<SnapshotNameOptions, "imageDigest"> {
  /** Which image of a lock, if it has several. */
  imageName?: string | undefined;
  /** The snapshot's name, if it is not to be made from what is in it. */
  name?: string | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
  /**
   * Any text: what has to be built is built under another key, since Daytona remembers for hours that a build failed. The
   * name stays the same, and a snapshot that is ready is used as it is.
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

/** A snapshot that is ready: see {@link PithyDaytona.ensureSnapshot}. */
export interface EnsuredSnapshot {
  /** How it came to be ready. */
  readonly outcome: EnsureOutcome;
  /** Its name. */
  readonly name: string;
  /** Daytona's id of it. */
  readonly id: string;
  /** Daytona's own record. */
  readonly snapshot: SnapshotRecord;
}

/** A snapshot as Daytona's API describes it, as far as it is used here: see {@link PithyDaytona.ensureSnapshot}. */
export interface SnapshotRecord {
  /** Its id. */
  readonly id: string;
  /** Its name, unique within the organization. */
  readonly name: string;
  /** Where it is in its life: `active` when it is ready. */
  readonly state: string;
  /** Why its build failed. */
  readonly errorReason?: string | null;
  /** The build's key, behind the address of a registry. */
  readonly ref?: string;
  /** What it was built from; absent of one that was pulled by name. */
  readonly buildInfo?: { readonly dockerfileContent?: string; readonly snapshotRef?: string };
  /** CPU cores of its sandboxes. */
  readonly cpu?: number;
  /** Their memory, in GiB. */
  readonly mem?: number;
  /** Their disk, in GiB. */
  readonly disk?: number;
  /** Their GPUs. */
  readonly gpu?: number;
  /** The regions it is in. */
  readonly regionIds?: readonly string[];
  /** The class of its sandboxes. */
  readonly sandboxClass?: string;
  /** When it was made, as ISO 8601 has it. */
  readonly createdAt?: string;
  /** When a sandbox was last made of it. */
  readonly lastUsedAt?: string | null;
}

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
  /** The image. Absent for a lock: it has nothing to build from. */
  readonly image?: ResolvedImage;
  /** What is built: the image, or the image under another key. */
  readonly build?: ResolvedImage;
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
  checkEnsureOptions(connection, of, options);
  const call = new Call(options, DEADLINE);
  const watch = new SnapshotWatch(connection, call, pollInterval, options);
  try {
    const wanted = await wantedOf(call, of, options);
    const ensured = await new Ensuring(connection, call, watch, Image, options, wanted, makeRoom).run();
    const target = options.region ?? wanted.locked?.region ?? connection.target;
    if (options.warmPool !== undefined) await warmUp(connection, call, ensured, options.warmPool, target);
    return ensured;
  } catch (error) {
    throw watch.told(asFailure(error));
  } finally {
    watch.end();
    call.end();
  }
}

async function wantedOf(call: Call, of: Resolvable | object, options: EnsureSnapshotOptions): Promise<Wanted> {
  if (!isResolvable(of)) {
    const locked = lockedImage(of, options.imageName);
    return { name: locked.snapshotName, locked };
  }
  const { prefix, resources, region, sandboxClass, root, refresh } = options;
  const { signal } = call;
  const image = await call.race(of.resolve({ root, signal }));
  const made = image.snapshotName(given({ prefix, resources, region, sandboxClass }));
  const name = options.name ?? made;
  if (refresh === undefined) return { name, image, build: image };
  return { name, image, build: await call.race(of.refresh(refresh).resolve({ root, signal })) };
}

/** Whether it is an image, and no lock. */
export const isResolvable = (of: Resolvable | object): of is Resolvable => "resolve" in of;

/** Without fields that are undefined. */
const given = <Fields extends object>(fields: Fields): { [Key in keyof Fields]-?: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** Waits for a snapshot, and tells of its states and its log. */
export class SnapshotWatch {
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #pollInterval: number;
  readonly #options: Pick<EnsureSnapshotOptions, "onLog" | "onState">;
  #id: string | undefined;
  #state: string | undefined;
  #log: BuildLog | undefined;
  /** Why Daytona did not wake it. */
  #reason: string | undefined;

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

  /** Takes note of a snapshot's state. Another of the same name has states and a log of its own. */
  note({ id, state }: SnapshotRecord): void {
    if (id === this.#id && state === this.#state) return;
    this.#follow(id);
    this.#state = state;
    this.#options.onState?.(state);
    if (state === "building") this.#logOf(id).follow();
  }

  #follow(id: string): void {
    if (id === this.#id) return;
    this.#log?.cancel();
    this.#log = undefined;
    this.#id = id;
  }

  #logOf(id: string): BuildLog {
    this.#log ??= new BuildLog(this.#connection, this.#call, { kind: "snapshots", id }, this.#options.onLog);
    return this.#log;
  }

  /** Reads a snapshot after a pause; none if it is gone. */
  async next(name: string): Promise<SnapshotRecord | undefined> {
    await this.#call.sleep(this.#pollInterval);
    return readSnapshot(this.#connection, this.#call, name);
  }

  /** Asks for a snapshot to be woken. Daytona refuses it for ten minutes after it was put to sleep. */
  async wake({ id }: SnapshotRecord): Promise<Answer> {
    const answer = await this.#call.request(
      this.#connection.send,
      snapshotRequest(this.#connection, "POST", id, "activate"),
    );
    this.#reason = isFine(answer) ? undefined : messageIn(answer.data);
    return answer;
  }

  /** Lets a snapshot that was not woken sleep on, for as long as the answer says or some looks take. */
  async letSleep(refused: Answer): Promise<void> {
    await this.#call.sleep(Math.max(retryAfter(refused), COOLDOWN * this.#pollInterval));
  }

  /** Wakes a snapshot, and waits until it is ready or stays as it is. */
  async activate(asleep: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    await this.wake(asleep);
    let snapshot = await readSnapshot(this.#connection, this.#call, asleep.name);
    while (snapshot && isComing(snapshot)) {
      this.note(snapshot);
      snapshot = await this.next(asleep.name);
    }
    return snapshot;
  }

  /** The end of the log of a build that is over. */
  async log(id: string): Promise<string> {
    return this.#logOf(id).end();
  }

  /** Hears the rest of a log that somebody listens to, or all of it if the build was over between two looks. */
  async hearOut(id: string): Promise<void> {
    if (this.#options.onLog) await this.#logOf(id).end();
    this.#call.signal.throwIfAborted(); // a listener may have thrown
  }

  /** An error with what was seen last. */
  told(failure: PithyImageError): PithyImageError {
    const { id = this.#id, state = this.#state, reason = this.#reason } = failure;
    return failure.with({ id, state, reason });
  }

  end(): void {
    this.#log?.cancel();
  }
}

const FAILED = new Set(["error", "build_failed"]);

/** Whether nothing will come of it. */
const isLost = ({ state }: SnapshotRecord): boolean => FAILED.has(state) || state === "removing";

/** Whether it becomes ready by itself. */
const isComing = (snapshot: SnapshotRecord): boolean =>
  !isLost(snapshot) && snapshot.state !== "active" && snapshot.state !== "inactive";

/** The states that a snapshot goes through, until it is ready. */
class Ensuring {
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #watch: SnapshotWatch;
  readonly #Image: SdkImageClass<SdkImageParts>;
  readonly #options: EnsureSnapshotOptions;
  readonly #wanted: Wanted;
  /** What this call did, and to which snapshot: it may be gone, and another have been made by somebody else. */
  #deed: { readonly id: string; readonly outcome: EnsureOutcome } | undefined;
  #hasWaited = false;
  /** The snapshot that may be replaced if it failed: the one that was there when the call began, unless it was on its way. */
  #replaceable: string | undefined;
  #hasReplaced = false;
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
    let snapshot = await readSnapshot(this.#connection, this.#call, this.#wanted.name);
    if (snapshot && !isComing(snapshot)) this.#replaceable = snapshot.id;
    for (;;) {
      if (snapshot) this.#watch.note(snapshot);
      if (snapshot && !isLost(snapshot)) this.#checkContent(snapshot);
      if (snapshot?.state === "active") return this.#ready(snapshot);
      this.#hasWaited = true;
      snapshot = snapshot ? await this.#advance(snapshot) : await this.#create();
    }
  }

  async #ready(snapshot: SnapshotRecord): Promise<EnsuredSnapshot> {
    const { id, name } = snapshot;
    const outcome = this.#outcomeOf(id);
    const isBuilt = outcome !== "reused" && outcome !== "activated";
    if (isBuilt) await this.#watch.hearOut(id);
    return { outcome, name, id, snapshot };
  }

  #outcomeOf(id: string): EnsureOutcome {
    if (this.#deed?.id === id) return this.#deed.outcome;
    return this.#hasWaited ? "waited" : "reused";
  }

  /** Does what brings a snapshot nearer to being ready, and answers what became of it. */
  async #advance(snapshot: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    if (snapshot.state === "inactive") return this.#activate(snapshot);
    if (FAILED.has(snapshot.state)) return this.#replace(snapshot);
    return this.#watch.next(snapshot.name);
  }

  /** Has it woken. A refusal says that it has to sleep on, or that another was faster. */
  async #activate(asleep: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const answer = await this.#watch.wake(asleep);
    if (isFine(answer)) {
      this.#deed = { id: asleep.id, outcome: "activated" };
      return this.#watch.next(asleep.name);
    }
    if (isQuota(answer) && (await this.#hasRoom())) return asleep;
    if (isQuota(answer) || ![400, 404, 409].includes(answer.status))
      throw refusal(answer, `wake snapshot \`${asleep.name}\``);
    const snapshot = await readSnapshot(this.#connection, this.#call, asleep.name);
    if (snapshot?.state === "inactive") await this.#watch.letSleep(answer);
    return snapshot;
  }

  /** Has it built. Another that was faster is waited for. */
  async #create(): Promise<SnapshotRecord | undefined> {
    const { name, build, locked } = this.#wanted;
    if (!build) throw notBuilt(locked as LockedImage, undefined);
    const answer = await this.#submit(build);
    if (isFine(answer)) {
      const made = answer.data as SnapshotRecord;
      this.#deed = { id: made.id, outcome: this.#hasReplaced ? "rebuilt" : "created" };
      return made;
    }
    if (isQuota(answer)) return this.#beyondQuota(answer);
    if (answer.status !== 409) throw refusal(answer, `make snapshot \`${name}\``);
    return this.#watch.next(name);
  }

  /** Daytona looks at the quota first: the snapshot may be there by now, and have used up what was left. */
  async #beyondQuota(answer: Answer): Promise<SnapshotRecord | undefined> {
    const { name } = this.#wanted;
    const snapshot = await readSnapshot(this.#connection, this.#call, name);
    if (snapshot || (await this.#hasRoom())) return snapshot;
    throw refusal(answer, `make snapshot \`${name}\``);
  }

  /** Makes room, once in a call. */
  async #hasRoom(): Promise<boolean> {
    if (this.#hasMadeRoom) return false;
    this.#hasMadeRoom = true;
    return this.#makeRoom(this.#call, this.#wanted.name);
  }

  /** The SDK sends the files and packs the request; its answer is ours. */
  async #submit(build: ResolvedImage): Promise<Answer> {
    let made: Answer | undefined;
    let refused: PithyImageError | undefined;
    const client = this.#connection.through(async (request) => {
      this.#call.signal.throwIfAborted(); // the SDK goes on by itself
      const isMaking = isCreation(request);
      const answer = await this.#call.request(this.#connection.send, isMaking ? this.#complete(request) : request);
      if (isMaking) made = answer;
      else if (!isFine(answer)) refused = refusal(answer, "take the image's files");
      if (made || refused) throw new Error("handed over");
      return answer;
    });
    try {
      const { signal } = this.#call;
      const image = await this.#call.race(sdkImageOf(build, this.#Image, { signal }));
      const params = { name: this.#wanted.name, image, ...given({ resources: this.#options.resources }) };
      await this.#call.race(client.snapshot.create(params, { timeout: 0 }));
    } catch (error) {
      if (!made) throw refused ?? (isImageError(error) ? error : uploadFailed(error));
    }
    return made as unknown as Answer;
  }

  /** Older SDKs leave out what they do not know, and the snapshot would be another than its name says. */
  #complete(request: Request): Request {
    const { region: regionId, sandboxClass, resources } = this.#options;
    const more = given({ regionId, sandboxClass, gpuType: resources?.gpuType });
    return { ...request, data: JSON.stringify({ ...JSON.parse(request.data as string), ...more }) };
  }

  /**
   * A snapshot that had failed before this call is replaced; the failure of one that came up meanwhile is told, since its
   * build was somebody's of now, or Daytona still remembers it.
   */
  async #replace(failed: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const { id, name, state, errorReason } = failed;
    const { build, locked } = this.#wanted;
    if (!build) throw notBuilt(locked as LockedImage, state, errorReason);
    if (id !== this.#replaceable) throw await this.#failure(failed, build);
    this.#hasReplaced = true;
    const answer = await this.#call.request(this.#connection.send, snapshotRequest(this.#connection, "DELETE", id));
    if (!isFine(answer) && answer.status !== 404 && answer.status !== 409)
      throw refusal(answer, "delete the failed snapshot");
    return this.#watch.next(name);
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

  /** A name that was typed may stand for another image or machine. */
  #checkContent(snapshot: SnapshotRecord): void {
    const { image, build } = this.#wanted;
    if (!image || !build || this.#options.name === undefined) return;
    const difference = differenceOf(snapshot, image, build, this.#options);
    if (difference === undefined) return;
    const { id, name } = snapshot;
    const message = `Snapshot \`${name}\` has another ${difference}.`;
    const hint = "Choose another name, or leave it out: names made from the image never clash.";
    throw PithyImageError.failure("conflict", message, hint, { id, retryable: false });
  }
}

const isCreation = ({ method, url }: Request): boolean =>
  method.toUpperCase() === "POST" && /\/snapshots(\?|$)/.test(url);
