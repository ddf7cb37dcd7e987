/** Deletes the sandboxes that a killed process left behind. */
import { aBoolean, atLeast, type Check, fields, optional, stringsByName } from "../../shared/check.ts";
import { PithyDaytonaError, type PithyImageError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { checkGiven, contentOf, has, isFine, refusal } from "../failure.ts";
import { Polling } from "../polling.ts";
import { isEnding, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** Seconds that it may take: a cron job of a serverless platform has no more. */
const DEADLINE = 60;

/** Sandboxes per page: the most that every version of the server allows. */
const PAGE = 100;

/** Which sandboxes `reapSandboxes` deletes: see {@link pithyDaytona}. */
export interface ReapOptions extends CallOptions {
  /** Labels that a sandbox must have in addition to ours, all of them. */
  label: Readonly<Record<string, string>>;
  /** Minutes that a sandbox may live. */
  olderThan: number;
  /** Deletes nothing, and returns what would be deleted. */
  dryRun?: boolean | undefined;
}

/** What `reapSandboxes` did: see {@link pithyDaytona}. */
export interface Reaped {
  /** The ids of the sandboxes that are deleted, or would be. */
  readonly deleted: readonly string[];
  /** The ids of the sandboxes that stay, with the reason. */
  readonly kept: readonly { readonly id: string; readonly reason: KeptSandbox }[];
  /** The ids of the sandboxes that could not be deleted, with the error. */
  readonly failed: readonly { readonly id: string; readonly error: PithyImageError }[];
}

/**
 * Why `reapSandboxes` of {@link pithyDaytona} leaves a sandbox: it has the labels, but not ours; or it is not old enough.
 */
export type KeptSandbox = "not ours" | "young";

const OPTIONS: Check = fields<ReapOptions>({
  ...CALL_OPTIONS,
  label: stringsByName,
  olderThan: atLeast(0, "a number of minutes"),
  dryRun: optional(aBoolean),
});

/** Deletes the sandboxes that are too old. */
export async function reapSandboxes(connection: Connection, given: ReapOptions): Promise<Reaped> {
  checkGiven("reapSandboxes", given, OPTIONS);
  const { label, olderThan, dryRun, ...options } = given;
  const call = new ApiCall(connection, options, DEADLINE);
  try {
    const found = (await listed(call, label)).filter((sandbox) => !isEnding(sandbox));
    const before = Date.now() - olderThan * 60_000;
    const judged = found.map(({ id, ...record }) => ({ id, reason: reasonToKeep(record, before) }));
    const old = judged.filter(({ reason }) => reason === undefined).map(({ id }) => id);
    const kept = judged.flatMap(({ id, reason }) => (reason === undefined ? [] : [{ id, reason }]));
    if (dryRun) return { deleted: old, kept, failed: [] };
    return { ...(await new Reaping(call).delete(old)), kept };
  } finally {
    call.end();
  }
}

/** A sandbox of unknown age stays. */
function reasonToKeep({ labels, createdAt }: Omit<SandboxRecord, "id">, before: number): KeptSandbox | undefined {
  if (labels?.[LABELS.nonce] === undefined) return "not ours";
  return Date.parse(createdAt ?? "") < before ? undefined : "young";
}

/** Every sandbox with the labels, before any is deleted: pages would move. */
async function listed(call: ApiCall, labels: Readonly<Record<string, string>>): Promise<SandboxRecord[]> {
  const found = new Map<string, SandboxRecord>();
  let page: ListPage | undefined = { labels: JSON.stringify(labels), limit: PAGE };
  if (call.connection.listsByPages) page = { ...page, page: 1 };
  while (page) {
    const { data, next } = await readPage(call, page);
    for (const record of data) found.set(record.id, record);
    page = next;
  }
  return [...found.values()];
}

/** The query for a page: by number in old versions, by cursor in new ones. */
interface ListPage extends Readonly<Record<string, unknown>> {
  readonly labels: string;
  readonly limit: number;
  readonly page?: number;
  readonly cursor?: string;
}

interface SandboxList {
  readonly items: readonly SandboxRecord[];
  readonly nextCursor?: string | null;
  readonly totalPages?: number;
}

async function readPage(
  call: ApiCall,
  params: ListPage,
): Promise<{ data: readonly SandboxRecord[]; next: ListPage | undefined }> {
  const path = params.page === undefined ? ["sandbox"] : ["sandbox", "paginated"];
  const response = await call.ask("GET", path, { params });
  const { items, nextCursor, totalPages = 0 } = contentOf<SandboxList>(response, "list the sandboxes", has("items"));
  if (params.page !== undefined) {
    return { data: items, next: params.page < totalPages ? { ...params, page: params.page + 1 } : undefined };
  }
  return { data: items, next: nextCursor ? { ...params, cursor: nextCursor } : undefined };
}

/** How many are deleted at once. */
const AT_ONCE = 8;

/** Deletes sandboxes independently of each other: a failure does not stop the others. */
class Reaping {
  readonly #call: ApiCall;
  readonly #deleted: string[] = [];
  readonly #failed: { id: string; error: PithyImageError }[] = [];

  constructor(call: ApiCall) {
    this.#call = call;
  }

  /** Deletes all of them, and tries those whose state is changing again until the deadline. */
  async delete(ids: readonly string[]): Promise<Omit<Reaped, "kept">> {
    const polling = new Polling(this.#call);
    let left = ids;
    while (left.length > 0) {
      const busy: string[] = [];
      for (let i = 0; i < left.length; i += AT_ONCE) {
        const some = left.slice(i, i + AT_ONCE);
        const done = await Promise.all(some.map((id) => this.#settle(id)));
        busy.push(...some.filter((_, at) => !done[at]));
      }
      left = busy;
      if (left.length > 0) await polling.pause().catch(() => {}); // each one reports the deadline
    }
    return { deleted: this.#deleted, failed: this.#failed };
  }

  /** Whether it is known what happened to one. */
  async #settle(id: string): Promise<boolean> {
    try {
      if (!(await this.#delete(id))) return false;
      this.#deleted.push(id);
    } catch (error) {
      if (!(error instanceof PithyDaytonaError) || error.code === "aborted") throw error;
      this.#failed.push({ id, error: error.with({ id }) });
    }
    return true;
  }

  /** Whether one is gone, or being deleted. Another process may have been faster. */
  async #delete(id: string): Promise<boolean> {
    const response = await this.#call.ask("DELETE", ["sandbox", id]);
    if (isFine(response) || response.status === 404) return true;
    if (response.status !== 409) throw refusal(response, "delete the sandbox");
    const { status, data } = await this.#call.ask("GET", ["sandbox", id]);
    return status === 404 || isEnding(Object(data) as SandboxRecord);
  }
}
