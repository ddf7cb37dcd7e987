/**
 * Calls of the API as tests make them without an SDK.
 */
import { type onTestFinished, vi } from "vitest";
import { API_KEY } from "./access.ts";
import {
  type Circumstances,
  type DaytonaApi,
  type DaytonaFixture,
  startDaytona,
  USUAL_PACE,
  VirtualTime,
} from "./fixture.ts";

/** The status and the parsed body of an answer. */
export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A fresh Daytona that ends with the test. */
export async function daytona(finished: typeof onTestFinished, how?: Circumstances): Promise<DaytonaFixture> {
  const fixture = await startDaytona(how);
  finished(fixture.stop);
  return fixture;
}

/** A fresh Daytona in time of its own, in which everything takes as long as it does. */
export async function virtualDaytona(
  finished: typeof onTestFinished,
  time: VirtualTime = new VirtualTime(),
): Promise<DaytonaFixture & { time: VirtualTime }> {
  return { ...(await daytona(finished, { time, pace: USUAL_PACE })), time };
}

/** Waits until a check passes. The limit, that of tests, ends only what hangs. */
export const eventually = <Value>(check: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(check, { timeout: 600_000, interval: 5 });

/** The one key that is let in, and where it is. */
type Server = Pick<DaytonaApi, "url">;

export async function call({ url }: Server, method: string, path: string, body?: unknown): Promise<Answered> {
  const init = { method, headers: { authorization: `Bearer ${API_KEY}` } };
  const response = await fetch(url + path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

export const post = (server: Server, path: string, body: unknown) => call(server, "POST", path, body);
export const get = (server: Server, path: string) => call(server, "GET", path);

/** The states of a sandbox or snapshot from now on, until it is at rest. */
export async function states(api: DaytonaApi, path: string): Promise<unknown[]> {
  const id = decodeURIComponent(path.replace(/^\/(sandbox|snapshots)\//, ""));
  const found = [...api.sandboxes, ...api.snapshots].findLast((each) => each.id === id || each.name === id);
  if (!found) throw new Error(`${path} does not exist`);
  const seen: unknown[] = [found.state];
  const leave = found.watch((state) => seen.push(state));
  await api.time.wait(found.atRest(), Number.POSITIVE_INFINITY);
  leave();
  return seen;
}

/** The part of a request that asks for a build. */
export const dockerfile = (dockerfileContent: string, contextHashes: readonly string[] = []) => ({
  buildInfo: { dockerfileContent, contextHashes },
});

/** A snapshot that is active, and has runners. */
export async function activeSnapshot(api: DaytonaApi, name: string, more: object = {}): Promise<Answered> {
  await post(api, "/snapshots", { name, ...dockerfile(`FROM ${name}\n`), ...more });
  await states(api, `/snapshots/${name}`);
  await pass(api, api.pace.spread);
  return get(api, `/snapshots/${name}`);
}

/** Waits in the stand-in's time. */
export const pass = (api: DaytonaApi, milliseconds: number): Promise<void> =>
  api.time.wait(new Promise(() => {}), milliseconds);
