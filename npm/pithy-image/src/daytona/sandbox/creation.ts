/** The request that creates a sandbox. What it may have created is found even if the response is lost, and deleted. */
import type { PithyDaytonaError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { contentOf, isFine, refusal } from "../failure.ts";
import type { HttpRequest, HttpResponse, Send } from "../http.ts";
import type { Order } from "./order.ts";
import { isEnding, isSandbox, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** How long deleting may take after a failure, in poll intervals: the server refuses it while a state is changing. */
const CLEANUP = 60;

/** How often a sandbox is looked for if it is not known whether it was created. */
const LOOKS = 3;

/** Creates one sandbox, and can undo that. */
export class Creation {
  readonly #call: ApiCall;
  readonly #order: Pick<Order, "name" | "nonce">;
  /** The last request that creates it. */
  #creating: Promise<unknown> | undefined;
  /** How many of these requests may have created it, as far as is known. */
  #open = 0;

  constructor(call: ApiCall, order: Pick<Order, "name" | "nonce">) {
    this.#call = call;
    this.#order = order;
  }

  /** Sends the request; returns what was created, also by an earlier attempt whose response was lost. */
  async send(request: HttpRequest): Promise<SandboxRecord | PithyDaytonaError> {
    const response = await this.#call.request(this.#tracked, request, this.#call.connection.attempts);
    if (isFine(response)) return contentOf(response, "create a sandbox", isSandbox);
    return (await this.#createdEarlier(response)) ?? refusal(response, "create a sandbox");
  }

  /** An earlier attempt of this call may have taken the name, or the last of the quota. */
  async #createdEarlier({ status }: HttpResponse): Promise<SandboxRecord | undefined> {
    return status === 409 || this.#open > 0 ? this.#find(this.#call) : undefined;
  }

  /** Sends a request, and counts those whose effect is not known. */
  readonly #tracked: Send = async (request) => {
    this.#open += 1;
    const creating = this.#call.connection.send(request);
    this.#creating = creating;
    try {
      const response = await creating;
      if (isRefused(response)) this.#open -= 1;
      return response;
    } catch (error) {
      if (neverArrived(error)) this.#open -= 1;
      throw error;
    }
  };

  /** The sandbox with our name, if it is ours. */
  async #find(call: ApiCall): Promise<SandboxRecord | undefined> {
    const { name, nonce } = this.#order;
    const response = await call.ask("GET", ["sandbox", name]);
    if (response.status === 404) return undefined;
    const record = contentOf<SandboxRecord>(response, "report whether the sandbox was created", isSandbox);
    return record.labels?.[LABELS.nonce] === nonce ? record : undefined;
  }

  /** Deletes what was created; returns what could not be deleted. */
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

  /** Deletes the sandbox. The server refuses that while a state is changing. */
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

  /** The sandbox of a request that had no response: the server may still be about to create it. */
  async #lookFor(cleanup: ApiCall): Promise<SandboxRecord | undefined> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    this.#creating?.then(over, over);
    for (let looks = 0; looks < LOOKS; looks += isOver ? 1 : 0) {
      const found = await this.#find(cleanup);
      if (found) return found;
      await cleanup.sleep(cleanup.pollInterval);
    }
    return undefined;
  }
}

/** Whether a response says that nothing was created. */
const isRefused = ({ status }: HttpResponse): boolean => status >= 400 && status < 500 && status !== 408;

/** Whether a request failed before any of it reached the server. */
const neverArrived = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes((error as { code?: string }).code ?? "");
