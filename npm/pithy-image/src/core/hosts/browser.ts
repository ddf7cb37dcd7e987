import * as wasm from "../../../wasm/pithy-image.js";
import { FileTree, type GivenFiles } from "../../files/file-tree.ts";
import { inTurns } from "../../files/turns.ts";
import type { WasmSource } from "../../shared/types.ts";
import type { Backend, Reports, Resolution } from "../backend.ts";
import type { Host } from "../host.ts";
import { resolveGiven } from "../wasm-backend.ts";
import { resolvedElsewhere, sink, web, webBackend } from "./web.ts";
import type { Job, WorkerMessage } from "./worker.ts";

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
  const { files, ...about } = given;
  const job = { module: ready().module, definition, given: about, count: files.length };
  const inWorker = await resolveInWorker(job, files, signal, reports);
  return inWorker ?? resolveGiven(wasm, definition, await FileTree.of(given), signal, reports, sink);
}

/** Resolves to `undefined` where there is no worker: a policy, a bundler or an old browser may prevent it. */
function resolveInWorker(
  job: Job,
  files: GivenFiles["files"],
  signal: AbortSignal,
  reports: Reports,
): Promise<Resolution | undefined> {
  return new Promise((resolve, reject) => {
    const worker = startWorker();
    if (!worker) return resolve(undefined);
    const sending = new AbortController();
    const abort = () => end(() => reject(signal.reason));
    const end = (settle: () => void) => {
      sending.abort();
      worker.terminate();
      signal.removeEventListener("abort", abort);
      settle();
    };
    signal.addEventListener("abort", abort);
    worker.addEventListener("error", () => end(() => resolve(undefined)));
    worker.addEventListener("message", ({ data }: MessageEvent<WorkerMessage>) => {
      if ("counts" in data) reports(data.work)?.(data.counts);
      else if ("answer" in data) end(() => resolve(resolvedElsewhere(data)));
      else end(() => reject(new Error(data.error)));
    });
    // If one of the files is not a native one, a message cannot carry it.
    send(worker, job, files, sending.signal).catch(() => end(() => resolve(undefined)));
  });
}

async function send(worker: Worker, job: Job, files: GivenFiles["files"], signal: AbortSignal): Promise<void> {
  worker.postMessage(job);
  for await (const some of inTurns(files, signal)) worker.postMessage(some);
}

function startWorker(): Worker | undefined {
  try {
    return new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });
  } catch {
    return undefined;
  }
}

export const host: Host = {
  ...web,
  backend: () => ready().backend,
  isReady: () => loaded !== undefined,
  init,
  resolveFiles,
};
