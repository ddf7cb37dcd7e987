import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Rolldown, type UserConfig } from "tsdown";
import { bundled } from "../../scripts/bundled.mjs";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** What applications import; and a part of that, in a file of its own, so that bundlers find it needs no core. */
const API = {
  index: "src/index.ts",
  daytona: "src/daytona/index.ts",
  production: "src/daytona/pithy-daytona.ts",
  "daytona-sdk": "src/daytona/daytona-sdk.ts",
  "daytonaio-sdk": "src/daytona/daytonaio-sdk.ts",
};

/** Files that stay files of their own, below `dist`. */
const BESIDE = {
  // File tracers look for the literal `require` in it.
  "native.cjs": "node/native.cjs",
  // Addresses of files beside the module stay as they are: the application's bundler makes them its own.
  "pithy-image.wasm?module": "pithy-image.wasm?module",
};

/** From one directory below `dist` to a file. */
const specifier = (folder: string, file: string) => posix.relative(folder, file).replace(/^(?!\.)/, "./");

/** What all builds for one host have in common: it takes the place of `#host`. `folder` is below `dist`. */
const forHost = (host: "node" | "browser" | "edge", build: string = host, folder: string = host): UserConfig => ({
  plugins: [
    {
      name: "host",
      resolveId(id) {
        // Not an alias: the tsconfig's path, which is Node's, comes before those.
        if (id === "#host") return path(`src/core/hosts/${host}.ts`);
        const [, beside] = Object.entries(BESIDE).find(([name]) => id.endsWith(`/${name}`)) ?? [];
        return beside === undefined ? null : { id: specifier(folder, beside), external: true };
      },
    },
    bundled(`dist/bundled-${build}.json`),
  ],
  outDir: `dist/${folder}`,
  fixedExtension: true,
  // The documentation is in the declarations: programs need not load it.
  outputOptions: { comments: { jsdoc: false } },
});

const onNode = (build: string, folder?: string): UserConfig => ({
  ...forHost("node", build, folder),
  platform: "node",
  target: "node20",
});

/** A program in one file: it needs most of what it may load. */
function program(build: string, folder: string, entry: Readonly<Record<string, string>>): UserConfig {
  const config = onNode(build, folder);
  const outputOptions = { ...config.outputOptions, codeSplitting: false };
  return { ...config, outputOptions, entry, format: "esm", dts: false, clean: false };
}

/** Not beside the others: Turbopack traces their whole directory into a server. */
const cli = program("cli", "cli", { main: "src/cli/main.ts" });

/** What configurations of Next.js import, and the program that it runs. */
const next: UserConfig[] = [
  { ...onNode("next", "next"), entry: { index: "src/next/index.ts" }, format: ["esm", "cjs"], dts: true, clean: false },
  program("files", "next", { "deployed-files": "src/next/deployed-files.ts" }),
];

const web: UserConfig = { platform: "browser", target: "es2022", format: "esm", dts: false };

/** File tracers and bundlers read the loader as it is written; only its comments are left out, as those of all others. */
async function copyLoader(): Promise<void> {
  const text = await readFile(path("src/core/native.cjs"), "utf8");
  await writeFile(path("dist/node/native.cjs"), text.replace(/^\/\/.*\n|\/\*\*[\s\S]*?\*\/\s*/gm, ""));
}

const api = onNode("api");

/** Few files for what every program loads: Node takes half a millisecond or more for each. Declarations are left as they are. */
const codeSplitting: Rolldown.OutputOptions["codeSplitting"] = {
  groups: [
    { name: "shared", test: /[\\/](src[\\/](shared|lock)[\\/].*(?<!\.d)\.ts|leven[\\/]index\.js)$/, priority: 1 },
    {
      name: (id, modules) => (modules.getModuleInfo(id)?.dynamicImporters.length ? null : "image"),
      test: /[\\/]src[\\/](core|image)[\\/].*(?<!\.d)\.ts$/,
    },
  ],
};

const builds: UserConfig[] = [
  {
    ...api,
    outputOptions: { ...api.outputOptions, codeSplitting },
    entry: API,
    format: ["esm", "cjs"],
    dts: true,
    onSuccess: copyLoader,
  },
  cli,
  ...next,
];

const webBuilds: UserConfig[] = [
  { ...onNode("wasm"), entry: { wasm: "src/core/wasm-module.ts" }, format: "cjs", dts: false, clean: false },
  {
    ...web,
    ...forHost("browser"),
    entry: { ...API, worker: "src/core/hosts/worker.ts" },
    copy: [{ from: "wasm/pithy-image.wasm", to: "dist" }],
  },
  { ...web, ...forHost("edge"), entry: API },
];

// Without `cargo xtask wasm` there is the addon alone, which is all that development on Node needs.
export default defineConfig(existsSync(path("wasm/pithy-image.wasm")) ? [...builds, ...webBuilds] : builds);
