import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    globalSetup: "pithy-image-tests-docker/setup",
    // These end what hangs, and nothing else: no test takes as long on any machine.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    // One at a time: a program runs in a directory of its own, and the machine is not only for this.
    maxWorkers: 1,
  },
});
