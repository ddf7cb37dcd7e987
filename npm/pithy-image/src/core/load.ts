import { host } from "#host";
import { describeMistakes, must, optional } from "../shared/check.ts";
import type { BackendName, WasmSource } from "../shared/types.ts";

const SOURCE = optional(
  must(
    "the URL of the module, its bytes, a response or a `WebAssembly.Module`",
    (value) => typeof value === "string" || (typeof value === "object" && value !== null),
  ),
);

/**
 * Loads the core where that takes time: in a browser, where it is WebAssembly. Synchronous calls work after it; asynchronous
 * ones call it themselves. Further calls do nothing.
 *
 * @param source - The module, where a bundler does not include it: its URL, its bytes, a response, or the compiled
 *   `WebAssembly.Module`. Used only in a browser.
 *
 * @example
 * ```ts
 * await init();
 * buildPithyJauntImage().outline().dockerfile;
 * // FROM python:3.12.10-slim-bookworm
 * ```
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  const mistakes = SOURCE(source, "");
  if (mistakes.length > 0) throw new TypeError(describeMistakes(mistakes, "The argument of `init`"));
  return host.init(source);
}

/**
 * Which core is used: `native`, the addon for Node, or `wasm`, elsewhere and where there is no addon for the platform. Both
 * produce identical images. On Node, the environment variable `PITHY_IMAGE_BACKEND` forces one of them.
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
