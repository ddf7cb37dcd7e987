/**
 * `pithyDaytona` over a real SDK and a fresh stand-in, as the tests of its calls begin.
 */
import { PithyDaytonaError } from "pithy-image";
import { type PithyDaytona, pithyDaytona } from "pithy-image/daytona";
import { expect, type onTestFinished } from "vitest";
import { type Alterations, altered } from "./altered.ts";
import { activeSnapshot, virtualDaytona } from "./calls.ts";
import type { DaytonaFixture } from "./fixture.ts";
import type { Sdk, SdkModule } from "./sdks.ts";
import type { VirtualTime } from "./time.ts";

type Client = InstanceType<SdkModule["Daytona"]>;

/** What a test of a bound call needs. */
export interface Bound extends DaytonaFixture, PithyDaytona<Client> {
  readonly client: Client;
  readonly time: VirtualTime;
  /** Waits until the SDK has ended all that it was asked to make, also for calls that ended before it. */
  sdkIsDone(): Promise<void>;
}

/** A fresh Daytona that ends with the test, with our calls bound to a client of it; in a time, or by an altered way. */
export async function bound(
  { load }: Pick<Sdk, "load">,
  finished: typeof onTestFinished,
  { time, ...alterations }: Alterations & { time?: VirtualTime } = {},
): Promise<Bound> {
  const [fixture, sdk] = await Promise.all([virtualDaytona(finished, time), load()]);
  const isAltered = Object.keys(alterations).length > 0;
  const apiUrl = isAltered ? await altered(fixture.api, finished, alterations) : fixture.config.apiUrl;
  return bindClient(fixture, new sdk.Daytona({ ...fixture.config, apiUrl }), sdk.Image);
}

/** Our calls bound to a client, in the stand-in's time. */
export function bindClient(
  fixture: DaytonaFixture & { time: VirtualTime },
  client: Client,
  Image: SdkModule["Image"],
): Bound {
  const creations = [recorded(client), recorded(client.snapshot)];
  const sdkIsDone = async () => void (await Promise.allSettled(creations.flat()));
  return { ...fixture, client, sdkIsDone, ...pithyDaytona({ daytona: client, Image, clock: fixture.time }) };
}

/** What a maker has made of each call of its `create`, from now on. */
function recorded(maker: Pick<Client, "create"> | Client["snapshot"]): Promise<object>[] {
  const made: Promise<object>[] = [];
  const create = maker.create as (...args: unknown[]) => Promise<object>;
  const recording = function (this: unknown, ...args: unknown[]): Promise<object> {
    const making = create.apply(this, args);
    made.push(making);
    return making;
  };
  Object.assign(maker, { create: recording });
  return made;
}

/** The snapshot that {@link LOCK} names. */
export const SNAPSHOT = "agent-0123456789ab";

/** A lock of one image. */
export const LOCK = {
  format: "pithy-image-lock/1",
  images: {
    agent: {
      edition: "2026-12",
      imageDigest: `sha256:${"1".repeat(64)}`,
      snapshotRef: `daytona-${"2".repeat(64)}:daytona`,
      snapshotName: SNAPSHOT,
      sources: {},
      steps: [],
    },
  },
};

/** The snapshot of the lock, ready, with nothing recorded yet. */
export async function ready({ api }: DaytonaFixture): Promise<void> {
  await activeSnapshot(api, SNAPSHOT);
  api.requests.length = 0;
}

/** The error of a call that has to fail, once its class is checked. */
export async function failureOf(call: Promise<unknown>): Promise<PithyDaytonaError> {
  const error = await call.then(
    () => new Error("it did not fail"),
    (reason) => reason,
  );
  if (!(error instanceof PithyDaytonaError)) throw error;
  return error;
}

/** The error of a call that has to fail, once all that the call created is deleted. */
export async function cleaned(call: Promise<unknown>): Promise<PithyDaytonaError> {
  const failure = await failureOf(call);
  expect(await failure.cleanedUp).toEqual({});
  return failure;
}

/** What was asked, as `GET /sandbox`. */
export const asked = ({ api }: Pick<DaytonaFixture, "api">, method?: string): string[] =>
  api.requests.filter((request) => !method || request.method === method).map(({ method, path }) => `${method} ${path}`);

/** The states of all sandboxes, once what is being deleted is gone. */
export function remains({ api }: Pick<DaytonaFixture, "api">): string[] {
  api.time.pass(api.pace.remove);
  return api.sandboxes.filter(({ gone }) => !gone).map(({ state }) => state);
}
