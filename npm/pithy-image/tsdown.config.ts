import { defineConfig, type UserConfig } from "tsdown";

const shared: UserConfig = {
  platform: "node",
  target: "node20",
  fixedExtension: true,
  // The loader stays a file of its own: file tracers look for the literal `require` in it.
  deps: { neverBundle: [/native\.cjs$/] },
};

export default defineConfig([
  {
    ...shared,
    entry: ["src/index.ts", "src/daytona.ts"],
    format: ["esm", "cjs"],
    dts: true,
    copy: [{ from: "src/native.cjs", to: "dist" }],
  },
  { ...shared, entry: ["src/cli.ts"], format: "esm", dts: false, clean: false },
]);
