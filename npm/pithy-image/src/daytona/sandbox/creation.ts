/** The request that makes a sandbox: what it may have made is found, though an answer was lost, and deleted. */
import type { PithyImageError } from "../../error.ts";
import { ApiCall } from "../api-call.ts";
import type { Answer, Request, Send } from "../client.ts";
import { contentOf, isFine, refusal } from "../failure.ts";
import type { Order } from "./order.ts";
import { isEnding, isSandbox, LABELS, type SandboxRecord } from "./record.ts";

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

  /** Sends the request that makes it; answers what was made, also by an earlier attempt whose answer was lost. */
  async send(request: Request): Promise<SandboxRecord | PithyImageError> {
    const answer = await this.#call.request(this.#tracked, request);
    if (isFine(answer)) return contentOf(answer, "make a sandbox", isSandbox);
    return (await this.#madeEarlier(answer)) ?? refusal(answer, "make a sandbox");
  }

  /** A taken name may be taken by this call. So may be the last of a quota. */
  async #madeEarlier({ status }: Answer): Promise<SandboxRecord | undefined> {
    return status === 409 || this.#open > 0 ? this.#find(this.#call) : undefined;
  }

  /** Sends a request, and counts those of which it is not known what they did. */
  readonly #tracked: Send = async (request) => {
    this.#open += 1;
    const making = this.#call.connection.send(request);
    this.#making = making;
    try {
      const answer = await making;
      if (isRefused(answer)) this.#open -= 1;
      return answer;
    } catch (error) {
      if (neverArrived(error)) this.#open -= 1;
      throw error;
    }
  };

  /** The sandbox of our name, if it is ours. */
  async #find(call: ApiCall): Promise<SandboxRecord | undefined> {
    const { name, nonce } = this.#order;
    const answer = await call.ask("GET", ["sandbox", name]);
    if (answer.status === 404) return undefined;
    const record = contentOf<SandboxRecord>(answer, "say whether the sandbox was made", isSandbox);
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
      const answer = await cleanup.ask("DELETE", ["sandbox", id]);
      if (isFine(answer) || answer.status === 404) return;
      if (answer.status !== 409) throw refusal(answer, "delete the sandbox");
      await cleanup.sleep(cleanup.pollInterval);
      const { status, data } = await cleanup.ask("GET", ["sandbox", id]);
      if (status === 404 || isEnding(Object(data) as SandboxRecord)) return;
    }
  }

  /** The sandbox of a request that had no answer: the server may still be about to make it. */
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

/** An answer after which nothing was made. */
const isRefused = ({ status }: Answer): boolean => status >= 400 && status < 500 && status !== 408;

/** Whether a request failed before the server had any of it. */
const neverArrived = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes((error as { code?: string }).code ?? "");
