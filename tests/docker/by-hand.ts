/**
 * Builds one image on an engine of its own and shows what arrived:
 * `npm run by-hand --workspace tests/docker -- <module whose default export is an image> [legacy] [root]`.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Image } from "pithy-image";
import { build } from "./build.ts";
import { DockerApi } from "./docker-api.ts";
import { startEngine } from "./engine.ts";
import { readTree } from "./file-tree.ts";
import { changes } from "./tree-changes.ts";

const [module = "", ...rest] = process.argv.slice(2);
const builder = rest.includes("legacy") ? "legacy" : "buildkit";
// npm runs this in the workspace; paths are those of who called it.
const here = process.env.INIT_CWD ?? process.cwd();
const root = resolve(here, rest.find((word) => word !== "legacy") ?? ".");

const { socket, cache, stop } = await startEngine();
process.env.PITHY_IMAGE_CACHE = cache;
try {
  const { default: image } = (await import(pathToFileURL(resolve(here, module)).href)) as { default: Image };
  const { files, log, dockerfile, ...built } = await build(image, { builder, root, socket });
  const base = await readTree(await new DockerApi(socket).export("busybox:1"));
  console.log(`${dockerfile}\n${log}`);
  console.dir({ ...built, files: changes(base, files) }, { depth: null });
} finally {
  await stop();
}
