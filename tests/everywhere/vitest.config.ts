import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { LAUNCH } from "../chromium.ts";

const onNode = (backend: string) => ({
  extends: true as const, // the limits below
  test: { name: backend, include: ["*.test.ts"], env: { PITHY_IMAGE_BACKEND: backend, EXPECTED_BACKEND: backend } },
});

export default defineConfig({
  test: {
    // These end what hangs, and nothing else: no test takes as long on any machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      onNode("native"),
      onNode("wasm"),
      {
        extends: true,
        // Addresses beside a module are kept only where the module stays as it is.
        optimizeDeps: { exclude: ["pithy-image"] },
        server: { fs: { allow: ["../.."] } },
        test: {
          name: "chromium",
          include: ["*.test.ts"],
          env: { EXPECTED_BACKEND: "wasm" },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            connectTimeout: 600_000,
            instances: [{ browser: "chromium" }],
            provider: playwright({ launchOptions: LAUNCH }),
          },
        },
      },
    ],
  },
});
