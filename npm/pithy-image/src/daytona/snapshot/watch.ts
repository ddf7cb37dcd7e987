/** Snapshots on their way: what is told of them, and what wakes them. */
import type { PithyImageError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { type BuildListeners, BuildLog } from "../build-log.ts";
import { retryAfter } from "../call.ts";
import { isFine, isQuota, messageIn, refusal } from "../failure.ts";
import type { HttpResponse } from "../http.ts";
import { isComing, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";

/** Looks at a state that a sleeping snapshot is left alone for, after Daytona refused to wake it. */
const COOLDOWN = 5;

/** Whether a refusal to wake a snapshot passes: it has to sleep on, or another was faster. */
export const mayWakeLater = (refused: HttpResponse): boolean =>
  !isQuota(refused) && [400, 404, 409].includes(refused.status);

/** Waits for a snapshot, and tells of its states and its log. */
export class SnapshotWatch {
  readonly #call: ApiCall;
  readonly #listeners: BuildListeners;
  #id: string | undefined;
  #state: string | undefined;
  #log: BuildLog | undefined;
  /** Why Daytona did not wake it. */
  #reason: string | undefined;

  constructor(call: ApiCall, listeners: BuildListeners) {
    this.#call = call;
    this.#listeners = listeners;
  }

  /** Takes note of a snapshot's state. Another of the same name has states and a log of its own. */
  note({ id, state }: SnapshotRecord): void {
    if (id === this.#id && state === this.#state) return;
    this.#follow(id);
    this.#state = state;
    this.#call.tell(this.#listeners.onState, state);
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

  /** Reads a snapshot after a pause; none if it is gone. */
  async next(name: string): Promise<SnapshotRecord | undefined> {
    await this.#call.sleep(this.#call.pollInterval);
    return readSnapshot(this.#call, name);
  }

  /** Asks for a snapshot to be woken. Daytona refuses it for ten minutes after it was put to sleep. */
  async wake({ id }: SnapshotRecord): Promise<HttpResponse> {
    const response = await this.#call.ask("POST", ["snapshots", id, "activate"]);
    this.#reason = isFine(response) ? undefined : messageIn(response.data);
    return response;
  }

  /** Lets a snapshot that was not woken sleep on, for as long as the response says or some looks take. */
  async letSleep(refused: HttpResponse): Promise<void> {
    await this.#call.sleep(Math.max(retryAfter(refused), COOLDOWN * this.#call.pollInterval));
  }

  /** Wakes a snapshot, and waits until it is ready or stays as it is. */
  async activate(asleep: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const response = await this.wake(asleep);
    if (!isFine(response) && !mayWakeLater(response)) throw refusal(response, `wake snapshot \`${asleep.name}\``);
    let snapshot = await readSnapshot(this.#call, asleep.name);
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
    if (this.#listeners.onLog) await this.#logOf(id).end();
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
