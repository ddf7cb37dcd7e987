/** What a browser and an edge have in common: WebAssembly, and no disk. */

import type { Files } from "../../files/listing.ts";
import { PithyImageError } from "../../shared/errors.ts";
import type { StagedContext } from "../../shared/types.ts";
import type { Answer, Backend, Resolution } from "../backend.ts";
import type { Host } from "../host.ts";
import { type Staging, type Surroundings, type Wasm, wasmBackend } from "../wasm-backend.ts";

/** A definition that names files finds none, and says what to do. */
const NO_FILES: Files = {
  list() {
    throw new Error("there is no disk here");
  },
  read: () => new Uint8Array(),
};

/** An image without contexts needs none. */
const NO_STAGING: Staging = {
  below: () => undefined,
  begin() {
    const hint = "Send the definition to a server, and hand the image over there.";
    const message = "Nothing can be staged where there is no disk.";
    throw new PithyImageError([{ code: "cache_unusable", path: "", message, hint }]);
  },
  write() {},
  end: () => [],
  abandon() {},
};

const surroundings: Surroundings = {
  sources: () => ({ atOnce: NO_FILES, waiting: NO_FILES }),
  staging: () => NO_STAGING,
};

/** An image that a worker has resolved, without what it needs to be staged. */
export function resolvedElsewhere(answer: Answer): Resolution {
  const { ok } = answer as { ok?: { contexts: readonly StagedContext[] } };
  const stageSync = (): Answer => {
    for (const { archivePath } of ok?.contexts ?? []) NO_STAGING.begin(archivePath, 0, 0);
    return { ok: [] };
  };
  return { answer, stageSync, stage: async () => stageSync() };
}

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
