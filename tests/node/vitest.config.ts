import { defineConfig } from "vitest/config";

/** What is about the addon, or about the package and its texts, and not about what images are. */
const NATIVE_ONLY = [
  "bindings",
  "config",
  "cores",
  "dockerfile-ast",
  "doctor",
  "examples",
  "init",
  "package",
  "web",
].map((name) => `${name}.test.ts`);

const project = (name: string, exclude: string[]) => ({
  extends: true as const,
  test: { name, exclude, env: { PITHY_IMAGE_BACKEND: name } },
});

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    globalSetup: "./setup.ts",
    testTimeout: 30_000,
    // The files share no state; two at a time, since some of them start many processes.
    maxWorkers: 2,
    projects: [project("native", ["fallback.test.ts"]), project("wasm", NATIVE_ONLY)],
  },
});
