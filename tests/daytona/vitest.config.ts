import { defineConfig } from "vitest/config";
import { sampled, testFiles } from "../sample.ts";

export default defineConfig({
  test: {
    include: [...sampled("daytona", testFiles(import.meta.dirname), 2 / 5)],
    globalSetup: "./setup.ts",
    // The SDKs sleep a second between polls and give up on a silent log only after four: wait for them all at once.
    maxConcurrency: 20,
    // These end what hangs, and nothing else: no test takes as long on any machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // 0.115 prints every refused request to the console.
    silent: "passed-only",
    // The built package, as Node loads it.
    server: { deps: { external: [/\/npm\/pithy-image\/dist\//] } },
  },
});
