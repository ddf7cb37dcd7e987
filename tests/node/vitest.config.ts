import { defineConfig } from "vitest/config";
import { sampled, testFiles } from "../sample.ts";

const tests = (...names: string[]) => names.map((name) => `${name}.test.ts`);

/** What is about the addon, or about the package and its documentation, and not about what images are. */
const NATIVE_ONLY = tests(
  ...[
    "bindings",
    "config",
    "cores",
    "dockerfile-ast",
    "doctor",
    "documents",
    "examples",
    "github-action",
    "init",
    "json",
    "module-mistakes",
    "package",
    "typescript",
    "web",
  ],
);

/** What needs more than the addon: the stand-in for Daytona with its S3 server, or WebAssembly and the page. */
const WHOLE = tests(
  ...[
    "bindings",
    "cli",
    "config",
    "cores",
    "doctor",
    "documents",
    "examples",
    "github-action",
    "json",
    "links",
    "lock",
    "module-mistakes",
    "package",
    "plan-command",
    "secrets",
    "snapshot-command",
  ],
  "web",
);

/** What runs with WebAssembly as it does with the addon. */
const EVERYWHERE = testFiles(import.meta.dirname).filter((name) => !NATIVE_ONLY.includes(name));

interface Part {
  readonly name: string;
  readonly backend: "native" | "wasm";
  readonly include?: string[];
  readonly exclude?: string[];
}

const project = ({ name, backend, include = ["*.test.ts"], exclude = [] }: Part) => ({
  extends: true as const,
  test: { name, include, exclude, env: { PITHY_IMAGE_BACKEND: backend } },
});

export default defineConfig({
  test: {
    globalSetup: "./setup.ts",
    // These end what hangs, and nothing else: no test takes as long on any machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // The files share no state; two at a time, since some of them start many processes.
    maxWorkers: 2,
    projects: [
      project({ name: "units", backend: "native", exclude: [...tests("fallback"), ...WHOLE] }),
      project({ name: "whole", backend: "native", include: [...sampled("whole", WHOLE, 2 / 5)] }),
      project({ name: "wasm", backend: "wasm", include: [...sampled("wasm", EVERYWHERE, 1 / 3)] }),
    ],
  },
});
