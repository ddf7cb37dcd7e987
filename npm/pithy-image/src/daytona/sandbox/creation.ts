/** The request that makes a sandbox: what it may have made is found, though a response was lost, and deleted. */
import type { PithyImageError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { contentOf, isFine, refusal } from "../failure.ts";
import type { HttpRequest, HttpResponse, Send } from "../http.ts";
import type { Order } from "./order.ts";
import { isEnding, isSandbox, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** What deleting may take after a failure, in poll intervals: the server refuses it while a state is changing. */
const CLEANUP = 60;

/** How often a sandbox is looked for of which it is not known whether it was made. */
const LOOKS = 3;

/** The making of one sandbox, and its undoing. */
export class Creation {
  readonly #call: ApiCall;
  readonly #order: Pick<Order, "name" | "nonce">;
  /** The last request that makes it. */
  #making: Promise<unknown> | undefined;
  /** How many of those requests may have made it, for all that is known. */
  #open = 0;

  constructor(call: ApiCall, order: Pick<Order, "name" | "nonce">) {
    this.#call = call;
    this.#order = order;
  }

  /** Sends the request that makes it; answers what was made, also by an earlier attempt whose response was lost. */
  async send(request: HttpRequest): Promise<SandboxRecord | PithyImageError> {
    const response = await this.#call.request(this.#tracked, request);
    if (isFine(response)) return contentOf(response, "make a sandbox", isSandbox);
    return (await this.#madeEarlier(response)) ?? refusal(response, "make a sandbox");
  }

  /** A taken name may be taken by this call. So may be the last of a quota. */
  async #madeEarlier({ status }: HttpResponse): Promise<SandboxRecord | undefined> {
    return status === 409 || this.#open > 0 ? this.#find(this.#call) : undefined;
  }

  /** Sends a request, and counts those of which it is not known what they did. */
  readonly #tracked: Send = async (request) => {
    this.#open += 1;
    const making = this.#call.connection.send(request);
    this.#making = making;
    try {
      const response = await making;
      if (isRefused(response)) this.#open -= 1;
      return response;
    } catch (error) {
      if (neverArrived(error)) this.#open -= 1;
      throw error;
    }
  };

  /** The sandbox of our name, if it is ours. */
  async #find(call: ApiCall): Promise<SandboxRecord | undefined> {
    const { name, nonce } = this.#order;
    const response = await call.ask("GET", ["sandbox", name]);
    if (response.status === 404) return undefined;
    const record = contentOf<SandboxRecord>(response, "say whether the sandbox was made", isSandbox);
    return record.labels?.[LABELS.nonce] === nonce ? record : undefined;
  }

  /** Deletes what was made; answers what could not be deleted. */
  async undo(known: SandboxRecord | undefined): Promise<{ readonly id?: string; readonly leftBehind?: string }> {
    if (!known && this.#open === 0) return {};
    const { connection } = this.#call;
    const cleanup = new ApiCall(connection, {}, (CLEANUP * connection.pollInterval) / 1000);
    let record = known;
    try {
      record ??= await this.#lookFor(cleanup);
      if (record) await this.#delete(cleanup, record.id);
      return record ? { id: record.id } : {};
    } catch {
      return { ...(record && { id: record.id }), leftBehind: `sandbox ${record?.id ?? this.#order.name}` };
    } finally {
      cleanup.end();
    }
  }

  /** Deletes it. The server refuses it while a state is changing. */
  async #delete(cleanup: ApiCall, id: string): Promise<void> {
    for (;;) {
      const response = await cleanup.ask("DELETE", ["sandbox", id]);
      if (isFine(response) || response.status === 404) return;
      if (response.status !== 409) throw refusal(response, "delete the sandbox");
      await cleanup.sleep(cleanup.pollInterval);
      const { status, data } = await cleanup.ask("GET", ["sandbox", id]);
      if (status === 404 || isEnding(Object(data) as SandboxRecord)) return;
    }
  }

  /** The sandbox of a request that had no response: the server may still be about to make it. */
  async #lookFor(cleanup: ApiCall): Promise<SandboxRecord | undefined> {
    let isAnswered = false;
    const answered = () => {
      isAnswered = true;
    };
    this.#making?.then(answered, answered);
    for (let looks = 0; looks < LOOKS; looks += isAnswered ? 1 : 0) {
      const found = await this.#find(cleanup);
      if (found) return found;
      await cleanup.sleep(cleanup.pollInterval);
    }
    return undefined;
  }
}

/** A response after which nothing was made. */
const isRefused = ({ status }: HttpResponse): boolean => status >= 400 && status < 500 && status !== 408;

/** Whether a request failed before the server had any of it. */
const neverArrived = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes((error as { code?: string }).code ?? "");
