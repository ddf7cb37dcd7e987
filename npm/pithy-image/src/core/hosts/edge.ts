// Edges compile modules only at deployment; Next.js and Wrangler recognize a module by the query.
import module from "../../../pithy-image.wasm?module";
import * as wasm from "../../../wasm/pithy-image.js";
import { initSync } from "../../../wasm/pithy-image.js";
import { FileTree, placedOnce } from "../../files/file-tree.ts";
import type { Backend } from "../backend.ts";
import type { Host } from "../host.ts";
import { resolveGiven } from "../wasm-backend.ts";
import { sink, web, webBackend } from "./web.ts";

let loaded: Backend | undefined;

function backend(): Backend {
  if (!loaded) {
    // Next.js compiles the module in another realm than that of edge code: `initSync` would not recognize it.
    Object.setPrototypeOf(module, WebAssembly.Module.prototype);
    initSync({ module });
    loaded = webBackend(wasm);
  }
  return loaded;
}

export const host: Host = {
  ...web,
  backend,
  isReady: () => true,
  async init() {
    backend();
  },
  async resolveFiles(definition, given, signal, reports) {
    backend();
    return resolveGiven(wasm, definition, await FileTree.of(placedOnce(given), given.about), signal, reports, sink);
  },
};
