/** What the images of `projects/shared/identity.ts` are called, and how that is asked of an application. */
import { expect, inject } from "vitest";
import { HANGS, type Server } from "./process.ts";

/** Expects an application to give the images the names that native code gives them for files on a disk. */
export function expectIdentity(found: unknown, backend: "native" | "wasm"): void {
  expect(found).toEqual({ backend, names: inject("names") });
}

/** What a route of a server answers. */
export async function ask(server: Server, path = "/"): Promise<string> {
  const response = await fetch(server.url + path, { signal: AbortSignal.timeout(HANGS) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${body}\n${server.output.stdout}\n${server.output.stderr}`);
  return body;
}
