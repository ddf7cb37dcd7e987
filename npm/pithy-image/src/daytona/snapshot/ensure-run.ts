/** Takes a snapshot through its states until it is ready. */

import type { ResolvedImage } from "../../image/resolved.ts";
import { PithyDaytonaError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { failedInstruction } from "../build-failure.ts";
import { asFailure, contentOf, isFine, isQuota, notBuilt, refusal } from "../failure.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { sdkImageOf } from "../sdk-image.ts";
import { createBySdk } from "../through-sdk.ts";
import { differenceOf } from "./content.ts";
import { type EnsureSnapshotOptions, given } from "./ensure-options.ts";
import type { EnsuredSnapshot, EnsureOutcome, Wanted } from "./ensured.ts";
import { makeRoom, type Pruned } from "./prune.ts";
import { hasFailed, isComing, isLost, isSnapshot, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { mayWakeLater, type SnapshotWatch } from "./watch.ts";

/** How often a name may be taken although no such snapshot is found: it may have been deleted in between, but not every time. */
const CLASHES = 10;

/** How often a call waits before it believes that the quota is reached, and milliseconds, or up to twice as many. */
const PATIENCE = 2;
const QUOTA_PAUSE = 1_000;

const MAY_PRUNE =
  "Pass `keep` or `prune: true` (`snapshot ensure --prune`) to delete old snapshots then, or ask Daytona for a higher quota.";
const HAS_PRUNED = "Nothing else may be pruned. Delete other snapshots, or ask Daytona for a higher quota.";

/** One run of `ensureSnapshot`. */
export class EnsureRun {
  readonly #call: ApiCall;
  readonly #watch: SnapshotWatch;
  readonly #options: EnsureSnapshotOptions;
  readonly #wanted: Wanted;
  /** What this call did, and to which snapshot: that may be gone, and replaced by somebody else. */
  #deed: { readonly id: string; readonly outcome: EnsureOutcome } | undefined;
  #hasWaited = false;
  /** The snapshot that may be replaced if it failed: the one that existed when the call started, unless it was being built. */
  #replaceable: string | undefined;
  #hasReplaced = false;
  /** What was done to make room, if anything. */
  #pruned: Pruned | undefined;
  #patience = PATIENCE;
  #clashes = 0;

  constructor(call: ApiCall, watch: SnapshotWatch, options: EnsureSnapshotOptions, wanted: Wanted) {
    this.#call = call;
    this.#watch = watch;
    this.#options = options;
    this.#wanted = wanted;
  }

  /** Takes the snapshot through its states. An error says what was deleted before. */
  async run(): Promise<EnsuredSnapshot> {
    try {
      return await this.#run();
    } catch (error) {
      const failure = asFailure(error);
      const isOurs = failure instanceof PithyDaytonaError && this.#deleted.length > 0;
      throw isOurs ? failure.with({ pruned: this.#deleted }) : failure;
    }
  }

  async #run(): Promise<EnsuredSnapshot> {
    let snapshot = await readSnapshot(this.#call, this.#wanted.name);
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
    if (isBuilt) await this.#watch.drainLog(id);
    return { outcome, name, id, snapshot, pruned: this.#deleted };
  }

  /** The names of the snapshots that were deleted to make room. */
  get #deleted(): readonly string[] {
    return this.#pruned?.deleted ?? [];
  }

  #outcomeOf(id: string): EnsureOutcome {
    if (this.#deed?.id === id) return this.#deed.outcome;
    return this.#hasWaited ? "waited" : "reused";
  }

  /** Takes the next step towards a ready snapshot, and returns the snapshot after it. */
  async #advance(snapshot: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    if (snapshot.state === "inactive") return this.#activate(snapshot);
    if (hasFailed(snapshot)) return this.#replace(snapshot);
    return this.#watch.next(snapshot.name);
  }

  /** Wakes the snapshot. Daytona may refuse because it was put to sleep recently, or another call was faster. */
  async #activate(asleep: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const response = await this.#watch.wake(asleep);
    if (isFine(response)) {
      this.#deed = { id: asleep.id, outcome: "activated" };
      return this.#watch.next(asleep.name);
    }
    if (isQuota(response)) {
      await this.#beyondQuota(response, `wake snapshot \`${asleep.name}\``);
      return readSnapshot(this.#call, asleep.name);
    }
    if (!mayWakeLater(response)) throw refusal(response, `wake snapshot \`${asleep.name}\``);
    const snapshot = await readSnapshot(this.#call, asleep.name);
    if (snapshot?.state === "inactive") await this.#watch.backOff(response);
    return snapshot;
  }

  /** Builds the snapshot, or waits for another call that was faster. */
  async #create(): Promise<SnapshotRecord | undefined> {
    const { name, build } = this.#wanted;
    if (!build) throw notBuilt(this.#wanted, undefined);
    const response = await this.#submit(build);
    if (isFine(response)) {
      const created = contentOf<SnapshotRecord>(response, `create snapshot \`${name}\``, isSnapshot);
      this.#deed = { id: created.id, outcome: this.#hasReplaced ? "rebuilt" : "created" };
      return created;
    }
    if (isQuota(response)) {
      // Daytona checks the quota first: the snapshot may exist by now, and have used up what was left.
      const snapshot = await readSnapshot(this.#call, name);
      if (!snapshot) await this.#beyondQuota(response, `create snapshot \`${name}\``);
      return snapshot;
    }
    if (response.status !== 409) throw refusal(response, `create snapshot \`${name}\``);
    const other = await this.#watch.next(name);
    if (!other && ++this.#clashes >= CLASHES) throw refusal(response, `create snapshot \`${name}\``);
    return other;
  }

  /**
   * Waits at first: what Daytona is about to decide counts against the quota, even if it is refused then, so a refusal may pass by
   * itself. Then makes room, once, if that is wanted, or throws.
   */
  async #beyondQuota(response: HttpResponse, what: string): Promise<void> {
    if (this.#patience-- > 0) return this.#call.sleep(QUOTA_PAUSE * (1 + Math.random()));
    const { room } = this.#wanted;
    if (!room) throw refusal(response, what, { hint: MAY_PRUNE });
    if (!this.#pruned) {
      this.#pruned = await makeRoom(this.#call, room);
      this.#patience = PATIENCE;
      if (this.#deleted.length > 0) return;
    }
    throw refusal(response, what, { hint: HAS_PRUNED, cause: this.#pruned.failed[0]?.error });
  }

  /** Lets the SDK upload the files and prepare the request, which is then sent from here. */
  async #submit(build: ResolvedImage): Promise<HttpResponse> {
    const { signal, connection } = this.#call;
    const image = await this.#call.race(sdkImageOf(build, connection.Image, { signal }));
    const params = { name: this.#wanted.name, image, ...given({ resources: this.#options.resources }) };
    let response: HttpResponse | undefined;
    await createBySdk(this.#call, {
      prepare: (client) => client.snapshot.create(params, { timeout: 0 }),
      path: "snapshots",
      post: async (request) => {
        response = await this.#call.send(this.#complete(request));
        return undefined;
      },
    });
    return response as unknown as HttpResponse;
  }

  /** Older SDKs leave out what they do not know, so that the snapshot would not match its name. */
  #complete(request: HttpRequest): HttpRequest {
    const { region: regionId, sandboxClass, resources } = this.#options;
    const more = given({ regionId, sandboxClass, gpuType: resources?.gpuType && [resources.gpuType].flat() });
    return { ...request, data: JSON.stringify({ ...JSON.parse(request.data as string), ...more }) };
  }

  /**
   * Replaces a snapshot that had failed before this call. One that failed during the call is reported: somebody has just built
   * it, or Daytona still remembers the failure.
   */
  async #replace(failed: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const { id, name, state, errorReason } = failed;
    const { build } = this.#wanted;
    if (!build) throw notBuilt(this.#wanted, state, errorReason);
    if (id !== this.#replaceable) throw await this.#failure(failed, build);
    this.#hasReplaced = true;
    const response = await this.#call.ask("DELETE", ["snapshots", id]);
    if (!isFine(response) && response.status !== 404 && response.status !== 409)
      throw refusal(response, "delete the failed snapshot");
    return this.#watch.next(name);
  }

  async #failure(
    { id, name, state, errorReason }: SnapshotRecord,
    resolved: ResolvedImage,
  ): Promise<PithyDaytonaError> {
    const { tail: log, steps } = await this.#watch.log(id);
    const reason = errorReason ?? undefined;
    const failed = failedInstruction({ steps, reason }, resolved);
    const message = `The build of snapshot \`${name}\` failed${reason ? `: ${reason}` : ""}${failed ? `, at \`${failed.instruction}\`` : ""}.`;
    return new PithyDaytonaError({
      ...failed,
      code: "build_failed",
      message,
      hint: "Correct the image. Daytona remembers the failure: to try the same image again, pass another `refresh`.",
      id,
      state,
      reason,
      log: log || undefined,
      retryable: false,
    });
  }

  /** A name that was chosen by hand may belong to another image or machine. */
  #checkContent(snapshot: SnapshotRecord): void {
    const { image, build } = this.#wanted;
    if (!image || !build || this.#options.name === undefined) return;
    const difference = differenceOf(snapshot, image, build, this.#options);
    if (difference === undefined) return;
    const { id, name } = snapshot;
    throw new PithyDaytonaError({
      code: "conflict",
      message: `Snapshot \`${name}\` exists with a different ${difference}.`,
      hint: "Choose another name, or leave it out: a name derived from the image never clashes.",
      id,
      retryable: false,
    });
  }
}
