/** The states that a snapshot goes through, until it is ready. */

import type { ResolvedImage } from "../../image/resolved.ts";
import { type FailureDetails, PithyImageError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { failedInstruction } from "../build-failure.ts";
import { contentOf, isFine, isQuota, notBuilt, refusal } from "../failure.ts";
import type { HttpRequest, HttpResponse } from "../http.ts";
import { sdkImageOf } from "../sdk-image.ts";
import { makeBySdk } from "../through-sdk.ts";
import { differenceOf } from "./content.ts";
import { type EnsureSnapshotOptions, given } from "./ensure-options.ts";
import type { EnsuredSnapshot, EnsureOutcome, Wanted } from "./ensured.ts";
import { makeRoom } from "./prune.ts";
import { hasFailed, isComing, isLost, isSnapshot, readSnapshot, type SnapshotRecord } from "./snapshot-record.ts";
import { mayWakeLater, type SnapshotWatch } from "./watch.ts";

/** How often a name may be taken by what cannot be seen: between the two it may have been deleted, but not each time. */
const CLASHES = 10;

/** One snapshot on its way. */
export class Ensuring {
  readonly #call: ApiCall;
  readonly #watch: SnapshotWatch;
  readonly #options: EnsureSnapshotOptions;
  readonly #wanted: Wanted;
  /** What this call did, and to which snapshot: it may be gone, and another have been made by somebody else. */
  #deed: { readonly id: string; readonly outcome: EnsureOutcome } | undefined;
  #hasWaited = false;
  /** The snapshot that may be replaced if it failed: the one that was there when the call began, unless it was on its way. */
  #replaceable: string | undefined;
  #hasReplaced = false;
  #hasMadeRoom = false;
  #clashes = 0;

  constructor(call: ApiCall, watch: SnapshotWatch, options: EnsureSnapshotOptions, wanted: Wanted) {
    this.#call = call;
    this.#watch = watch;
    this.#options = options;
    this.#wanted = wanted;
  }

  async run(): Promise<EnsuredSnapshot> {
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
    if (hasFailed(snapshot)) return this.#replace(snapshot);
    return this.#watch.next(snapshot.name);
  }

  /** Has it woken. A refusal says that it has to sleep on, or that another was faster. */
  async #activate(asleep: SnapshotRecord): Promise<SnapshotRecord | undefined> {
    const response = await this.#watch.wake(asleep);
    if (isFine(response)) {
      this.#deed = { id: asleep.id, outcome: "activated" };
      return this.#watch.next(asleep.name);
    }
    if (isQuota(response) && (await this.#hasRoom())) return asleep;
    if (!mayWakeLater(response)) throw refusal(response, `wake snapshot \`${asleep.name}\``);
    const snapshot = await readSnapshot(this.#call, asleep.name);
    if (snapshot?.state === "inactive") await this.#watch.letSleep(response);
    return snapshot;
  }

  /** Has it built. Another that was faster is waited for. */
  async #create(): Promise<SnapshotRecord | undefined> {
    const { name, build } = this.#wanted;
    if (!build) throw notBuilt(this.#wanted, undefined);
    const response = await this.#submit(build);
    if (isFine(response)) {
      const made = contentOf<SnapshotRecord>(response, `make snapshot \`${name}\``, isSnapshot);
      this.#deed = { id: made.id, outcome: this.#hasReplaced ? "rebuilt" : "created" };
      return made;
    }
    if (isQuota(response)) return this.#beyondQuota(response);
    if (response.status !== 409) throw refusal(response, `make snapshot \`${name}\``);
    const other = await this.#watch.next(name);
    if (!other && ++this.#clashes >= CLASHES) throw refusal(response, `make snapshot \`${name}\``);
    return other;
  }

  /** Daytona looks at the quota first: the snapshot may be there by now, and have used up what was left. */
  async #beyondQuota(response: HttpResponse): Promise<SnapshotRecord | undefined> {
    const { name } = this.#wanted;
    const snapshot = await readSnapshot(this.#call, name);
    if (snapshot || (await this.#hasRoom())) return snapshot;
    throw refusal(response, `make snapshot \`${name}\``);
  }

  /** Makes room, once in a call. */
  async #hasRoom(): Promise<boolean> {
    if (this.#hasMadeRoom) return false;
    this.#hasMadeRoom = true;
    return makeRoom(this.#call, this.#wanted.name, this.#options.keep);
  }

  /** The SDK sends the files and packs the request; its response is ours. */
  async #submit(build: ResolvedImage): Promise<HttpResponse> {
    const { signal, connection } = this.#call;
    const image = await this.#call.race(sdkImageOf(build, connection.Image, { signal }));
    const params = { name: this.#wanted.name, image, ...given({ resources: this.#options.resources }) };
    let made: HttpResponse | undefined;
    await makeBySdk(this.#call, {
      pack: (client) => client.snapshot.create(params, { timeout: 0 }),
      path: "snapshots",
      post: async (request) => {
        made = await this.#call.send(this.#complete(request));
        return undefined;
      },
    });
    return made as unknown as HttpResponse;
  }

  /** Older SDKs leave out what they do not know, and the snapshot would be another than its name says. */
  #complete(request: HttpRequest): HttpRequest {
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
    const { build } = this.#wanted;
    if (!build) throw notBuilt(this.#wanted, state, errorReason);
    if (id !== this.#replaceable) throw await this.#failure(failed, build);
    this.#hasReplaced = true;
    const response = await this.#call.ask("DELETE", ["snapshots", id]);
    if (!isFine(response) && response.status !== 404 && response.status !== 409)
      throw refusal(response, "delete the failed snapshot");
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
