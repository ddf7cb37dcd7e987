import { resolve } from "node:path";
import type { Files } from "../../files/listing.ts";
import { mapPlaces } from "../../shared/call-site.ts";
import { meantBy } from "../../shared/check.ts";
import { PithyImageError } from "../../shared/errors.ts";
import type { BackendName } from "../../shared/types.ts";
import type { Backend } from "../backend.ts";
import type { AsyncDisk, Disk, DiskSink, Refuse } from "../disk.ts";
import type { Host } from "../host.ts";
import { absolutePath, localPaths } from "../local-path.ts";
import native from "../native.cjs";
import { sourcePlace } from "../source-place.ts";
import { resolveGiven, type Sources, type Surroundings, type Wasm, wasmBackend } from "../wasm-backend.ts";

interface Core {
  name: BackendName;
  backend: Backend;
}

let loaded: Core | undefined;

/** The core, loaded when it is first needed: importing the package does not load it. */
function core(): Core {
  loaded ??= load(process.env.PITHY_IMAGE_BACKEND || undefined);
  return loaded;
}

function load(forced: string | undefined): Core {
  if (forced === "wasm") return wasm();
  if (forced !== undefined && forced !== "native") {
    const meant = meantBy(forced, ["native", "wasm"]);
    const question = meant === undefined ? "" : `Did you mean \`${meant}\`? `;
    throw invalidVariable("PITHY_IMAGE_BACKEND", forced, `${question}Set it to \`native\` or \`wasm\`, or unset it.`);
  }
  try {
    return { name: "native", backend: native.load() as Backend };
  } catch (error) {
    if (forced) throw error;
    const { message } = error as Error;
    const core = insteadOfAddon(message);
    host.warn(`${message}\nUsing WebAssembly instead: slower, with identical results.`, "PITHY_IMAGE_SLOW");
    return core;
  }
}

/** WebAssembly; where there is none, it is said as well why there is no addon. */
function insteadOfAddon(reason: string): Core {
  try {
    return wasm();
  } catch (error) {
    if (native.isInPackage()) (error as Error).message = `${reason}\n${(error as Error).message}`;
    throw error;
  }
}

const wasm = (): Core => ({ name: "wasm", backend: wasmBackend(wasmModule(), surroundings) });

/** The WebAssembly module, and the disk for it. */
interface WasmModule extends Wasm {
  readonly Disk: typeof Disk;
  readonly AsyncDisk: typeof AsyncDisk;
  readonly DiskSink: typeof DiskSink;
}

/** The WebAssembly module. Neither it nor the addon is in a bundle of JavaScript. */
function wasmModule(): WasmModule {
  try {
    return native.loadWasm() as WasmModule;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(native.isInPackage() ? withoutWasm(message) : `${BUNDLED}\n  ${message}`, { cause: error });
  }
}

/** Why there is only the addon: the package was built so, or some of its files were not deployed. */
function withoutWasm(reason: string): string {
  const [first = ""] = reason.split("\n");
  const forced = process.env.PITHY_IMAGE_BACKEND === "wasm" ? " To use the addon, unset `PITHY_IMAGE_BACKEND`." : "";
  return `pithy-image has no WebAssembly module:\n  ${first}\nInstall the package again, or deploy all of its files; in its sources, run \`npm run build\` without \`--native\`.${forced}`;
}

const BUNDLED = `The core of pithy-image cannot be loaded: its files are not where the package has them. Leave pithy-image out of the bundle: with \`withPithyImage\` of "pithy-image/next" for Next.js, \`--external:pithy-image\` for esbuild, \`external\` for tsup, \`externals\` for webpack.`;

/** The error for an environment variable of this package. It is no problem of an image. */
function invalidVariable(name: string, value: string, hint: string): PithyImageError {
  const message = `Invalid \`${name}\`: \`${value}\`.`;
  return new PithyImageError([{ code: "wrong_type", path: "", message, hint }], `${message}\n${hint}`);
}

const surroundings: Surroundings = {
  sources(definition, root = ".") {
    if (!needsFiles(definition)) return NO_SOURCES;
    const { Disk, AsyncDisk } = wasmModule();
    return { synchronous: new Disk(root, refuse), asynchronous: new AsyncDisk(root, refuse) };
  },
  sink: (cache) => new (wasmModule().DiskSink)(cache, refuse),
};

const refuse: Refuse = (problem) => {
  throw new PithyImageError([problem]);
};

/** Whether a definition needs local files; otherwise it needs no root. */
function needsFiles(definition: string): boolean {
  const { check, outline } = wasmModule();
  const answer = outline(definition) as { ok?: { needs: unknown[] } };
  // A definition that is too long for a Dockerfile is right, has no outline, and may need files.
  return answer.ok ? answer.ok.needs.length > 0 : "ok" in (check(definition) as object);
}

const NO_FILES: Files = { list: () => "[]", read: () => new Uint8Array(), hash: () => [] };
const NO_SOURCES: Sources = { synchronous: NO_FILES, asynchronous: NO_FILES };

mapPlaces(sourcePlace);

export const host: Host = {
  backend: () => core().backend,
  isReady: () => true,
  backendName: () => core().name,
  async init() {
    core();
  },
  async resolveFiles(definition, given, signal, reports) {
    const { FileTree, placedOnce } = await import("../../files/file-tree.ts");
    const files = await FileTree.of(placedOnce(given), given.about);
    return resolveGiven(wasmModule(), definition, files, signal, reports, surroundings.sink);
  },
  // Resolved during the call: the addon would see another current directory if the program changes it before a thread
  // starts, and would not see the environment of a worker.
  absoluteRoot(root) {
    const given = root ?? (process.env.PITHY_IMAGE_ROOT || ".");
    const path = typeof given === "string" || given instanceof URL ? absolutePath(String(given)) : undefined;
    if (path !== undefined) return path;
    const hint = "Pass the path of a directory, or its `file:` URL.";
    throw new PithyImageError([{ code: "invalid_root", path: "", message: `The root is not a path: ${given}.`, hint }]);
  },
  localPaths,
  isStrict() {
    const value = process.env.PITHY_IMAGE_STRICT;
    if (value === "1") return true;
    if (value === undefined || value === "" || value === "0") return false;
    throw invalidVariable("PITHY_IMAGE_STRICT", value, "Set it to `1`, or unset it.");
  },
  readPacked: async (context, size) => (await import("../packed-context.ts")).readPacked(context, size),
  cacheDirectory: () => (process.env.PITHY_IMAGE_CACHE ? resolve(process.env.PITHY_IMAGE_CACHE) : undefined),
  soon: setImmediate,
  warn(message, code) {
    process.emitWarning(message, { type: "PithyImageWarning", code });
  },
};
