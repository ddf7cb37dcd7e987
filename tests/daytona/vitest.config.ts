import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "./setup.ts",
    // The SDKs sleep a second between polls and give up on a silent log only after four: wait for them all at once.
    maxConcurrency: 20,
    testTimeout: 30_000,
    // 0.115 prints every refused request to the console.
    silent: "passed-only",
    // The built package, as Node loads it.
    server: { deps: { external: [/\/npm\/pithy-image\/dist\//] } },
  },
});
