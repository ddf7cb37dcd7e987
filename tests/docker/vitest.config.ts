import { defineConfig } from "vitest/config";
import { sampled, testFiles } from "../sample.ts";

export default defineConfig({
  test: {
    include: [...sampled("docker", testFiles(import.meta.dirname), 2 / 5)],
    globalSetup: "./setup.ts",
    // Two builds at a time, whichever file they belong to: more make none of them faster.
    fileParallelism: false,
    maxConcurrency: 2,
    // These end what hangs, and nothing else: no test takes as long on any machine.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    // The built package, as Node loads it.
    server: { deps: { external: [/\/npm\/pithy-image\/dist\//] } },
  },
});
