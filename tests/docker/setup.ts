import type { TestProject } from "vitest/node";
import { startEngine } from "./engine.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The socket of the engine that the whole suite builds on. */
    socket: string;
  }
}

/** One engine for all tests, and a context cache of their own in its directory. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = await startEngine();
  project.provide("socket", engine.socket);
  process.env.PITHY_IMAGE_CACHE = engine.cache;
  process.env.PITHY_IMAGE_TEST_SCRATCH = engine.scratch;
  delete process.env.PITHY_IMAGE_ROOT;
  return engine.stop;
}
