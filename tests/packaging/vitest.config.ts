import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    globalSetup: "./setup.ts",
    // A build fills the machine by itself.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // The built package, as Node loads it.
    server: { deps: { external: [/\/npm\/pithy-image\/dist\//] } },
  },
});
