import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "lightningcss";
import { defineConfig, type UserConfig } from "tsdown";
import { bundled } from "../../scripts/bundled.mjs";

const shared: UserConfig = { format: "esm", dts: true, fixedExtension: true, target: "es2022" };

/** A style sheet as a module with its text, for `import css from "./styles.css?text"`. */
const cssText = {
  name: "css-text",
  resolveId: (id: string, importer?: string) =>
    id.endsWith(".css?text") ? fileURLToPath(new URL(id, `file://${importer}`)) + id.slice(id.indexOf("?")) : undefined,
  async load(id: string) {
    if (!id.endsWith(".css?text")) return undefined;
    const filename = id.slice(0, id.indexOf("?"));
    const { code } = transform({ filename, code: await readFile(filename), minify: true });
    return { code: `export default ${JSON.stringify(code.toString())};`, moduleType: "js" as const };
  },
};

export default defineConfig([
  {
    ...shared,
    entry: ["src/index.ts"],
    platform: "browser",
    plugins: [cssText, bundled("dist/bundled-component.json")],
    banner: '"use client";',
    copy: [{ from: "src/styles.css", to: "dist" }],
  },
  {
    ...shared,
    entry: ["src/server.ts", "src/page.ts"],
    platform: "node",
    clean: false,
    plugins: [bundled("dist/bundled-server.json")],
  },
]);
