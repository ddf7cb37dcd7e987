/** How long Daytona asks clients to wait before they repeat a request. */
import type { HttpResponse } from "./http.ts";

/** `Retry-After`, and `Retry-After-` with the name of what limits requests. */
const RETRY_AFTER = /^retry-after(?:-|$)/i;

/** Milliseconds that a response asks to wait: the longest time of all that limits requests. */
export function retryAfter({ headers }: HttpResponse, now: number): number {
  const asked = Object.entries(headers).filter(([name]) => RETRY_AFTER.test(name));
  return Math.max(0, ...asked.map(([, value]) => millisecondsIn(value, now)));
}

/** Seconds or a date (RFC 9110, section 10.2.3). */
function millisecondsIn(value: unknown, now: number): number {
  const text = String(value);
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now || 0;
}
