/** Takes a snapshot through its states until it is ready. */
import { PithyDaytonaError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { failedInstruction } from "../build-failure.ts";
import { asFailure, contentOf, isFine, isQuota, messageIn, notBuilt, refusal, withoutFullStop } from "../failure.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { QuotaRace } from "../quota.ts";
import { sdkImageOf } from "../sdk-image.ts";
import { checkBuild, createBySdk } from "../through-sdk.ts";
import { differenceOf } from "./content.ts";
import { describeDifference, differences } from "./difference.ts";
import { type EnsureSnapshotOptions, given } from "./ensure-options.ts";
import type { EnsuredSnapshot, EnsureOutcome, Source, Wanted } from "./ensured.ts";
import { makeRoom, type Pruned } from "./prune.ts";
import { hasFailed, isComing, isLost, isSnapshot, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { mayWakeLater, type SnapshotWatch } from "./watch.ts";

/** How often a name may be taken although no such snapshot is found: it may have been deleted in between, but not every time. */
const CLASHES = 10;

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
  #clashes = 0;
  #race: QuotaRace;

  constructor(call: ApiCall, watch: SnapshotWatch, options: EnsureSnapshotOptions, wanted: Wanted) {
    this.#call = call;
    this.#watch = watch;
    this.#options = options;
    this.#wanted = wanted;
    this.#race = new QuotaRace(call, options.onWait);
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
      if (snapshot && isComing(snapshot) && this.#options.wait === false)
        return this.#ensured(snapshot, this.#outcomeOf(snapshot.id, "pending"));
      this.#hasWaited = true;
      snapshot = snapshot ? await this.#advance(snapshot) : await this.#create();
    }
  }

  async #ready(snapshot: SnapshotRecord): Promise<EnsuredSnapshot> {
    const outcome = this.#outcomeOf(snapshot.id, this.#hasWaited ? "waited" : "reused");
    if (outcome !== "reused" && outcome !== "activated") await this.#watch.drainLog(snapshot.id);
    return this.#ensured(snapshot, outcome);
  }

  #ensured(snapshot: SnapshotRecord, outcome: EnsureOutcome): EnsuredSnapshot {
    const { id, name } = snapshot;
    return { outcome, name, id, region: this.#regionOf(snapshot), snapshot, pruned: this.#deleted };
  }

  /** What this call did to a snapshot, or what else it comes to. */
  #outcomeOf(id: string, otherwise: EnsureOutcome): EnsureOutcome {
    return this.#deed?.id === id ? this.#deed.outcome : otherwise;
  }

  /** The only region where it is, else the one where it is wanted. */
  #regionOf({ regionIds: [only, another] = [] }: SnapshotRecord): string | undefined {
    return another === undefined ? (only ?? this.#region) : this.#region;
  }

  /** Where it is wanted. */
  get #region(): string | undefined {
    return this.#wanted.region ?? this.#call.connection.target;
  }

  /** The names of the snapshots that were deleted to make room. */
  get #deleted(): readonly string[] {
    return this.#pruned?.deleted ?? [];
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
    if (snapshot?.state !== "inactive") return snapshot;
    if (this.#options.wait === false) throw notBuilt(this.#wanted, snapshot.state, messageIn(response.data));
    await this.#watch.backOff(response);
    return snapshot;
  }

  /** Builds the snapshot, or waits for another call that was faster. */
  async #create(): Promise<SnapshotRecord | undefined> {
    const { name, source } = this.#wanted;
    if (!source) throw notBuilt(this.#wanted, undefined);
    const response = await this.#submit(source);
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
    if (await this.#race.outlasts(messageIn(response.data))) return;
    const { room } = this.#wanted;
    if (!room) throw refusal(response, what, { hint: MAY_PRUNE });
    if (!this.#pruned) {
      this.#pruned = await makeRoom(this.#call, room);
      this.#race = new QuotaRace(this.#call, this.#options.onWait);
      if (this.#deleted.length > 0) return;
    }
    throw refusal(response, what, { hint: HAS_PRUNED, cause: this.#pruned.failed[0]?.error });
  }

  /** Lets the SDK upload the files and prepare the request, which is then sent from here. */
  async #submit(source: Source): Promise<HttpResponse> {
    const image = await this.#imageFor(source);
    const params = { name: this.#wanted.name, image, ...given({ resources: this.#options.resources }) };
    let response: HttpResponse | undefined;
    await createBySdk(this.#call, {
      prepare: (client) => client.snapshot.create(params, { timeout: 0 }),
      path: "snapshots",
      post: async (request) => {
        if ("build" in source) checkBuild(source.build, request);
        response = await this.#call.send(this.#complete(request));
        return undefined;
      },
    });
    return response as unknown as HttpResponse;
  }

  /** What the SDK takes as the image. */
  async #imageFor(source: Source): Promise<object | string> {
    if ("reference" in source) return source.reference;
    const { watch, connection } = this.#call;
    return this.#call.race(sdkImageOf(source.build, connection.Image, watch));
  }

  /** Older SDKs leave out what they do not know, so that the snapshot would not match its name. */
  #complete(request: HttpRequest): HttpRequest {
    const { sandboxClass, resources } = this.#options;
    const more = given({
      regionId: this.#region,
      sandboxClass,
      gpuType: resources?.gpuType && [resources.gpuType].flat(),
    });
    return { ...request, data: JSON.stringify({ ...JSON.parse(request.data as string), ...more }) };
  }

  /**
   * Replaces a snapshot that had failed before this call. One that failed during the call is reported: somebody has just built
   * it, or Daytona still remembers the failure.
   */
  async #replace(failed: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const { id, name, state, errorReason } = failed;
    const { source } = this.#wanted;
    if (!source) throw notBuilt(this.#wanted, state, errorReason);
    if (id !== this.#replaceable) throw await this.#failure(failed, source);
    this.#hasReplaced = true;
    const response = await this.#call.ask("DELETE", ["snapshots", id]);
    if (!isFine(response) && response.status !== 404 && response.status !== 409)
      throw refusal(response, "delete the failed snapshot");
    return this.#watch.next(name);
  }

  async #failure(failed: SnapshotRecord, source: Source): Promise<PithyDaytonaError> {
    const { id, name, state, errorReason } = failed;
    const reason = errorReason ?? undefined;
    const { tail: log, steps } = "build" in source ? await this.#watch.log(id) : { tail: "", steps: [] };
    const at = "build" in source ? failedInstruction({ steps, reason }, source.build) : undefined;
    const what = "build" in source ? "build" : "pull";
    return new PithyDaytonaError({
      ...at,
      code: "build_failed",
      message: `The ${what} of snapshot \`${name}\` failed${reason ? `: ${withoutFullStop(reason)}` : ""}${at ? `, at \`${at.instruction}\`` : ""}.`,
      hint: HINT[what],
      id,
      state,
      reason,
      log: log || undefined,
      retryable: false,
    });
  }

  /** A name that is not derived from all of the content may belong to another image or machine. */
  #checkContent(snapshot: SnapshotRecord): void {
    const { source } = this.#wanted;
    if (!source || (this.#options.name === undefined && "build" in source)) return;
    const difference = differenceOf(snapshot, source, this.#options);
    if (difference !== undefined) throw conflict(snapshot, difference, source, this.#options);
  }
}

const HINT = {
  build: "Correct the image. Daytona remembers the failure: to try the same image again, pass another `refresh`.",
  pull: "Correct the name of the image, or add its registry in the Daytona dashboard.",
};

const CHOSEN =
  "Pass `replace: true` to replace it, choose another name, or leave the name out: one derived from the image never clashes.";

/** The most instructions that an error names. */
const SHOWN = 3;

/** A name that belongs to another content, and what differs. */
function conflict(
  snapshot: SnapshotRecord,
  difference: string,
  source: Source,
  { name: chosen }: EnsureSnapshotOptions,
): PithyDaytonaError {
  const { id, name, ref = "", buildInfo } = snapshot;
  const { dockerfileContent: dockerfile, snapshotRef = ref } = buildInfo ?? {};
  const isKnown = difference === "image" && "build" in source && dockerfile !== undefined;
  const changes = isKnown ? differences({ dockerfile, snapshotRef }, source.image) : [];
  const more = changes.length > SHOWN ? [`… and ${changes.length - SHOWN} more`] : [];
  const lines = [...changes.slice(0, SHOWN).map(describeDifference), ...more].map((line) => `\n  ${line}`).join("");
  return new PithyDaytonaError({
    code: "conflict",
    message: `Snapshot \`${name}\` exists with a different ${difference}.${lines}`,
    hint: chosen === undefined ? "Pass a `name` for this one." : CHOSEN,
    id,
    retryable: false,
  });
}
