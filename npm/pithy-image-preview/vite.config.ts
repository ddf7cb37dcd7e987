import { defineConfig, type UserConfig } from "vite";
import { bundled } from "../../scripts/bundled.mjs";

/** The static page: every URL in it is relative, so that it can lie anywhere, and nothing is inline, for any policy. */
const page: UserConfig = defineConfig({
  root: "page",
  base: "./",
  plugins: [bundled("dist/bundled-page.json")],
  build: {
    outDir: "../dist/static",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

export default page;
