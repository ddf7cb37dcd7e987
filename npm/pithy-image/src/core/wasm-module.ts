/** The WebAssembly module for Node, instantiated while it is imported, and the disk for it: programs that have the addon need neither. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { initSync } from "../../wasm/pithy-image.js";

export {
  check,
  lintDockerfile,
  mask,
  outline,
  pithyJaunt,
  plan,
  Resolution,
  resolveAsync,
  resolveSync,
  snapshotName,
} from "../../wasm/pithy-image.js";

export { AsyncDisk, Disk, DiskSink } from "./disk.ts";

// The path is written in parts that file tracers can follow.
initSync({ module: new WebAssembly.Module(readFileSync(join(__dirname, "..", "pithy-image.wasm"))) });
