/**
 * Calls of the API as tests make them without an SDK.
 */
import { type onTestFinished, vi } from "vitest";
import { type ClientConfig, type DaytonaFixture, startDaytona } from "./fixture.ts";

/** The status and the parsed body of an answer. */
export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A fresh Daytona that ends with the test. */
export async function daytona(finished: typeof onTestFinished): Promise<DaytonaFixture> {
  const fixture = await startDaytona();
  finished(fixture.stop);
  return fixture;
}

/** Waits until a check passes. The limit ends only what hangs. */
export const eventually = <Value>(check: () => Value | Promise<Value>): Promise<Value> =>
  vi.waitFor(check, { timeout: 60_000, interval: 5 });

export async function call(config: ClientConfig, method: string, path: string, body?: unknown): Promise<Answered> {
  const { apiKey, apiUrl } = config;
  const init = { method, headers: { authorization: `Bearer ${apiKey}` } };
  const response = await fetch(apiUrl + path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

export const post = (config: ClientConfig, path: string, body: unknown) => call(config, "POST", path, body);
export const get = (config: ClientConfig, path: string) => call(config, "GET", path);

/** The states that polling shows until nothing changes. */
export async function states(config: ClientConfig, path: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (;;) {
    const { body } = await get(config, path);
    if (body.state === seen.at(-1)) return seen;
    seen.push(body.state);
  }
}

/** The part of a request that asks for a build. */
export const dockerfile = (dockerfileContent: string, contextHashes: readonly string[] = []) => ({
  buildInfo: { dockerfileContent, contextHashes },
});

/** A snapshot that is active. */
export async function activeSnapshot(config: ClientConfig, name: string, more: object = {}): Promise<Answered> {
  await post(config, "/snapshots", { name, ...dockerfile(`FROM ${name}\n`), ...more });
  await states(config, `/snapshots/${name}`);
  return get(config, `/snapshots/${name}`);
}
