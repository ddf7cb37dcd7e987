import * as wasm from "../../../wasm/pithy-image.js";
import { FileTree, type GivenFiles, placedOnce } from "../../files/file-tree.ts";
import { whenAborted } from "../../shared/abort.ts";
import type { WasmSource } from "../../shared/types.ts";
import type { Backend, Reports, Resolution } from "../backend.ts";
import type { Host } from "../host.ts";
import { resolveGiven } from "../wasm-backend.ts";
import { FileWorker } from "./file-worker.ts";
import { sink, web, webBackend } from "./web.ts";

interface Loaded {
  module: WebAssembly.Module;
  backend: Backend;
}

let loading: Promise<void> | undefined;
let loaded: Loaded | undefined;

/** Loads the module once; again if that failed. */
function init(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  loading ??= load(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(source: WasmSource | Promise<WasmSource> | undefined): Promise<void> {
  const module = await compile((await source) ?? new URL("../pithy-image.wasm", import.meta.url));
  await wasm.default({ module_or_path: module });
  loaded = { module, backend: webBackend(wasm) };
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  const response = typeof source === "string" || source instanceof URL ? await fetch(source) : source;
  if (!(response instanceof Response)) return WebAssembly.compile(response as BufferSource);
  if (!response.ok) throw new Error(`${response.url} cannot be loaded: ${response.status} ${response.statusText}.`);
  // Some servers do not know the media type of the file.
  const streams = response.headers.get("content-type")?.startsWith("application/wasm");
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

function ready(): Loaded {
  if (loaded) return loaded;
  throw new Error(
    "This call needs the core of pithy-image, which is not loaded yet. `await init()` before it, in a component of React within an effect; `resolve` and `resolveFiles` load it themselves, and `toJSON` does not need it.",
  );
}

async function resolveFiles(
  definition: string,
  given: GivenFiles,
  signal: AbortSignal,
  reports: Reports,
): Promise<Resolution> {
  await init();
  signal.throwIfAborted();
  const inWorker = await resolveInWorker(definition, given, signal, reports);
  if (inWorker) return inWorker;
  const files = await FileTree.of(placedOnce(given), given.about);
  return resolveGiven(wasm, definition, files, signal, reports, sink);
}

/** Resolves to `undefined` where a worker cannot do it. */
async function resolveInWorker(
  definition: string,
  { files, about, kept }: GivenFiles,
  signal: AbortSignal,
  reports: Reports,
): Promise<Resolution | undefined> {
  const there = kept && workers.get(kept.list);
  if (there && !there.isBroken) return there.use(() => there.resolve(definition, about, signal, reports));
  const worker = FileWorker.start(ready().module, kept !== undefined);
  return worker?.use(async () => {
    const hasFiles = await worker.send(files, signal).then(
      () => true,
      () => false,
    );
    if (kept && hasFiles) keep(worker, kept);
    else worker.letGo();
    signal.throwIfAborted();
    return hasFiles ? worker.resolve(definition, about, signal, reports) : undefined;
  });
}

/** The workers of lists of files that are kept. */
const workers = new WeakMap<object, FileWorker>();

function keep(worker: FileWorker, { list, until }: NonNullable<GivenFiles["kept"]>): void {
  workers.set(list, worker);
  whenAborted(until, () => {
    if (workers.get(list) === worker) workers.delete(list);
    worker.letGo();
  });
}

export const host: Host = {
  ...web,
  backend: () => ready().backend,
  isReady: () => loaded !== undefined,
  init,
  resolveFiles,
};
