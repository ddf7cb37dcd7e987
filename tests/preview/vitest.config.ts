import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    // These end what hangs, and nothing else: no test takes as long on any machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
    // Each file has a browser of its own.
    maxWorkers: 2,
  },
});
