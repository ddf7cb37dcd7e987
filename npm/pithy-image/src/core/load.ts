import { host } from "#host";
import type { BackendName, WasmSource } from "../shared/types.ts";

/**
 * Loads the core where that takes time: in a browser, where it is WebAssembly. After it, synchronous calls work; those
 * that answer promises call it themselves. Further calls do nothing.
 *
 * @param source - The module, where a bundler does not bring it by itself: its address, its bytes, a response, or the
 *   compiled `WebAssembly.Module`. Only a browser takes it.
 *
 * @example
 * ```ts
 * await init();
 * buildPithyJauntImage().outline().dockerfile;
 * // FROM python:3.12.10-slim-bookworm
 * ```
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  return host.init(source);
}

/**
 * Which core is at work: `native`, the addon for Node, or `wasm`, elsewhere and where there is no addon for the platform.
 * Both give the same images, to the byte. The environment variable `PITHY_IMAGE_BACKEND` forces one of them on Node.
 *
 * @example
 * ```ts
 * backend();
 * // native
 * ```
 */
export function backend(): BackendName {
  return host.backendName();
}
