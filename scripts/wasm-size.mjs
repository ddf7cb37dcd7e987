// Prints the sizes of the WebAssembly module as it is stored and as it travels, and the change against what the last commit
// records. Fails above the limit. `--record` writes the sizes down, to be committed.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { TOP } from "./checks.mjs";

/** Bytes, in brotli's best quality: what a page of a preview is expected to fetch without a second thought. */
const LIMIT = 320 * 1024;

const RECORD = "scripts/wasm-size.json";

/** The sizes that the last commit records; none before the first. */
function recorded() {
  try {
    return JSON.parse(execFileSync("git", ["show", `HEAD:${RECORD}`], { cwd: TOP, encoding: "utf8", stdio: "pipe" }));
  } catch {
    return {};
  }
}

const module = readFileSync(join(TOP, "npm/pithy-image/wasm/pithy-image.wasm"));
const sizes = {
  stored: module.length,
  gzip: gzipSync(module, { level: constants.Z_BEST_COMPRESSION }).length,
  brotli: brotliCompressSync(module, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
};
const before = recorded();
const change = (name) => {
  const bytes = sizes[name] - (before[name] ?? sizes[name]);
  return `${name} ${sizes[name]} (${bytes < 0 ? "" : "+"}${bytes})`;
};
console.log(`wasm: ${Object.keys(sizes).map(change).join(", ")}; brotli is ${LIMIT} at most`);
if (process.argv.includes("--record")) writeFileSync(join(TOP, RECORD), `${JSON.stringify(sizes, null, 2)}\n`);
if (sizes.brotli > LIMIT) process.exitCode = 1;
