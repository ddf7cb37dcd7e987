/**
 * One running sandbox a key. The key makes its name, so that of two calls that create it at once one is refused, and finds the
 * other's.
 */
import { PithyDaytonaError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { MINUTE } from "../clock.ts";
import { contentOf, isFine, isQuota, messageIn, refusal } from "../failure.ts";
import type { HttpResponse } from "../http.ts";
import { Polling } from "../polling.ts";
import { QuotaRace } from "../quota.ts";
import { serverTime } from "../server-time.ts";
import { sdkSandbox } from "../through-sdk.ts";
import type { Order } from "./order.ts";
import { hasFailed, isEnding, isSandbox, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** The share of its life that a sandbox must have before it. */
const LEFT = 1 / 10;

/** States in which a sandbox sleeps. */
const ASLEEP = new Set(["stopped", "archived", "paused"]);

/** What is to be done with a sandbox that has the name. */
type Use = "take" | "wake" | "wait" | "replace";

/** What a call for a key does besides. */
interface Reusing {
  readonly call: ApiCall;
  readonly order: Order;
  readonly ttlMinutes: number;
  /** Throws unless a new sandbox can be created: before an old one is deleted for it. */
  readonly checkCreatable: () => Promise<void>;
  /** Called with the reason why Daytona does not wake it yet. */
  readonly onWait: (reason: string) => void;
}

/**
 * The SDK's sandbox with the name of an order, running: woken if it sleeps. One that is not as ordered, or near its end, is deleted.
 *
 * @returns `undefined` if there is none.
 */
export async function reused(reusing: Reusing): Promise<object | undefined> {
  const { call, order } = reusing;
  const [polling, race] = [new Polling(call), new QuotaRace(call, reusing.onWait)];
  for (;;) {
    const response = await call.ask("GET", ["sandbox", order.name]);
    if (response.status === 404) return undefined;
    const record = contentOf<SandboxRecord>(response, "report the sandbox of the key", isSandbox);
    checkOurs(record, order);
    const use = useOf(record, reusing, response);
    if (use === "take") return sdkSandbox(call, record.id, response);
    if (use === "wake") await wake(reusing, race, record.id);
    if (use === "replace") await remove(reusing, record.id);
    await polling.pause();
  }
}

/** A sandbox that somebody else named so is left alone. */
function checkOurs({ id, labels }: SandboxRecord, order: Order): void {
  if (labels?.[LABELS.reuse] === order.labels[LABELS.reuse]) return;
  throw new PithyDaytonaError({
    code: "conflict",
    message: `Sandbox \`${order.name}\` exists, and was not created for the key.`,
    hint: "Choose another key, or delete that sandbox.",
    id,
    retryable: false,
  });
}

function useOf(record: SandboxRecord, { call, order, ttlMinutes }: Reusing, response: HttpResponse): Use {
  const { state = "" } = record;
  if (isEnding(record)) return "wait";
  const region = order.region ?? call.connection.target;
  if (hasFailed(record) || !isAsOrdered(record, order, region)) return "replace";
  if (isNearItsEnd(record, ttlMinutes * MINUTE, response)) return "replace";
  if (ASLEEP.has(state)) return "wake";
  return state === "started" ? "take" : "wait";
}

/** Whether it has the image and the region that are wanted now. */
const isAsOrdered = ({ labels, target }: SandboxRecord, order: Order, region: string | undefined): boolean =>
  labels?.[LABELS.image] === order.labels[LABELS.image] &&
  (region === undefined || target === undefined || target === region);

/** By the server's clock, which dates the end. */
const isNearItsEnd = ({ autoDestroyAt }: SandboxRecord, life: number, response: HttpResponse): boolean =>
  autoDestroyAt !== undefined && Date.parse(autoDestroyAt) - serverTime(response) < LEFT * life;

/** Wakes it. Another call may have been faster; what Daytona says otherwise may pass. */
async function wake({ call, onWait }: Reusing, race: QuotaRace, id: string): Promise<void> {
  const response = await call.ask("POST", ["sandbox", id, "start"]);
  if (isFine(response) || response.status === 404 || response.status === 409) return;
  const reason = messageIn(response.data);
  if (isQuota(response) ? await race.outlasts(reason) : response.status === 400) return onWait(reason);
  throw refusal(response, "wake the sandbox", { id });
}

/** Deletes it. Another call may have been faster, or it is busy: then it is looked at again. */
async function remove({ call, checkCreatable }: Reusing, id: string): Promise<void> {
  await checkCreatable();
  const response = await call.ask("DELETE", ["sandbox", id]);
  if (!isFine(response) && response.status !== 404 && response.status !== 409)
    throw refusal(response, "delete the sandbox", { id });
}
