/** Sandboxes that a process which was killed could not delete. */
import { PithyImageError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import type { CallOptions } from "../call.ts";
import type { Connection } from "../client.ts";
import { contentOf, has, isFine, misuse, refusal } from "../failure.ts";
import { isEnding, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** Seconds that it may take: a cron of a serverless platform has no more. */
const DEADLINE = 60;

/** Sandboxes of one page: the most that every version of the server gives. */
const PAGE = 100;

/** Which sandboxes `reapSandboxes` deletes: see {@link pithyDaytona}. */
export interface ReapOptions extends CallOptions {
  /** Labels that a sandbox must have beside ours, all of them. */
  label: Readonly<Record<string, string>>;
  /** Minutes that a sandbox may live. */
  olderThan: number;
  /** Deletes nothing, and answers what would be deleted. */
  dryRun?: boolean | undefined;
}

/** What `reapSandboxes` did: see {@link pithyDaytona}. */
export interface Reaped {
  /** The ids of what is gone now, or would be. */
  readonly deleted: readonly string[];
  /** The ids of what stays, with the reason. */
  readonly kept: readonly { readonly id: string; readonly reason: KeptSandbox }[];
  /** The ids of what could not be deleted, with its error. */
  readonly failed: readonly { readonly id: string; readonly error: PithyImageError }[];
}

/**
 * Why `reapSandboxes` of {@link pithyDaytona} leaves a sandbox: it has the labels, but was not made here; or it is not old enough.
 */
export type KeptSandbox = "not ours" | "young";

/** Deletes the sandboxes that are too old. */
export async function reapSandboxes(
  connection: Connection,
  { label, olderThan, dryRun, ...options }: ReapOptions,
): Promise<Reaped> {
  if (!(olderThan >= 0)) throw misuse(`\`olderThan\` is ${olderThan}.`, "Say how many minutes a sandbox may live.");
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

/** A sandbox whose age is not told stays. */
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

/** The query of a page: by number in old versions, by cursor in new ones. */
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

/** Deletes sandboxes, each for itself: what fails stops no other. */
class Reaping {
  readonly #call: ApiCall;
  readonly #deleted: string[] = [];
  readonly #failed: { id: string; error: PithyImageError }[] = [];

  constructor(call: ApiCall) {
    this.#call = call;
  }

  /** Goes over all of them, and again over those whose state was changing, until the time is over. */
  async delete(ids: readonly string[]): Promise<Omit<Reaped, "kept">> {
    let left = ids;
    while (left.length > 0) {
      const busy: string[] = [];
      for (let i = 0; i < left.length; i += AT_ONCE) {
        const some = left.slice(i, i + AT_ONCE);
        const done = await Promise.all(some.map((id) => this.#settle(id)));
        busy.push(...some.filter((_, at) => !done[at]));
      }
      left = busy;
      if (left.length > 0) await this.#call.sleep(this.#call.pollInterval).catch(() => {}); // each tells that it is over
    }
    return { deleted: this.#deleted, failed: this.#failed };
  }

  /** Whether it is known what became of one. */
  async #settle(id: string): Promise<boolean> {
    try {
      if (!(await this.#delete(id))) return false;
      this.#deleted.push(id);
    } catch (error) {
      if (!(error instanceof PithyImageError) || error.code === "aborted") throw error;
      this.#failed.push({ id, error: error.with({ id }) });
    }
    return true;
  }

  /** Whether one is gone, or going. Another process may have been faster. */
  async #delete(id: string): Promise<boolean> {
    const response = await this.#call.ask("DELETE", ["sandbox", id]);
    if (isFine(response) || response.status === 404) return true;
    if (response.status !== 409) throw refusal(response, "delete the sandbox");
    const { status, data } = await this.#call.ask("GET", ["sandbox", id]);
    return status === 404 || isEnding(Object(data) as SandboxRecord);
  }
}
