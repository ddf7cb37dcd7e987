import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "tsdown";
import { bundled } from "../../scripts/bundled.mjs";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** What applications import; and a part of that, in a file of its own, so that bundlers find it needs no core. */
const API = { index: "src/index.ts", daytona: "src/daytona.ts", production: "src/daytona/pithy-daytona.ts" };

/** What all builds for one host have in common: it takes the place of `#host`. */
const forHost = (host: "node" | "browser" | "edge", build: string = host): UserConfig => ({
  // Not an alias: the tsconfig's path, which is Node's, comes before those.
  plugins: [
    { name: "host", resolveId: (id) => (id === "#host" ? path(`src/host/${host}.ts`) : null) },
    bundled(`dist/bundled-${build}.json`),
  ],
  outDir: `dist/${host}`,
  fixedExtension: true,
});

const onNode = (build: string): UserConfig => ({
  ...forHost("node", build),
  platform: "node",
  target: "node20",
  // The loader stays a file of its own: file tracers look for the literal `require` in it.
  deps: { neverBundle: [/native\.cjs$/] },
});

const web: UserConfig = {
  platform: "browser",
  target: "es2022",
  format: "esm",
  dts: false,
  // Addresses of files beside the module stay as they are: the application's bundler makes them its own.
  deps: { neverBundle: [/\.wasm/] },
};

const builds: UserConfig[] = [
  {
    ...onNode("api"),
    entry: API,
    format: ["esm", "cjs"],
    dts: true,
    copy: [{ from: "src/native.cjs", to: "dist/node" }],
  },
  { ...onNode("cli"), entry: ["src/cli.ts"], format: "esm", dts: false, clean: false },
];

const webBuilds: UserConfig[] = [
  { ...onNode("wasm"), entry: { wasm: "src/node-wasm.ts" }, format: "cjs", dts: false, clean: false },
  {
    ...web,
    ...forHost("browser"),
    entry: { ...API, worker: "src/host/worker.ts" },
    copy: [{ from: "wasm/pithy-image.wasm", to: "dist" }],
  },
  { ...web, ...forHost("edge"), entry: API },
];

// Without `cargo xtask wasm` there is the addon alone, which is all that development on Node needs.
export default defineConfig(existsSync(path("wasm/pithy-image.wasm")) ? [...builds, ...webBuilds] : builds);
