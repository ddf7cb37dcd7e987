/**
 * Requests wait for as long as Daytona asks, in whatever form it does so.
 */
import { PithyDaytonaError } from "pithy-image";
import { pithyDaytona } from "pithy-image/daytona";
import { Image } from "sdk-latest";
import { expect, test } from "vitest";
import { LOCK } from "./bound.ts";
import { VirtualTime } from "./time.ts";

const BUSY = 429;
const GONE = 404;
/** The longest pause before a second attempt that nobody asks for. */
const SHORT = 250;

/** A client whose requests get these responses. */
function clientOf(...responses: readonly { status: number; headers: Record<string, unknown> }[]) {
  const left = [...responses];
  const request = async () => ({ ...left.shift(), data: {} });
  return {
    create: async () => ({}),
    get: async () => ({}),
    clientConfig: { basePath: "http://daytona.invalid", baseOptions: { headers: {} } },
    sandboxApi: { axios: { create: () => ({ request }) } },
    snapshot: { snapshotsApi: {} },
  };
}

/** By the clock of the call, which begins at this time. */
const at = (clock: VirtualTime, milliseconds: number): string => new Date(clock.now() + milliseconds).toUTCString();

test.for<[what: string, headers: (clock: VirtualTime) => Record<string, unknown>, seconds: number]>([
  ["seconds", () => ({ "retry-after": "7" }), 7],
  ["a number", () => ({ "retry-after": 7 }), 7],
  ["a date", (clock) => ({ "retry-after": at(clock, 9_000) }), 9],
  ["the time of one limit", () => ({ "retry-after-authenticated": "7" }), 7],
  ["of any name", () => ({ "Retry-After-Sandbox-Lifecycle": "7" }), 7],
  [
    "the longest of several",
    () => ({ "retry-after": "3", "retry-after-sandbox-create": "8", "retry-after-a": "2" }),
    8,
  ],
  ["a date in the past", (clock) => ({ "retry-after": at(clock, -9_000) }), 0],
  ["no time", () => ({ "retry-after-authenticated": "soon" }), 0],
  ["nothing", () => ({ "x-retry-after": "9", "retry-afterwards": "9" }), 0],
])("%s", async ([, headers, seconds]) => {
  const clock = new VirtualTime();
  const began = clock.now();
  const client = clientOf({ status: BUSY, headers: headers(clock) }, { status: GONE, headers: {} });
  const { verifySnapshot } = pithyDaytona({ daytona: client, Image, clock });

  await expect(verifySnapshot("a", LOCK)).rejects.toThrow(PithyDaytonaError);

  const waited = clock.now() - began;
  if (seconds > 0) expect(waited).toBe(seconds * 1_000);
  else expect(waited).toBeLessThanOrEqual(SHORT);
});
