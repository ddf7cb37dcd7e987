// All states of the page, for people to look at: `npm run gallery`.
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { pageDirectory, SPEC_PATH } from "pithy-image-preview/page";
import { defineConfig, type PluginOption, type UserConfig } from "vite";
import { SIGHTS } from "./sights.ts";
import { TYPES } from "./site.ts";

const LIST = `<!doctype html><html lang="en"><title>All states of the page</title><ul>${Object.keys(SIGHTS)
  .map((name) => `<li><a href="/${name}/">${name}</a></li>`)
  .join("")}</ul></html>`;

/** What is at a path: the list, the data of a state, or a file of the page. */
async function contentOf(path: string): Promise<string | Buffer | undefined> {
  const [, name = "", file = ""] = /^\/([\w-]*)\/?(.*)$/.exec(path) ?? [];
  if (name === "") return LIST;
  const sight = SIGHTS[name];
  if (file === SPEC_PATH) return sight?.page && JSON.stringify(sight.page);
  return sight && readFile(new URL(file || "index.html", pageDirectory)).catch(() => undefined);
}

const gallery: PluginOption = {
  name: "gallery",
  configureServer({ middlewares }) {
    middlewares.use(async ({ url = "/" }, response) => {
      const { pathname } = new URL(url, "http://localhost");
      const content = await contentOf(pathname);
      const type = TYPES[extname(pathname)] ?? "text/html";
      response.writeHead(content === undefined ? 404 : 200, { "content-type": type });
      response.end(content);
    });
  },
};

const config: UserConfig = defineConfig({ plugins: [gallery] });

export default config;
