/**
 * Sandboxes that never leak: each has a name of its own, by which it is found again when an answer is lost, an end that the
 * server knows, and is deleted when the call that made it fails.
 */
import { type FailureDetails, isImageError, PithyImageError } from "../error.ts";
import type { ResolvedImage } from "../resolved.ts";
import type { Resources } from "../wire.generated.ts";
import { failedInstruction } from "./build-failure.ts";
import { Call, type CallOptions } from "./call.ts";
import type { Answer, Connection, Request, Send } from "./client.ts";
import { type LockedImage, lockedImage } from "./lock-choice.ts";
import { BuildLog } from "./logs.ts";
import { isFine, refusal } from "./refusal.ts";
import { type Resolvable, type SdkImageClass, type SdkImageParts, sdkImageOf } from "./sdk-image.ts";
import { readSnapshot, type SnapshotRecord, SnapshotWatch } from "./snapshot.ts";

/** What every sandbox of ours has among its labels. */
export const LABELS = {
  /** The image's digest, or the snapshot's name where the digest is not known. */
  image: "pithy-image/image",
  /** The image's name in the lock. */
  lock: "pithy-image/lock",
  /** What tells one call from another. */
  nonce: "pithy-image/nonce",
} as const;

/** Seconds that a sandbox may take: with an image, its build is in them. */
const DEADLINE = { lock: 120, image: 3_600 };

/** What deleting may take after a failure, in poll intervals: the server refuses it while a state is changing. */
const CLEANUP = 60;

/** How often a sandbox is looked for of which it is not known whether it was made. */
const LOOKS = 3;

/**
 * What a sandbox is made of, and how.
 *
 * @example
 * ```ts
 * const options: CreateSandboxOptions = { lock, envVars: { TASK_ID: "7" }, ttlMinutes: 60, onCreated: console.log };
 * ```
 */
export interface CreateSandboxOptions extends CallOptions {
  /** What `pithy-image.lock.json` holds: the sandbox is made of the snapshot that it names. */
  lock?: unknown;
  /** Which image of the lock, if it has several. */
  imageName?: string | undefined;
  /** An image that is built in the call, as development wants it; instead of a lock. */
  image?: Resolvable | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
  /** A snapshot to take if that of the lock is not ready. */
  fallbackSnapshot?: string | undefined;
  /** Minutes after which Daytona deletes the sandbox, whatever happens to this process. */
  ttlMinutes: number;
  /** Environment variables. A sandbox with any is not taken from a warm pool. */
  envVars?: Readonly<Record<string, string>> | undefined;
  /** Labels, beside ours. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** Its name; one of ours when not given. */
  name?: string | undefined;
  /** The machine, of an image. A snapshot has its own. */
  resources?: Resources | undefined;
  /** What else the SDK's `create` takes, such as `volumes`, `networkBlockAll` or `language`. */
  params?: Readonly<Record<string, unknown>> | undefined;
  /** Told the sandbox's id before anything is waited for. */
  onCreated?: ((id: string) => void) | undefined;
  /** Told each new part of the build's log. */
  onLog?: ((text: string) => void) | undefined;
  /** Told each state, once. */
  onState?: ((state: string) => void) | undefined;
}

/** A sandbox as Daytona's API describes it. */
export interface SandboxRecord {
  readonly id: string;
  readonly name?: string;
  readonly createdAt?: string;
  readonly state?: string;
  readonly errorReason?: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

/** How a sandbox is asked for. */
interface Order {
  readonly params: Readonly<Record<string, unknown>>;
  /** What is built, if something is. */
  readonly resolved?: ResolvedImage;
  /** The snapshot it is made of. */
  readonly locked?: LockedImage;
}

const FAILED = new Set(["error", "build_failed"]);
const GONE = new Set(["destroyed", "destroying", "deleted", "archived", "archiving", "stopped", "stopping"]);
const PENDING = new Set(["pending_build", "unknown"]);
/** Of a snapshot that was ready once. */
const WAKING = new Set(["pending", "pulling"]);

/** Makes a sandbox, and waits until it runs. */
export async function createSandbox(
  connection: Connection,
  Image: SdkImageClass<SdkImageParts>,
  pollInterval: number,
  options: CreateSandboxOptions,
): Promise<object> {
  check(options);
  const call = new Call(options, options.image ? DEADLINE.image : DEADLINE.lock, pollInterval);
  try {
    call.signal.throwIfAborted();
    const order = await orderOf(call, connection, Image, options);
    return await new SandboxStart(connection, call, options, order).run();
  } catch (error) {
    throw asFailure(error);
  } finally {
    call.end();
  }
}

/** What `params` may not have: it has options of its own. */
const OPTIONS = ["image", "snapshot", "name", "labels", "envVars", "resources", "ttlMinutes"];

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isListener = (value: unknown): boolean => typeof value === "function";
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean =>
  isObject(value) && Object.values(value as object).every((text) => typeof text === "string");

/** What the options are, where it is not looked at elsewhere. */
const KINDS: Readonly<Record<string, readonly [holds: (value: unknown) => boolean, what: string]>> = {
  image: [(value) => typeof Object(value).resolve === "function", "an image of pithy-image"],
  imageName: [isText, "the name of an image of the lock"],
  fallbackSnapshot: [isText, "the name of a snapshot"],
  ttlMinutes: [(value) => Number.isInteger(value) && Number(value) >= 1, "a number of minutes, whole and at least 1"],
  envVars: [isTexts, "texts by their names"],
  labels: [isTexts, "texts by their names"],
  name: [isText, "a name"],
  resources: [isObject, "an object such as `{ cpu: 2 }`"],
  params: [isObject, "an object"],
  onCreated: [isListener, "a function"],
  onLog: [isListener, "a function"],
  onState: [isListener, "a function"],
};

function check(options: CreateSandboxOptions): void {
  const { lock, image, ttlMinutes, resources, params } = Object(options) as CreateSandboxOptions;
  if ((lock === undefined) === (image === undefined)) {
    throw wrong("A sandbox is made of a lock or of an image.", "Give `lock` in production, `image` in development.");
  }
  const given = Object.entries({ ...options, ttlMinutes }).filter(
    ([name, value]) => value !== undefined || name === "ttlMinutes",
  );
  for (const [name, value] of given) {
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
    // Values are not shown: they may be secrets.
    if (kind && !kind[0](value))
      throw wrong(`\`${name}\` is not ${kind[1]}.`, "Correct what `createSandbox` is given.");
  }
  if (lock && resources) throw wrong("A snapshot has its own `resources`.", "Give them to `ensureSnapshot`.");
  const double = OPTIONS.find((name) => Object.hasOwn(params ?? {}, name));
  if (double) throw wrong(`\`params\` has \`${double}\`.`, "It belongs to the options themselves, or to the lock.");
}

const wrong = (message: string, hint: string): PithyImageError =>
  PithyImageError.failure("configuration", message, hint, { retryable: false });

async function orderOf(
  call: Call,
  connection: Connection,
  Image: SdkImageClass<SdkImageParts>,
  options: CreateSandboxOptions,
): Promise<Order> {
  const nonce = crypto.randomUUID();
  const { ttlMinutes, envVars, labels, params, resources, image, lock, imageName, root } = options;
  const common = (of: string, lockName?: string) => ({
    ...params,
    ...(envVars && { envVars: { ...envVars } }),
    name: options.name ?? `pithy-${nonce}`,
    labels: { ...labels, [LABELS.image]: of, ...(lockName && { [LABELS.lock]: lockName }), [LABELS.nonce]: nonce },
    ...(connection.hasWarmPools ? { ttlMinutes } : { autoStopInterval: ttlMinutes, autoDeleteInterval: 0 }),
  });
  if (!image) {
    const locked = lockedImage(lock, imageName);
    return { locked, params: { ...common(locked.imageDigest, locked.imageName), snapshot: locked.snapshotName } };
  }
  const resolved = await call.race(image.resolve({ root, signal: call.signal }));
  const sdkImage = await call.race(sdkImageOf(resolved, Image, { signal: call.signal }));
  return { resolved, params: { ...common(resolved.imageDigest), image: sdkImage, ...(resources && { resources }) } };
}

/** One sandbox on its way. */
class SandboxStart {
  readonly #connection: Connection;
  readonly #call: Call;
  readonly #options: CreateSandboxOptions;
  #order: Order;
  #record: SandboxRecord | undefined;
  #state: string | undefined;
  #log: BuildLog | undefined;
  /** The last request that makes it. */
  #making: Promise<unknown> | undefined;
  /** How many of those requests may have made it, for all that is known. */
  #open = 0;
  /** The snapshots that were refused once and tried again. */
  readonly #triedAgain = new Set<string>();
  #notBuilt: PithyImageError | undefined;

  constructor(connection: Connection, call: Call, options: CreateSandboxOptions, order: Order) {
    this.#connection = connection;
    this.#call = call;
    this.#options = options;
    this.#order = order;
  }

  async run(): Promise<object> {
    try {
      const sandbox = (await this.#make()) ?? (await this.#wait());
      if (this.#options.onLog) await this.#log?.end();
      this.#call.signal.throwIfAborted();
      return sandbox;
    } catch (error) {
      throw await this.#withoutRemains(error);
    } finally {
      this.#log?.cancel();
    }
  }

  /** Has the SDK pack the request. Its sandbox is the answer if it runs at once. */
  async #make(): Promise<object | undefined> {
    for (;;) {
      const made = await this.#submit();
      if (!(made instanceof PithyImageError)) return made;
      await this.#useAnotherSnapshot(made);
    }
  }

  async #submit(): Promise<object | PithyImageError | undefined> {
    let isUploading = false;
    let refused: PithyImageError | undefined;
    try {
      return await this.#bySdk(
        (client) => client.create({ ...this.#order.params }, { timeout: 0 }),
        async (request) => {
          if (!isCreation(request)) {
            isUploading = true;
            return this.#answer(request);
          }
          const accepted = await this.#accept(await this.#call.request(this.#tracked, request));
          if (accepted instanceof PithyImageError) refused = accepted;
          if (accepted instanceof PithyImageError || accepted.state !== "started") throw new Handed();
          return { status: 200, headers: {}, data: accepted };
        },
      );
    } catch (error) {
      if (error instanceof Handed) return refused;
      if (isImageError(error) || this.#making) throw error;
      throw isUploading ? uploadFailed(error) : notPacked(error);
    }
  }

  /**
   * Has the SDK do something, whose requests are the call's. What it answers makes its own requests later; what it still
   * does after the call has stopped, such as an upload that nothing can end, comes to no more requests.
   */
  async #bySdk(doIt: (client: ReturnType<Connection["through"]>) => Promise<object>, send: Send): Promise<object> {
    let isOver = false;
    const client = this.#connection.through((request) =>
      isOver ? this.#connection.sendAsSdk(request) : send(request),
    );
    const sandbox = await this.#call.race(doIt(client));
    isOver = true;
    return sandbox;
  }

  /** An answer that the SDK can use: it takes all that it gets for one. */
  async #answer(request: Request): Promise<Answer> {
    const answer = await this.#call.request(this.#connection.send, request);
    if (!isFine(answer)) throw refusal(answer, "give what the SDK asks for", { id: this.#record?.id });
    return answer;
  }

  /** Sends the request that makes the sandbox, and counts those of which it is not known what they did. */
  readonly #tracked: Send = async (request) => {
    this.#open += 1;
    const making = this.#connection.send(request);
    this.#making = making;
    try {
      const answer = await making;
      if (isRefusal(answer)) this.#open -= 1;
      return answer;
    } catch (error) {
      if (neverArrived(error)) this.#open -= 1;
      throw error;
    }
  };

  /** Takes note of what was made, also by an earlier attempt whose answer was lost. */
  async #accept(answer: Answer): Promise<SandboxRecord | PithyImageError> {
    const record = isFine(answer) ? (answer.data as SandboxRecord) : await this.#madeEarlier(answer);
    if (!record?.id) return refusal(answer, "make a sandbox");
    this.#record = record;
    this.#call.tell(this.#options.onCreated, record.id);
    this.#note(record);
    return record;
  }

  /** A taken name may be taken by this call. So may be the last of a quota. */
  async #madeEarlier({ status }: Answer): Promise<SandboxRecord | undefined> {
    return status === 409 || this.#open > 0 ? this.#mine(this.#call) : undefined;
  }

  /** The sandbox of our name, if it is ours. */
  async #mine(call: Call): Promise<SandboxRecord | undefined> {
    const { name, labels } = this.#order.params as { name: string; labels: Record<string, string> };
    const answer = await call.request(this.#connection.send, this.#request("GET", name));
    if (answer.status === 404) return undefined;
    if (!isFine(answer)) throw refusal(answer, "say whether the sandbox was made");
    const record = answer.data as SandboxRecord;
    return record.labels?.[LABELS.nonce] === labels[LABELS.nonce] ? record : undefined;
  }

  #request(method: "GET" | "DELETE", idOrName: string): Request {
    const { headers } = this.#connection;
    return { method, url: this.#connection.url("sandbox", idOrName), ...(headers && { headers }) };
  }

  /** What is done when a snapshot is refused: it is woken or asked for again once, or another is taken. */
  async #useAnotherSnapshot(refused: PithyImageError): Promise<void> {
    const { locked, params } = this.#order;
    if (!locked || (refused.status !== 400 && refused.status !== 404)) throw refused;
    const name = params.snapshot as string;
    const snapshot = await readSnapshot(this.#connection, this.#call, name);
    const isFirst = !this.#triedAgain.has(name);
    this.#triedAgain.add(name);
    if (isFirst && snapshot && (await this.#wake(snapshot))) return;
    if (snapshot?.state === "active") throw refused;
    this.#notBuilt ??= notBuilt(locked, snapshot?.state, snapshot?.errorReason);
    this.#useFallback(name);
  }

  /** Whether a snapshot can be used after all. One that was used before is never built: another call wakes it. */
  async #wake(snapshot: SnapshotRecord): Promise<boolean> {
    const { state, lastUsedAt } = snapshot;
    if (state === "active") return true; // since the refusal
    if (state !== "inactive" && !(lastUsedAt && WAKING.has(state))) return false;
    await new SnapshotWatch(this.#connection, this.#call, this.#call.pollInterval, {}).activate(snapshot);
    return true;
  }

  #useFallback(refused: string): void {
    const { params } = this.#order;
    const snapshot = this.#options.fallbackSnapshot;
    if (snapshot === undefined || snapshot === refused) throw this.#notBuilt;
    const labels = { ...(params.labels as object), [LABELS.image]: snapshot };
    this.#order = { ...this.#order, params: { ...params, snapshot, labels } };
  }

  /** Waits until it runs. */
  async #wait(): Promise<object> {
    const { id } = this.#record as SandboxRecord;
    while (this.#state !== "started") {
      await this.#checkState();
      await this.#call.sleep(this.#call.pollInterval);
      const answer = await this.#call.request(this.#connection.send, this.#request("GET", id));
      if (answer.status === 404) throw this.#failure("gone", "It was deleted while it started.");
      if (!isFine(answer)) throw refusal(answer, "say how the sandbox is", { id });
      this.#note(answer.data as SandboxRecord);
    }
    return this.#bySdk(
      (client) => client.get(id),
      (request) => this.#answer(request),
    );
  }

  #note(record: SandboxRecord): void {
    this.#record = record;
    if (record.state === undefined || record.state === this.#state) return;
    this.#state = record.state;
    this.#call.tell(this.#options.onState, record.state);
    if (!this.#order.resolved || PENDING.has(record.state)) return;
    this.#log ??= new BuildLog(this.#connection, this.#call, { kind: "sandbox", id: record.id }, this.#options.onLog);
    this.#log.follow();
  }

  async #checkState(): Promise<void> {
    const state = this.#state ?? "";
    if (GONE.has(state)) throw this.#failure("gone", "It ended before it ran.");
    if (!FAILED.has(state)) return;
    const { resolved } = this.#order;
    if (!resolved) throw this.#failure("gone", "Its snapshot was there, but it could not be started from it.");
    const log = (await this.#log?.end()) ?? "";
    const failed = failedInstruction(log, resolved);
    const hint = failed ? `It failed at: ${failed.instruction}` : "The log or the reason says why.";
    throw this.#failure("build_failed", hint, { ...failed, log: log || undefined });
  }

  #failure(code: "gone" | "build_failed", hint: string, details: Partial<FailureDetails> = {}): PithyImageError {
    const { id, errorReason } = this.#record as SandboxRecord;
    const reason = errorReason ?? undefined;
    const message = `Sandbox ${id} did not start: its state is \`${this.#state}\`${reason ? `, since ${reason}` : ""}.`;
    return PithyImageError.failure(code, message, hint, {
      ...details,
      id,
      state: this.#state,
      reason,
      retryable: code === "gone",
    });
  }

  /** The error of a failed call, after what the call made was deleted. */
  async #withoutRemains(error: unknown): Promise<PithyImageError> {
    const failure = asFailure(error);
    if (!this.#record && this.#open === 0) return this.#told(failure, undefined);
    const cleanup = new Call({}, (CLEANUP * this.#call.pollInterval) / 1000, this.#call.pollInterval);
    try {
      await this.#delete(cleanup);
      return this.#told(failure, undefined);
    } catch {
      const what = `sandbox ${this.#record?.id ?? this.#order.params.name}`;
      return this.#told(failure, `${what}, which Daytona deletes ${this.#options.ttlMinutes} minutes after it began`);
    } finally {
      cleanup.end();
    }
  }

  /** Deletes what was made. The server refuses it while a state is changing. */
  async #delete(cleanup: Call): Promise<void> {
    this.#record ??= await this.#lookFor(cleanup);
    while (this.#record) {
      const request = this.#request("DELETE", this.#record.id);
      const answer = await cleanup.request(this.#connection.send, request);
      if (isFine(answer) || answer.status === 404) return;
      if (answer.status !== 409) throw refusal(answer, "delete the sandbox");
      await cleanup.sleep(cleanup.pollInterval);
      const { status } = await cleanup.request(this.#connection.send, { ...request, method: "GET" });
      if (status === 404) return;
    }
  }

  /** The sandbox of a request that had no answer: the server may still be about to make it. */
  async #lookFor(cleanup: Call): Promise<SandboxRecord | undefined> {
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
    };
    this.#making?.then(answered, answered);
    for (let looks = 0; looks < LOOKS; looks += isAnswered ? 1 : 0) {
      const found = await this.#mine(cleanup);
      if (found) return found;
      await cleanup.sleep(cleanup.pollInterval);
    }
    return undefined;
  }

  #told(failure: PithyImageError, leftBehind: string | undefined): PithyImageError {
    const { id = this.#record?.id, state = this.#state } = failure;
    return failure.with({ id, state, leftBehind });
  }
}

/** Thrown into the SDK when it has done what it is for. */
class Handed extends Error {}

/** An answer after which nothing was made. */
const isRefusal = ({ status }: Answer): boolean => status >= 400 && status < 500 && status !== 408;

/** Whether a request failed before the server had any of it. */
const neverArrived = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes((error as { code?: string }).code ?? "");

const isCreation = ({ method, url }: Request): boolean =>
  method.toUpperCase() === "POST" && /\/sandbox(\?|$)/.test(url);

/** What other code threw, such as a listener of the application, is told as it is. */
export const asFailure = (error: unknown): PithyImageError => {
  if (isImageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return PithyImageError.failure("aborted", `It was stopped: ${message}`, "An error of the application ended it.", {
    retryable: false,
    cause: error,
  });
};

export function uploadFailed(error: unknown): PithyImageError {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = "Try again: what was sent already is not sent twice.";
  return PithyImageError.failure("upload_failed", `The image's files could not be sent: ${reason}.`, hint, {
    retryable: true,
    reason,
  });
}

/** The SDK looks at what it is given before it asks for anything. */
function notPacked(error: unknown): PithyImageError {
  const reason = error instanceof Error ? error.message : String(error);
  return wrong(`The Daytona SDK refuses what it is given: ${reason}.`, "Correct `params`, or update the SDK.");
}

/** No snapshot of the lock can be used now. */
export function notBuilt(locked: LockedImage, state: string | undefined, reason?: string | null): PithyImageError {
  const how = state === undefined ? "does not exist" : `is \`${state}\`${reason ? `, since ${reason}` : ""}`;
  const message = `Snapshot \`${locked.snapshotName}\` of \`${locked.imageName}\` ${how}.`;
  const hint = "Run `npx pithy-image snapshot ensure` before you deploy; it waits until the snapshot is ready.";
  return PithyImageError.failure("snapshot_not_built", message, hint, {
    retryable: state !== undefined,
    state,
    reason: reason ?? undefined,
  });
}
