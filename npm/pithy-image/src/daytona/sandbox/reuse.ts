/**
 * One running sandbox a key. The key makes its name, so that of two calls that create it at once one is refused, and finds the
 * other's.
 */
import { PithyDaytonaError } from "../../shared/errors.ts";
import type { ApiCall } from "../api-call.ts";
import { contentOf, isFine, isQuota, refusal } from "../failure.ts";
import type { HttpResponse } from "../http.ts";
import { Polling } from "../polling.ts";
import { serverTime } from "../server-time.ts";
import { sdkSandbox } from "../through-sdk.ts";
import type { Order } from "./order.ts";
import { isEnding, isSandbox, LABELS, type SandboxRecord } from "./sandbox-record.ts";

/** The share of its life that a sandbox must have before it. */
const LEFT = 1 / 10;

const MINUTE = 60_000;

/** States in which a sandbox sleeps. */
const ASLEEP = new Set(["stopped", "archived", "paused"]);
const FAILED = new Set(["error", "build_failed"]);

/** What is to be done with a sandbox that has the name. */
type Use = "take" | "wake" | "wait" | "replace";

/**
 * The SDK's sandbox with the name of an order, running: woken if it sleeps. One that is another's, or near its end, is deleted.
 *
 * @returns `undefined` if there is none.
 */
export async function reused(call: ApiCall, order: Order, ttlMinutes: number): Promise<object | undefined> {
  const polling = new Polling(call);
  for (;;) {
    const response = await call.ask("GET", ["sandbox", order.name]);
    if (response.status === 404) return undefined;
    const record = contentOf<SandboxRecord>(response, "report the sandbox of the key", isSandbox);
    checkOurs(record, order);
    const wanted = { ...order, region: order.region ?? call.connection.target };
    const use = useOf(record, wanted, ttlMinutes * MINUTE, serverTime(response));
    if (use === "take") return sdkSandbox(call, record.id, response);
    if (use === "wake") await change(call, "wake the sandbox", "POST", record.id, "start");
    if (use === "replace") await change(call, "delete the sandbox", "DELETE", record.id);
    await polling.pause();
  }
}

/** A sandbox that somebody else named so is left alone. */
function checkOurs({ id, labels }: SandboxRecord, { name, params }: Order): void {
  const key = (params.labels as Readonly<Record<string, string>>)[LABELS.reuse];
  if (labels?.[LABELS.reuse] === key) return;
  throw new PithyDaytonaError({
    code: "conflict",
    message: `Sandbox \`${name}\` exists, and was not created for the key.`,
    hint: "Choose another key, or delete that sandbox.",
    id,
    retryable: false,
  });
}

function useOf(record: SandboxRecord, order: Order, life: number, now: number): Use {
  const { state = "" } = record;
  if (isEnding(record)) return "wait";
  if (FAILED.has(state) || !isAsOrdered(record, order) || isNearItsEnd(record, life, now)) return "replace";
  if (ASLEEP.has(state)) return "wake";
  return state === "started" ? "take" : "wait";
}

/** Whether it has the image and the region that are wanted now. */
function isAsOrdered({ labels, target }: SandboxRecord, { params, region }: Order): boolean {
  const wanted = (params.labels as Readonly<Record<string, string>>)[LABELS.image];
  return labels?.[LABELS.image] === wanted && (region === undefined || target === undefined || target === region);
}

const isNearItsEnd = ({ autoDestroyAt }: SandboxRecord, life: number, now: number): boolean =>
  autoDestroyAt !== undefined && Date.parse(autoDestroyAt) - now < LEFT * life;

/** Changes a sandbox. Another call may have been faster, or it may be changing: then it is looked at again. */
async function change(call: ApiCall, what: string, method: string, ...path: string[]): Promise<void> {
  const response: HttpResponse = await call.ask(method, ["sandbox", ...path]);
  const mayPass = [400, 404, 409].includes(response.status) && !isQuota(response);
  if (!isFine(response) && !mayPass) throw refusal(response, what);
}
