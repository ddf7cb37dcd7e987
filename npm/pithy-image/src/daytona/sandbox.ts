/**
 * Sandboxes that never leak: each has a name of its own, by which it is found again when an answer is lost, an end that the
 * server knows, and is deleted when the call that made it fails.
 */
import { type FailureDetails, PithyImageError } from "../error.ts";
import type { ResolvedImage } from "../resolved.ts";
import type { Resources } from "../wire.generated.ts";
import { failedInstruction } from "./build-failure.ts";
import { Call, type CallOptions } from "./call.ts";
import type { Answer, Connection, Request, Send } from "./client.ts";
import { type LockedImage, lockedImage } from "./lock-choice.ts";
import { BuildLog } from "./logs.ts";
import { refusal } from "./refusal.ts";
import { type Resolvable, type SdkImageClass, type SdkImageParts, sdkImageOf } from "./sdk-image.ts";
import { readSnapshot, SnapshotWatch } from "./snapshot.ts";

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

/** Seconds that deleting may take after a failure: the server refuses it while a state is changing. */
const CLEANUP = 60;

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

/** Makes a sandbox, and waits until it runs. */
export async function createSandbox(
  connection: Connection,
  Image: SdkImageClass<SdkImageParts>,
  pollInterval: number,
  options: CreateSandboxOptions,
): Promise<object> {
  check(options);
  const call = new Call(options, options.image ? DEADLINE.image : DEADLINE.lock);
  try {
    const order = await orderOf(call, connection, Image, options);
    return await new SandboxStart(connection, call, pollInterval, options, order).run();
  } finally {
    call.end();
  }
}

function check({ lock, image, ttlMinutes }: CreateSandboxOptions): void {
  const wrong = (message: string, hint: string) =>
    PithyImageError.failure("configuration", message, hint, { retryable: false });
  if ((lock === undefined) === (image === undefined)) {
    throw wrong("A sandbox is made of a lock or of an image.", "Give `lock` in production, `image` in development.");
  }
  if (!Number.isInteger(ttlMinutes) || ttlMinutes < 1) {
    throw wrong(`\`ttlMinutes\` is ${ttlMinutes}.`, "Say after how many minutes Daytona may delete the sandbox.");
  }
}

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
  readonly #pollInterval: number;
  readonly #options: CreateSandboxOptions;
  #order: Order;
  #record: SandboxRecord | undefined;
  #state: string | undefined;
  #log: BuildLog | undefined;
  /** The request that makes it, while it has no answer. */
  #making: Promise<unknown> | undefined;

  constructor(connection: Connection, call: Call, pollInterval: number, options: CreateSandboxOptions, order: Order) {
    this.#connection = connection;
    this.#call = call;
    this.#pollInterval = pollInterval;
    this.#options = options;
    this.#order = order;
  }

  async run(): Promise<object> {
    try {
      return (await this.#make()) ?? (await this.#wait());
    } catch (error) {
      throw await this.#withoutRemains(error);
    } finally {
      this.#log?.cancel();
    }
  }

  /** Has the SDK pack the request. Its sandbox is the answer if it runs at once. */
  async #make(): Promise<object | undefined> {
    for (let attempt = 1; ; attempt++) {
      const made = await this.#submit();
      if (!(made instanceof PithyImageError)) return made;
      await this.#useAnotherSnapshot(made, attempt);
    }
  }

  async #submit(): Promise<object | PithyImageError | undefined> {
    let over = false;
    let refused: PithyImageError | undefined;
    const client = this.#connection.through(async (request) => {
      if (over) return this.#connection.send(request);
      const answer = await this.#call.request(this.#tracked(request), request);
      if (!isCreation(request)) return answer;
      const accepted = await this.#accept(answer);
      if (accepted instanceof PithyImageError) refused = accepted;
      if (accepted instanceof PithyImageError || this.#record?.state !== "started") throw new Handed();
      return { ...answer, data: accepted };
    });
    try {
      return await this.#call.race(client.create({ ...this.#order.params }, { timeout: 0 }));
    } catch (error) {
      if (error instanceof Handed) return refused;
      throw this.#making || error instanceof PithyImageError ? error : uploadFailed(error);
    } finally {
      over = true;
    }
  }

  /** Remembers the request that makes the sandbox, so that it is not lost when the call ends before its answer. */
  #tracked(request: Request): Send {
    if (!isCreation(request)) return this.#connection.send;
    return (packed) => {
      const making = this.#connection.send(packed);
      this.#making = making;
      return making;
    };
  }

  /** Takes note of what was made, also by an earlier attempt whose answer was lost. */
  async #accept(answer: Answer): Promise<SandboxRecord | PithyImageError> {
    const record =
      answer.status === 409
        ? await this.#mine(this.#call)
        : isFine(answer)
          ? (answer.data as SandboxRecord)
          : undefined;
    if (!record?.id) {
      if (answer.status < 500 && answer.status !== 408) this.#making = undefined; // nothing of ours was made
      return refusal(answer, "make a sandbox");
    }
    this.#record = record;
    this.#options.onCreated?.(record.id);
    this.#note(record);
    return record;
  }

  /** The sandbox of our name, if it is ours. */
  async #mine(call: Call): Promise<SandboxRecord | undefined> {
    const { name, labels } = this.#order.params as { name: string; labels: Record<string, string> };
    const answer = await call.request(this.#connection.send, this.#request("GET", name));
    const record = answer.data as SandboxRecord;
    return isFine(answer) && record.labels?.[LABELS.nonce] === labels[LABELS.nonce] ? record : undefined;
  }

  #get(idOrName: string): Promise<Answer> {
    return this.#call.request(this.#connection.send, this.#request("GET", idOrName));
  }

  #request(method: "GET" | "DELETE", idOrName: string): Request {
    const { headers } = this.#connection;
    return { method, url: this.#connection.url("sandbox", idOrName), ...(headers && { headers }) };
  }

  /** What is done when the snapshot of the lock is refused: it is activated once, or another is taken. */
  async #useAnotherSnapshot(refused: PithyImageError, attempt: number): Promise<void> {
    const { locked } = this.#order;
    if (!locked || refused.status !== 400 || attempt > 2) throw refused;
    const name = this.#order.params.snapshot as string;
    const snapshot = await readSnapshot(this.#connection, this.#call, name);
    if (snapshot?.state === "active") throw refused;
    if (snapshot?.state === "inactive" && attempt === 1) {
      await new SnapshotWatch(this.#connection, this.#call, this.#pollInterval, {}).activate(snapshot);
      return;
    }
    const { fallbackSnapshot } = this.#options;
    if (fallbackSnapshot === undefined || fallbackSnapshot === name)
      throw notBuilt(locked, snapshot?.state, snapshot?.errorReason);
    this.#order = { ...this.#order, params: { ...this.#order.params, snapshot: fallbackSnapshot } };
  }

  /** Waits until it runs. */
  async #wait(): Promise<object> {
    const { id } = this.#record as SandboxRecord;
    while (this.#state !== "started") {
      await this.#checkState();
      await this.#call.sleep(this.#pollInterval);
      const answer = await this.#get(id);
      if (answer.status === 404) throw this.#failure("gone", "It was deleted while it started.");
      if (!isFine(answer)) throw refusal(answer, "say how the sandbox is", { id });
      this.#note(answer.data as SandboxRecord);
    }
    if (this.#options.onLog) await this.#log?.end();
    return this.#sandbox(id);
  }

  /** The SDK's own object; its requests are its own again afterwards. */
  async #sandbox(id: string): Promise<object> {
    let over = false;
    const client = this.#connection.through((request) =>
      over ? this.#connection.send(request) : this.#call.request(this.#connection.send, request),
    );
    try {
      return await this.#call.race(client.get(id));
    } finally {
      over = true;
    }
  }

  #note(record: SandboxRecord): void {
    this.#record = record;
    if (record.state === undefined || record.state === this.#state) return;
    this.#state = record.state;
    this.#options.onState?.(record.state);
    if (!this.#order.resolved || PENDING.has(record.state)) return;
    this.#log ??= new BuildLog(this.#connection, this.#call, { kind: "sandbox", id: record.id }, this.#options.onLog);
    this.#log.follow();
  }

  async #checkState(): Promise<void> {
    const state = this.#state ?? "";
    if (GONE.has(state)) throw this.#failure("gone", "It ended before it ran.");
    if (!FAILED.has(state)) return;
    const log = (await this.#log?.end()) ?? "";
    const { resolved } = this.#order;
    const failed = resolved && failedInstruction(log, resolved);
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
  async #withoutRemains(error: unknown): Promise<unknown> {
    const failure = asFailure(error);
    if (!this.#record && !this.#making) return failure;
    const cleanup = new Call({}, CLEANUP);
    try {
      await cleanup.race(Promise.resolve(this.#making).catch(() => {}));
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
    const { id } = this.#record ?? (await this.#lookFor(cleanup)) ?? {};
    while (id !== undefined) {
      const answer = await cleanup.request(this.#connection.send, this.#request("DELETE", id));
      if (isFine(answer) || answer.status === 404) return;
      if (answer.status !== 409) throw refusal(answer, "delete the sandbox");
      await cleanup.sleep(this.#pollInterval);
    }
  }

  /** The sandbox of a request that had no answer: the server may still be about to make it. */
  async #lookFor(cleanup: Call): Promise<SandboxRecord | undefined> {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const found = await this.#mine(cleanup);
      if (found) return found;
      await cleanup.sleep(this.#pollInterval);
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

const isFine = ({ status }: Answer): boolean => status >= 200 && status < 300;

const isCreation = ({ method, url }: Request): boolean =>
  method.toUpperCase() === "POST" && /\/sandbox(\?|$)/.test(url);

/** What other code threw, such as a listener of the application, is told as it is. */
export const asFailure = (error: unknown): PithyImageError => {
  if (error instanceof PithyImageError) return error;
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
