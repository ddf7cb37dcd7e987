// A page of somebody who uses the package.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";
import { type Contents, project } from "./project.ts";

/** Builds a page from its sources, `index.html` first, with the React of a package of ours. */
export async function hostPage(sources: Contents, owner = "pithy-image-tests-preview"): Promise<URL> {
  const root = project(sources);
  const { resolve } = createRequire(import.meta.resolve(`${owner}/package.json`));
  await build({
    root,
    base: "./",
    configFile: false,
    logLevel: "error",
    resolve: {
      alias: [
        { find: /^react(?=$|\/)/, replacement: dirname(resolve("react")) },
        { find: /^react-dom(?=$|\/)/, replacement: dirname(resolve("react-dom")) },
        { find: /^pithy-image-preview$/, replacement: fileURLToPath(import.meta.resolve("pithy-image-preview")) },
      ],
    },
    build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  });
  return pathToFileURL(`${join(root, "dist")}/`);
}
