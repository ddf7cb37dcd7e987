/** The WebAssembly module for Node, instantiated while it is imported. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { initSync } from "../../wasm/pithy-image.js";

export {
  check,
  outline,
  pithyJaunt,
  plan,
  Resolution,
  resolveAsync,
  resolveSync,
  snapshotName,
} from "../../wasm/pithy-image.js";

// The path is written in parts that file tracers can follow.
initSync({ module: new WebAssembly.Module(readFileSync(join(__dirname, "..", "pithy-image.wasm"))) });
