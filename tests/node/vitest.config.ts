import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    globalSetup: "./setup.ts",
    testTimeout: 30_000,
    // The files share no state; two at a time, since some of them start many processes.
    maxWorkers: 2,
  },
});
