import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    globalSetup: "pithy-image-tests-docker/setup",
    testTimeout: 300_000,
    // One at a time: a program runs in a directory of its own, and the machine is not only for this.
    maxWorkers: 1,
  },
});
