/**
 * Requests wait for as long as Daytona asks, in whatever form it does so.
 */
import { PithyDaytonaError } from "pithy-image";
import { pithyDaytona } from "pithy-image/daytona";
import { Image } from "sdk-latest";
import { expect, test } from "vitest";
import { failureOf, LOCK } from "./bound.ts";
import { VirtualTime } from "./time.ts";

const BUSY = 429;
const GONE = 404;
/** The longest pause before a second attempt that nobody asks for. */
const SHORT = 250;
/** How long an attempt may take. */
const ATTEMPT = 60_000;

interface Response {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly data?: unknown;
}

/** A client whose requests get these responses. */
function clientOf(...responses: readonly Response[]) {
  const left = [...responses];
  const request = async () => ({ data: {}, ...left.shift() });
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

test.for<[what: string, headers: (clock: VirtualTime) => Record<string, unknown>]>([
  ["seconds", () => ({ "retry-after-sandbox-create": "600" })],
  ["a date", (clock) => ({ date: at(clock, 0), "retry-after": at(clock, 600_000) })],
])("%s beyond the deadline are not waited for: the refusal is the error", async ([, headers]) => {
  const clock = new VirtualTime();
  const began = clock.now();
  const data = { message: "ThrottlerException: Too Many Requests" };
  const client = clientOf({ status: BUSY, headers: headers(clock), data });
  const { verifySnapshot } = pithyDaytona({ daytona: client, Image, clock });

  const error = await failureOf(verifySnapshot("a", LOCK, { deadline: 599 }));

  expect(clock.now()).toBe(began);
  expect(error).toMatchObject({ code: "network", status: BUSY, reason: data.message, retryable: true });
  expect(error.message).toContain("Try again in 600 seconds, as it asks.");
});

test("no timer limits what may take for ever", async () => {
  const clock = new VirtualTime();
  const limits: number[] = [];
  const limit = (milliseconds: number, done: () => void) => {
    limits.push(milliseconds);
    return clock.limit(milliseconds, done);
  };
  const { now, pause } = clock;
  const client = clientOf({ status: BUSY, headers: {} }, { status: GONE, headers: {} });
  const { verifySnapshot } = pithyDaytona({ daytona: client, Image, clock: { now, pause, limit } });

  await failureOf(verifySnapshot("a", LOCK, { deadline: Number.POSITIVE_INFINITY }));

  expect(limits).toEqual([ATTEMPT, ATTEMPT]);
});
