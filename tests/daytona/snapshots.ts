/**
 * Snapshots: created from a build, listed, put to rest and activated, removed.
 */
import { randomUUID } from "node:crypto";
import { REGION } from "./access.ts";
import { Build } from "./build.ts";
import { Builds, buildInput, dto, resources } from "./builds.ts";
import { type Call, type Json, Refusal, type Route } from "./http.ts";

const REGISTRY = "registry.invalid:6000/daytona";
const NAME = /^[a-zA-Z0-9_.\-:]+(\/[a-zA-Z0-9_.\-:]+)*(@sha256:[a-f0-9]{64})?$/;

/** The region that a snapshot is in. */
export function regionOf({ request }: Build): unknown {
  return request.regionId ?? REGION;
}

/** All snapshots and their routes. */
export class Snapshots extends Builds {
  readonly routes: readonly Route[] = [
    ["POST", /^\/snapshots$/, ({ body }) => this.#create(body)],
    ["GET", /^\/snapshots$/, ({ query }) => this.#list(query)],
    ["GET", /^\/snapshots\/([^/]+)$/, ({ params: [id = ""] }) => snapshotDto(this.poll(id))],
    ["DELETE", /^\/snapshots\/([^/]+)$/, ({ params: [id = ""] }) => this.find(id).remove()],
    ["POST", /^\/snapshots\/([^/]+)\/activate$/, (call) => this.#activate(call)],
  ];

  async #create(body: Json): Promise<Json> {
    const name = String(body.name);
    if (!NAME.test(name)) {
      throw new Refusal(400, "Invalid snapshot name format. May contain letters, digits, dots, colons, and dashes");
    }
    const input = buildInput(body);
    if (!input) throw new Refusal(501, "the stand-in pulls no images: give a snapshot a Dockerfile");
    const { pace, clock } = this.world;
    const snapshot = new Build({ kind: "snapshot", id: randomUUID(), name, request: body, input, pace, clock });
    this.#claimQuota();
    if (this.taken(name)) throw new Refusal(409, `Snapshot with name "${name}" already exists for this organization`);
    this.add(snapshot);
    await this.prepare(snapshot);
    return snapshotDto(snapshot);
  }

  /** The server looks at the quota first: where it is reached, a taken name is not told. */
  #claimQuota(): void {
    const { snapshots: most = Number.POSITIVE_INFINITY, status = 403 } = this.world.quota;
    const used = this.all.filter(({ counts }) => counts).length;
    if (used >= most) throw new Refusal(status, `Snapshot quota exceeded. Maximum allowed: ${most}`);
  }

  #list(query: URLSearchParams): Json {
    const page = Number(query.get("page") ?? 1);
    const limit = Number(query.get("limit") ?? 100);
    const name = query.get("name") ?? "";
    const fitting = this.live.filter((snapshot) => snapshot.name.includes(name));
    const items = fitting.slice((page - 1) * limit, page * limit).map(snapshotDto);
    return { items, total: fitting.length, page, totalPages: Math.ceil(fitting.length / limit) };
  }

  #activate({ params: [id = ""] }: Call): Json {
    const snapshot = this.find(id);
    if (snapshot.state === "active") throw new Refusal(400, `Snapshot ${id} is already active`);
    if (snapshot.state !== "inactive") {
      throw new Refusal(400, `Snapshot ${id} cannot be activated - it is in ${snapshot.state} state`);
    }
    this.#claimQuota();
    snapshot.activate();
    return snapshotDto(snapshot);
  }
}

function snapshotDto(snapshot: Build): Json {
  const { memory: mem, ...others } = resources(snapshot.request);
  return {
    ...dto(snapshot),
    ...others,
    mem,
    regionIds: [regionOf(snapshot)],
    sandboxClass: snapshot.request.sandboxClass ?? "container",
    ref: `${REGISTRY}/${snapshot.ref}`,
    general: false,
    entrypoint: snapshot.entrypoint,
    lastUsedAt: snapshot.lastUsedAt,
  };
}
