/** What a browser and an edge have in common: WebAssembly, and no disk. */

import type { Files } from "../../files/listing.ts";
import { PithyImageError } from "../../shared/errors.ts";
import type { PackedContext } from "../../shared/types.ts";
import type { Answer, Backend, Resolution } from "../backend.ts";
import type { Host } from "../host.ts";
import { type ContextSink, type Surroundings, type Wasm, wasmBackend } from "../wasm-backend.ts";
import type { ResolvedInWorker } from "./worker.ts";

/** A definition that names files finds none, and the error says so. */
const NO_FILES: Files = {
  list() {
    throw new Error("there is no disk here");
  },
  read: () => new Uint8Array(),
  hash: () => [],
};

/** An image without contexts needs none. */
const NO_SINK: ContextSink = {
  below: () => undefined,
  begin() {
    const hint = "Send the definition to a server, and create the sandbox or snapshot there.";
    const message = "Contexts cannot be packed without a disk.";
    throw new PithyImageError([{ code: "cache_unusable", path: "", message, hint }]);
  },
  write() {},
  end: () => [],
  abandon() {},
};

const surroundings: Surroundings = {
  sources: () => ({ synchronous: NO_FILES, asynchronous: NO_FILES }),
  sink: () => NO_SINK,
};

/** An image that a worker has resolved, which cannot be packed here. */
export function resolvedElsewhere({ answer, findings, contents, hashes }: ResolvedInWorker): Resolution {
  const { ok } = answer as { ok?: { contexts: readonly PackedContext[] } };
  const packSync = (): Answer => {
    for (const { archivePath } of ok?.contexts ?? []) NO_SINK.begin(archivePath, 0);
    return { ok: [] };
  };
  return {
    answer,
    findings: () => findings,
    contents: () => contents,
    hashesSync: () => hashes,
    hashes: async () => hashes,
    packSync,
    pack: async () => packSync(),
  };
}

/** The backend of an instantiated module. */
export const webBackend = (wasm: Wasm): Backend => wasmBackend(wasm, surroundings);

export const sink: Surroundings["sink"] = surroundings.sink;

export const web: Omit<Host, "backend" | "init" | "isReady" | "resolveFiles"> = {
  backendName: () => "wasm",
  absoluteRoot(root) {
    if (root === undefined) return undefined;
    const hint = "Pass the files to `resolveFiles`.";
    const message = `There is no disk here for the root: ${root}.`;
    throw new PithyImageError([{ code: "invalid_root", path: "", message, hint }]);
  },
  isStrict: () => false,
  cacheDirectory: () => undefined,
  soon: (work) => void setTimeout(work),
  warn: (message) => console.warn(message),
};
