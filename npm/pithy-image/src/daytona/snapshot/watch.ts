/** Follows a snapshot until it is ready: reports its states and its log, and wakes it. */
import { PithyDaytonaError, type PithyImageError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { type BuildListeners, BuildLog, type EndedLog } from "../build-log.ts";
import { isFine, isQuota, messageIn, refusal } from "../failure.ts";
import type { HttpResponse } from "../http.ts";
import { Polling } from "../polling.ts";
import { retryAfter } from "../retry-after.ts";
import { isComing, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";

/** Milliseconds to wait before the next attempt, after Daytona refused to wake a snapshot. */
const COOLDOWN = 5_000;

/** Whether a refusal to wake a snapshot is temporary: it was put to sleep recently, or another call was faster. */
export const mayWakeLater = (refused: HttpResponse): boolean =>
  !isQuota(refused) && [400, 404, 409].includes(refused.status);

/** Waits for a snapshot, and reports its states and its log. */
export class SnapshotWatch {
  readonly #call: ApiCall;
  readonly #listeners: BuildListeners;
  #id: string | undefined;
  #state: string | undefined;
  #log: BuildLog | undefined;
  #polling: Polling | undefined;
  #reason: string | undefined;

  constructor(call: ApiCall, listeners: BuildListeners) {
    this.#call = call;
    this.#listeners = listeners;
  }

  /** Notes a snapshot's state. Another snapshot of the same name has its own states and log. */
  note({ id, state }: SnapshotRecord): void {
    if (id === this.#id && state === this.#state) return;
    this.#follow(id);
    this.#state = state;
    this.#call.notify(this.#listeners.onState, state);
    if (state === "building") this.#logOf(id).follow();
  }

  #follow(id: string): void {
    if (id === this.#id) return;
    this.#log?.cancel();
    this.#log = undefined;
    this.#id = id;
  }

  #logOf(id: string): BuildLog {
    this.#log ??= new BuildLog(this.#call, { kind: "snapshots", id }, this.#listeners.onLog);
    return this.#log;
  }

  /** Reads a snapshot after a pause; `undefined` if it is gone. */
  async next(name: string): Promise<SnapshotRecord | undefined> {
    this.#polling ??= new Polling(this.#call);
    await this.#polling.pause();
    return readSnapshot(this.#call, name);
  }

  /** Requests that a snapshot is woken. Daytona refuses that for ten minutes after it was put to sleep. */
  async wake({ id }: SnapshotRecord): Promise<HttpResponse> {
    const response = await this.#call.ask("POST", ["snapshots", id, "activate"]);
    this.#reason = isFine(response) ? undefined : messageIn(response.data);
    return response;
  }

  /** Waits before a snapshot is woken again, for as long as the response asks, and at least for some seconds. */
  async backOff(refused: HttpResponse): Promise<void> {
    this.#call.notify(this.#listeners.onWait, messageIn(refused.data));
    await this.#call.sleep(Math.max(retryAfter(refused, this.#call.clock.now()), COOLDOWN));
  }

  /** Wakes a snapshot unless somebody else does, and waits until it is ready or stays as it is. */
  async activate(asleep: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    let snapshot: SnapshotRecord | undefined = asleep;
    if (asleep.state === "inactive") {
      const response = await this.wake(asleep);
      if (!isFine(response) && !mayWakeLater(response)) throw refusal(response, `wake snapshot \`${asleep.name}\``);
      snapshot = await readSnapshot(this.#call, asleep.name);
    }
    while (snapshot && isComing(snapshot)) {
      this.note(snapshot);
      snapshot = await this.next(asleep.name);
    }
    return snapshot;
  }

  /** Why Daytona refused to wake it. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** The end of the log of a finished build. */
  async log(id: string): Promise<EndedLog> {
    return this.#logOf(id).end();
  }

  /** Reads the log as far as it goes. Returns whether there is one. */
  async readLog(id: string): Promise<boolean> {
    const isThere = await this.#logOf(id).read();
    this.#call.signal.throwIfAborted(); // a listener may have thrown
    return isThere;
  }

  /** Reads the rest of a log that has a listener, or all of it if the build took place between two polls. */
  async drainLog(id: string): Promise<void> {
    if (this.#listeners.onLog) await this.#logOf(id).end();
    this.#call.signal.throwIfAborted(); // a listener may have thrown
  }

  /** An error with what was seen last. */
  withLastSeen(failure: PithyImageError): PithyImageError {
    if (!(failure instanceof PithyDaytonaError)) return failure;
    const { id = this.#id, state = this.#state, reason = this.#reason } = failure;
    return failure.with({ id, state, reason });
  }

  end(): void {
    this.#log?.cancel();
  }
}
