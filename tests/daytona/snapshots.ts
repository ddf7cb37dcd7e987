/**
 * Snapshots: created from a build or an image by name, listed, put to rest and activated, removed.
 */
import { randomUUID } from "node:crypto";
import type { PaginatedSnapshots, SnapshotDto, SnapshotState } from "@daytona/api-client";
import { ORGANIZATION } from "./access.ts";
import { Build } from "./build.ts";
import { Builds, buildInfoOf, buildInput, pageLimit, resources } from "./builds.ts";
import { type Call, type Json, Refusal, type Route, uuidOf } from "./http.ts";

/** Before the key, in what the API tells as a snapshot's `ref`. */
const REGISTRY = "registry.example:5000/daytona";

/** As the last public server checks it. */
const NAME = /^[a-zA-Z0-9_.\-:]+(\/[a-zA-Z0-9_.\-:]+)*(@sha256:[a-f0-9]{64})?$/;

const MINUTE = 60_000;
/** After a snapshot was put to rest, it is not woken for so long. */
const COOLDOWN = 10 * MINUTE;

/** All snapshots and their routes. */
export class Snapshots extends Builds {
  readonly routes: readonly Route[] = [
    ["POST", /^\/snapshots$/, ({ body }) => this.#create(body), "write:snapshots"],
    ["GET", /^\/snapshots$/, ({ query }) => this.#list(query)],
    ["GET", /^\/snapshots\/([^/]+)$/, ({ params: [id = ""] }) => this.#recordOf(this.find(id))],
    ["GET", /^\/snapshots\/([^/]+)\/build-logs-url$/, (call) => this.#logUrl(call)],
    ["DELETE", /^\/snapshots\/([^/]+)$/, (call) => this.#remove(call), "delete:snapshots"],
    ["POST", /^\/snapshots\/([^/]+)\/activate$/, (call) => this.#activate(call), "write:snapshots"],
  ];

  /** Whether there are runners for its sandboxes: none for a while after it has become ready. */
  isSpread(snapshot: Build): boolean {
    const { time, pace } = this.world;
    return time.now() - snapshot.updatedAt.getTime() >= pace.spread;
  }

  async #create(body: Json): Promise<SnapshotDto> {
    const name = String(body.name);
    const input = buildInput(body);
    if (input && body.imageName) throw new Refusal(400, "Cannot specify an image name when using a build info entry");
    if (input && body.entrypoint) throw new Refusal(400, "Cannot specify an entrypoint when using a build info entry");
    if (!input && !body.imageName)
      throw new Refusal(400, "Must specify an image name when not using a build info entry");
    const region = this.regionOf(body.regionId);
    if (!NAME.test(name)) {
      throw new Refusal(400, "Invalid snapshot name format. May contain letters, digits, dots, colons, and dashes");
    }
    if (!input) checkImageName(String(body.imageName));
    this.checkSuspension();
    const world = this.world;
    const snapshot = new Build({ kind: "snapshot", id: randomUUID(), name, region, request: body, input, world });
    await this.#enter(snapshot);
    if (input) await this.prepare(snapshot);
    else snapshot.pull();
    return this.#recordOf(snapshot);
  }

  /** The server looks at the quota first: where it is reached, it does not say that a name is taken. */
  async #enter(snapshot: Build): Promise<void> {
    const { snapshots: most = Number.POSITIVE_INFINITY } = this.world.quota;
    await this.enter(snapshot, most, `Snapshot quota exceeded. Maximum allowed: ${most}`);
  }

  /** A name is looked for without regard to case, and anywhere in a name; `_` stands for any character, `%` for any number. */
  #list(query: URLSearchParams): PaginatedSnapshots {
    const [page, limit] = [Number(query.get("page") ?? 1), pageLimit(query)];
    const fitting = this.live.filter(({ name }) => like(query.get("name") ?? "").test(name));
    const items = fitting.slice((page - 1) * limit, page * limit).map((snapshot) => this.#recordOf(snapshot));
    return { items, total: fitting.length, page, totalPages: Math.ceil(fitting.length / limit) };
  }

  async #logUrl({ params: [id = ""] }: Call): Promise<{ url: string }> {
    const snapshot = await this.withRunner(id);
    return { url: `${this.world.origin}/proxy/snapshots/${snapshot.id}/build-logs` };
  }

  #remove(call: Call): void {
    const snapshot = this.find(uuidOf(call));
    if (snapshot.state !== "removing") snapshot.remove();
  }

  /** The last public server does not tell the sandbox that a snapshot was made of. */
  #recordOf(snapshot: Build): SnapshotDto {
    const { sourceSandboxId, ...record } = recordOf(snapshot);
    return this.world.version === "0.190" ? (record as SnapshotDto) : { ...record, sourceSandboxId };
  }

  async #activate(call: Call): Promise<SnapshotDto> {
    const snapshot = this.find(uuidOf(call));
    const { id, state, updatedAt } = snapshot;
    if (state === "active") throw new Refusal(400, `Snapshot ${id} is already active`);
    if (state !== "inactive") throw new Refusal(400, `Snapshot ${id} cannot be activated - it is in ${state} state`);
    if (this.world.time.now() - updatedAt.getTime() < COOLDOWN) {
      throw new Refusal(400, "Snapshot deactivation is still in progress. Please try again in a few minutes.");
    }
    this.checkSuspension();
    const { snapshots: most = Number.POSITIVE_INFINITY, status = 400 } = this.world.quota;
    const used = this.all.filter(({ counts }) => counts).length;
    if (used >= most) throw new Refusal(status, `Snapshot quota exceeded. Maximum allowed: ${most}`);
    snapshot.activate();
    return this.#recordOf(snapshot);
  }
}

/** As the server checks the name of an image in a registry. */
function checkImageName(name: string): void {
  if (name.includes("@sha256:")) return;
  if (!/:[^:/]+$/.test(name)) {
    throw new Refusal(400, "Image name must include a tag (e.g., ubuntu:22.04) or digest (@sha256:...)");
  }
  if (name.endsWith(":latest")) throw new Refusal(400, 'Images with tag ":latest" are not allowed');
}

/** SQL's ILIKE, with the text anywhere. */
function like(text: string): RegExp {
  const pattern = text
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(pattern, "is");
}

function recordOf(snapshot: Build): SnapshotDto {
  const { id, name, state, request, errorReason = null, createdAt, updatedAt, lastUsedAt, ref, regions } = snapshot;
  const { memory: mem, ...others } = resources(request);
  const buildInfo = buildInfoOf(snapshot);
  return {
    id,
    organizationId: ORGANIZATION,
    general: false,
    name,
    ...(typeof request.imageName === "string" && { imageName: request.imageName }),
    state: state as SnapshotState,
    size: state === "active" ? 1.5 : null,
    entrypoint: snapshot.entrypoint ? [...snapshot.entrypoint] : null,
    ...others,
    mem,
    errorReason,
    createdAt,
    updatedAt,
    lastUsedAt,
    ...(buildInfo && { buildInfo }),
    regionIds: [...regions],
    ...(ref !== undefined && { ref: `${REGISTRY}/${ref}` }),
    sourceSandboxId: null,
    sandboxClass: (request.sandboxClass ?? "container") as NonNullable<SnapshotDto["sandboxClass"]>,
  };
}
