// Edges compile modules when they are deployed, and only then; the query is how Next.js and Wrangler know it for one.
import module from "../../../pithy-image.wasm?module";
import * as wasm from "../../../wasm/pithy-image.js";
import { initSync } from "../../../wasm/pithy-image.js";
import { FileTree } from "../../files/file-tree.ts";
import type { Backend } from "../backend.ts";
import type { Host } from "../host.ts";
import { resolveGiven } from "../wasm-backend.ts";
import { staging, web, webBackend } from "./web.ts";

let loaded: Backend | undefined;

function backend(): Backend {
  if (!loaded) {
    // Next.js compiles the module outside of the realm that edge code runs in: `initSync` would not know it for one.
    Object.setPrototypeOf(module, WebAssembly.Module.prototype);
    initSync({ module });
    loaded = webBackend(wasm);
  }
  return loaded;
}

export const host: Host = {
  ...web,
  backend,
  async init() {
    backend();
  },
  async resolveFiles(definition, given, signal, report) {
    backend();
    return resolveGiven(wasm, definition, await FileTree.of(given), signal, report, staging);
  },
};
