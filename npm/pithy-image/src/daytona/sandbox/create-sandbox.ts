/**
 * Creates sandboxes that never leak: each has a unique name, by which it is found again when a response is lost, and a time to
 * live that the server knows; it is deleted when the call that created it fails.
 */
import { type FailureDetails, PithyDaytonaError, type PithyImageError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { failedInstruction } from "../build-failure.ts";
import { BuildLog } from "../build-log.ts";
import type { Connection } from "../client.ts";
import {
  abortedBy,
  asFailure,
  contentOf,
  notBuilt,
  notInRegion,
  type UnbuiltSnapshot,
  withoutFullStop,
} from "../failure.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { Backoff, Polling } from "../polling.ts";
import { QuotaRace } from "../quota.ts";
import { isComing, readSnapshot, type SnapshotRecord } from "../snapshot/snapshot-record.ts";
import { SnapshotWatch } from "../snapshot/watch.ts";
import { checkBuild, createBySdk, sdkSandbox } from "../through-sdk.ts";
import { Creation } from "./creation.ts";
import { type Order, ofSnapshot, orderOf, placed } from "./order.ts";
import { reused } from "./reuse.ts";
import { type CreateSandboxOptions, checkSandboxOptions } from "./sandbox-options.ts";
import { hasFailed, isSandbox, type SandboxRecord } from "./sandbox-record.ts";

/** Seconds that a sandbox may take; with an image, including the build. */
const DEADLINE = { snapshot: 120, image: 3_600 };

const GONE = new Set(["destroyed", "destroying", "deleted", "archived", "archiving", "stopped", "stopping"]);
const PENDING = new Set(["pending_build", "unknown"]);
/** Daytona's words while no runner has a snapshot, which is so for minutes after it has become ready. */
const NO_RUNNERS = /^No available runners/;

/** How often the name of a key may be taken although no such sandbox is found. */
const CLASHES = 10;

/** Milliseconds before a sandbox is requested again while there is no runner, at first and at most: creates are limited more than looks. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 10_000;

/** Creates a sandbox, and waits until it runs. */
export async function createSandbox(connection: Connection, options: CreateSandboxOptions): Promise<object> {
  checkSandboxOptions(options);
  const call = new ApiCall(connection, options, options.image ? DEADLINE.image : DEADLINE.snapshot);
  const creation = new Creation(call);
  try {
    call.signal.throwIfAborted();
    const order = await orderOf(call, options);
    return await new SandboxStart(call, options, order, creation).run();
  } catch (error) {
    throw asFailure(error);
  } finally {
    void creation.undone.then(() => call.end()); // until then, a request under way may say what it has created
  }
}

/** A sandbox that is being started. */
class SandboxStart {
  readonly #call: ApiCall;
  readonly #options: CreateSandboxOptions;
  readonly #creation: Creation;
  #order: Order;
  #record: SandboxRecord | undefined;
  #state: string | undefined;
  #log: BuildLog | undefined;
  /** The snapshots that were refused and tried again. */
  readonly #triedAgain = new Set<string>();
  /** Why the first snapshot cannot be used. */
  #notReady: PithyImageError | undefined;
  readonly #race: QuotaRace;
  readonly #runners: Backoff;
  #clashes = 0;
  /** What Daytona said when the call had to wait. */
  #waitsFor: string | undefined;

  constructor(call: ApiCall, options: CreateSandboxOptions, order: Order, creation: Creation) {
    this.#call = call;
    this.#options = options;
    this.#order = order;
    this.#creation = creation;
    this.#race = new QuotaRace(call, (reason) => this.#waitFor(reason));
    this.#runners = new Backoff(call, FIRST_PAUSE, LONGEST_PAUSE);
  }

  async run(): Promise<object> {
    try {
      const sandbox = (await this.#create()) ?? (await this.#wait());
      if (this.#options.onLog) await this.#log?.end();
      this.#call.signal.throwIfAborted();
      return sandbox;
    } catch (error) {
      this.#call.fail(error);
      throw this.#cleanUp(asFailure(error));
    } finally {
      this.#log?.cancel();
    }
  }

  /** Requests the sandbox; returns it if it runs immediately. */
  async #create(): Promise<object | undefined> {
    for (;;) {
      const found = await this.#reused();
      if (found) return found;
      let refused: PithyDaytonaError | undefined;
      const post = async (request: HttpRequest): Promise<HttpResponse | undefined> => {
        if (this.#order.resolved) checkBuild(this.#order.resolved, request);
        const created = await this.#creation.send(this.#order, placed(request, this.#order));
        if (created instanceof PithyDaytonaError) refused = created;
        else this.#accept(created);
        return this.#state === "started" ? { status: 200, headers: {}, data: created } : undefined;
      };
      const params = { ...this.#order.params, labels: { ...this.#order.labels } };
      const sandbox = await createBySdk(this.#call, {
        prepare: (client) => client.create(params, { timeout: 0 }),
        path: "sandbox",
        post,
      });
      if (!refused) return sandbox;
      await this.#tryAgain(refused);
    }
  }

  /** The sandbox of the key, if there is one. */
  async #reused(): Promise<object | undefined> {
    const { reuse, ttlMinutes } = this.#options;
    if (reuse === undefined) return undefined;
    const onWait = (reason: string) => this.#waitFor(reason);
    const checkCreatable = () => this.#checkSnapshot();
    return reused({ call: this.#call, order: this.#order, ttlMinutes, checkCreatable, onWait });
  }

  /** Throws unless the snapshot can be used. An image is built in any case. */
  async #checkSnapshot(): Promise<void> {
    const { snapshot: wanted } = this.#order;
    const snapshot = wanted && (await readSnapshot(this.#call, wanted.name));
    const why = !wanted || snapshot?.state === "active" ? undefined : await this.#wake(wanted, snapshot);
    if (why) throw why;
  }

  /** Notes what Daytona says that is not possible yet, and tells the application once. */
  #waitFor(reason: string): void {
    if (reason !== this.#waitsFor) this.#call.notify(this.#options.onWait, reason);
    this.#waitsFor = reason;
  }

  #accept(record: SandboxRecord): void {
    this.#record = record;
    this.#waitsFor = undefined;
    this.#call.notify(this.#options.onCreated, record.id);
    this.#note(record);
  }

  /** After a refusal: waits until it has passed, wakes the snapshot, or falls back to the other. */
  async #tryAgain(refused: PithyDaytonaError): Promise<void> {
    const { reason = "" } = refused;
    if (refused.code === "conflict" && this.#options.reuse !== undefined) return this.#meet(refused);
    if (NO_RUNNERS.test(reason)) {
      this.#waitFor(reason);
      return this.#runners.pause();
    }
    if (refused.code === "quota_exceeded" && (await this.#race.outlasts(reason))) return;
    const { snapshot: wanted } = this.#order;
    if (!wanted || (refused.status !== 400 && refused.status !== 404)) throw refused;
    const snapshot = await readSnapshot(this.#call, wanted.name);
    const elsewhere = snapshot && notInRegion(wanted, snapshot.regionIds, refused);
    if (elsewhere) return this.#fallBack(elsewhere);
    const isFirst = !this.#triedAgain.has(wanted.name);
    this.#triedAgain.add(wanted.name);
    const why = snapshot?.state === "active" ? undefined : await this.#wake(wanted, snapshot);
    if (why) return this.#fallBack(why);
    if (!isFirst) throw refused; // otherwise it became ready after the refusal
  }

  /** Another call was faster: its sandbox is found. One that is never found is not of a key. */
  async #meet(refused: PithyDaytonaError): Promise<void> {
    if (++this.#clashes >= CLASHES) throw refused;
    await this.#call.sleep(FIRST_PAUSE);
  }

  /** Wakes a snapshot, or waits for another call that does. Returns why it cannot be used all the same. */
  async #wake(wanted: UnbuiltSnapshot, snapshot: SnapshotRecord | undefined): Promise<PithyImageError | undefined> {
    const watch = new SnapshotWatch(this.#call, { onWait: this.#options.onWait });
    // One that was never ready is being built, which may take long.
    const wakes = snapshot && (snapshot.state === "inactive" || (snapshot.lastUsedAt && isComing(snapshot)));
    try {
      const now = wakes ? await watch.activate(snapshot) : snapshot;
      return now?.state === "active" ? undefined : notBuilt(wanted, now?.state, now?.errorReason ?? watch.reason);
    } catch (error) {
      this.#call.signal.throwIfAborted();
      return asFailure(error);
    }
  }

  /** Switches to the other snapshot, if there is one. */
  #fallBack(why: PithyImageError): void {
    this.#notReady ??= why;
    const { fallbackSnapshot } = this.#options;
    if (fallbackSnapshot === undefined || fallbackSnapshot === this.#order.snapshot?.name) throw this.#notReady;
    this.#order = ofSnapshot(this.#order, { name: fallbackSnapshot });
  }

  /** Waits until it runs. */
  async #wait(): Promise<object> {
    const { id } = this.#record as SandboxRecord;
    const polling = new Polling(this.#call);
    for (;;) {
      // At once: the server may have held the first response until the sandbox was running, but it says what was before.
      const response = await this.#call.ask("GET", ["sandbox", id]);
      if (response.status === 404) throw this.#failure("gone", "It was deleted while it was starting.");
      this.#note(contentOf(response, "report the state of the sandbox", isSandbox));
      if (this.#state === "started") return sdkSandbox(this.#call, id, response);
      await this.#checkState();
      await polling.pause();
    }
  }

  #note(record: SandboxRecord): void {
    this.#record = record;
    if (record.state === undefined || record.state === this.#state) return;
    this.#state = record.state;
    this.#call.notify(this.#options.onState, record.state);
    if (!this.#order.resolved || PENDING.has(record.state)) return;
    this.#log ??= new BuildLog(this.#call, { kind: "sandbox", id: record.id }, this.#options.onLog);
    this.#log.follow();
  }

  async #checkState(): Promise<void> {
    const state = this.#state ?? "";
    if (GONE.has(state)) throw this.#failure("gone", "It ended before it was running.");
    if (!hasFailed({ state })) return;
    const { resolved } = this.#order;
    if (!resolved) throw this.#failure("gone", "Its snapshot exists, but the sandbox could not be started from it.");
    const { tail: log, steps } = (await this.#log?.end()) ?? { tail: "", steps: [] };
    const failed = failedInstruction({ steps, reason: this.#record?.errorReason ?? undefined }, resolved);
    const hint = failed ? `It failed at: ${failed.instruction}` : "See the log or the reason.";
    throw this.#failure("build_failed", hint, { ...failed, log: log || undefined });
  }

  #failure(code: "gone" | "build_failed", hint: string, details: Partial<FailureDetails> = {}): PithyDaytonaError {
    const { id, errorReason } = this.#record as SandboxRecord;
    const state = this.#state;
    const reason = errorReason ?? undefined;
    const message = `Sandbox ${id} did not start: its state is \`${state}\`${reason ? `: ${withoutFullStop(reason)}` : ""}.`;
    return new PithyDaytonaError({ ...details, code, message, hint, id, state, reason, retryable: code === "gone" });
  }

  /** Begins to delete what a failed call created, and returns its error with what may remain. */
  #cleanUp(failure: PithyImageError): PithyImageError {
    const isKept = this.#options.reuse !== undefined; // other calls may have found it
    const leftBehind = isKept ? this.#creation.remains : this.#creation.undo();
    const cleanedUp = isKept && leftBehind ? Promise.resolve({ leftBehind }) : this.#creation.undone;
    const details = { leftBehind, cleanedUp };
    if (!(failure instanceof PithyDaytonaError)) return leftBehind ? abortedBy(failure).with(details) : failure;
    const { id = this.#record?.id, state = this.#state, reason = this.#waitsFor } = failure;
    return failure.with({ ...details, id, state, reason });
  }
}
