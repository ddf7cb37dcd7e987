/** What a browser and an edge have in common: WebAssembly, and no disk. */
import type { Backend } from "../backend.ts";
import { PithyImageError } from "../error.ts";
import { type Files, type Surroundings, type Wasm, wasmBackend } from "../wasm.ts";
import type { Host } from "./index.ts";

/** A definition that names files finds none, and says what to do. */
const NO_FILES: Files = {
  list() {
    throw new Error("there is no disk here");
  },
  read: () => new Uint8Array(),
};

const surroundings: Surroundings = {
  sources: () => ({ atOnce: NO_FILES, waiting: NO_FILES }),
  staging() {
    const hint = "Send the definition to a server, and hand the image over there.";
    const message = "Nothing can be staged where there is no disk.";
    throw new PithyImageError([{ code: "cache_unusable", path: "", message, hint }]);
  },
};

/** The core on a module that was instantiated. */
export const webBackend = (wasm: Wasm): Backend => wasmBackend(wasm, surroundings);

export const staging: Surroundings["staging"] = surroundings.staging;

export const web: Pick<Host, "backendName" | "absoluteRoot" | "cacheDirectory" | "warn"> = {
  backendName: () => "wasm",
  absoluteRoot(root) {
    if (root === undefined) return undefined;
    const hint = "Give the files to `resolveFiles`.";
    const message = `There is no disk here to look for the root: ${root}.`;
    throw new PithyImageError([{ code: "invalid_root", path: "", message, hint }]);
  },
  cacheDirectory: () => undefined,
  warn: (message) => console.warn(message),
};
