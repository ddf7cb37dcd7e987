/** The request that creates a sandbox. What it may have created is found even if the response is lost, and deleted. */
import { type CleanedUp, PithyDaytonaError } from "../../shared/errors.ts";
import { ApiCall } from "../api-call.ts";
import { contentOf, isFine, messageIn, refusal } from "../failure.ts";
import type { HttpRequest, HttpResponse, Send } from "../http.ts";
import { Backoff } from "../polling.ts";
import { leftBehind } from "./left-behind.ts";
import type { Order } from "./order.ts";
import { isEnding, isSandbox, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** Seconds that deleting may take after a failure: the server refuses it while a sandbox is being built or started. */
const CLEANUP = 300;

/** Milliseconds before deleting is tried again, at first and at most. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 15_000;

/** Milliseconds for which a sandbox is looked for after the last request that creates it: the server may create it as late. */
const LATE = 35_000;

/** Creates one sandbox, and can undo that. */
export class Creation {
  readonly #call: ApiCall;
  /** The last order. All have the same name. */
  #order: Order | undefined;
  /** How many requests that create it are under way, and when the last one was over. */
  #underWay = 0;
  #overAt = 0;
  /** How many of these requests may have created it, as far as is known. */
  #open = 0;
  #created: SandboxRecord | undefined;
  /** Fulfilled when nothing is left to be undone. */
  undone: Promise<CleanedUp> = Promise.resolve({});

  constructor(call: ApiCall) {
    this.#call = call;
  }

  /** Sends the request; returns what was created, also by an earlier attempt whose response was lost. */
  async send(order: Order, request: HttpRequest): Promise<SandboxRecord | PithyDaytonaError> {
    this.#order = order;
    const response = await this.#call.request(this.#tracked, request, this.#call.connection.attempts);
    if (isFine(response)) return contentOf(response, "create a sandbox", isSandbox);
    const earlier = await this.#createdEarlier(order, response);
    this.#created ??= earlier;
    return this.#created ?? refusal(response, "create a sandbox");
  }

  /** It may have failed to start, or an earlier attempt may have taken the name or the last of the quota. */
  async #createdEarlier(order: Order, { status }: HttpResponse): Promise<SandboxRecord | undefined> {
    return status === 409 || this.#open > 0 ? find(this.#call, order) : undefined;
  }

  /** Sends a request, and counts those whose effect is not known. */
  readonly #tracked: Send = async (request) => {
    this.#open += 1;
    this.#underWay += 1;
    try {
      const response = await this.#call.connection.send(request);
      if (isFine(response) && isSandbox(response.data)) this.#created = response.data as SandboxRecord;
      if (isRefused(response)) this.#open -= 1;
      return response;
    } catch (error) {
      if (neverArrived(error)) this.#open -= 1;
      throw error;
    } finally {
      this.#underWay -= 1;
      this.#overAt = this.#call.clock.now();
    }
  };

  /** Whether it was created, as far as is known. */
  get #mayExist(): boolean {
    return this.#created !== undefined || this.#open > 0;
  }

  /** What may have been created, and until when it remains. */
  get remains(): string | undefined {
    return this.#order && this.#mayExist ? leftBehind(this.#order, this.#created) : undefined;
  }

  /** Begins to delete what may have been created. Returns what may remain until that is done, or if it fails. */
  undo(): string | undefined {
    const { remains } = this;
    if (!this.#order || remains === undefined) return undefined;
    const cleanup = new ApiCall(this.#call.connection, {}, CLEANUP);
    this.undone = this.#undo(cleanup, this.#order).finally(() => cleanup.end());
    return remains;
  }

  async #undo(cleanup: ApiCall, order: Order): Promise<CleanedUp> {
    const backoff = new Backoff(cleanup, FIRST_PAUSE, LONGEST_PAUSE);
    try {
      while (!(await this.#isGone(cleanup, order).catch(isFinal))) await backoff.pause();
      return {};
    } catch {
      return { leftBehind: leftBehind(order, this.#created) };
    }
  }

  /** Deletes it. A sandbox that is not there is gone, unless one may still come: once one is deleted, its name is free again. */
  async #isGone(cleanup: ApiCall, order: Order): Promise<boolean> {
    if (!this.#mayExist) return true;
    const mayCome = this.#underWay > 0 || cleanup.clock.now() < this.#overAt + LATE;
    const found = this.#created ?? (await find(cleanup, order));
    this.#created ??= found; // a response may have come meanwhile
    if (!this.#created) return !mayCome;
    const { id } = this.#created;
    if (await isDeleted(cleanup, id)) this.#forget(id);
    return !this.#mayExist;
  }

  /** What one of the requests created is deleted. */
  #forget(id: string): void {
    this.#open -= 1;
    if (this.#created?.id === id) this.#created = undefined;
  }
}

/** Throws an error again, unless another attempt may succeed. */
function isFinal(error: unknown): false {
  if (error instanceof PithyDaytonaError && error.retryable) return false;
  throw error;
}

/** The sandbox with the name of an order, if it is ours. */
async function find(call: ApiCall, { name, nonce }: Order): Promise<SandboxRecord | undefined> {
  const response = await call.ask("GET", ["sandbox", name]);
  if (response.status === 404) return undefined;
  const record = contentOf<SandboxRecord>(response, "report whether the sandbox was created", isSandbox);
  return record.labels?.[LABELS.nonce] === nonce ? record : undefined;
}

/** Whether a sandbox is deleted. The server refuses that while a state is changing. */
async function isDeleted(call: ApiCall, id: string): Promise<boolean> {
  const response = await call.ask("DELETE", ["sandbox", id]);
  if (isFine(response) || response.status === 404) return true;
  if (response.status !== 409) throw refusal(response, "delete the sandbox");
  const { status, data } = await call.ask("GET", ["sandbox", id]);
  return status === 404 || isEnding(Object(data) as SandboxRecord);
}

/** Whether a response says that nothing was created. A sandbox that fails to start is reported as a refusal, too. */
const isRefused = ({ status, data }: HttpResponse): boolean =>
  status >= 400 && status < 500 && status !== 408 && !/failed to start/i.test(messageIn(data));

/** Whether a request failed before any of it reached the server. */
const neverArrived = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes((error as { code?: string }).code ?? "");
