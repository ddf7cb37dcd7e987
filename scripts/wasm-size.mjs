// Prints the sizes of the WebAssembly module as it is stored and as it travels, and fails if that is too much.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** Bytes, in brotli's best quality: what a page of a preview is expected to fetch without a second thought. */
const LIMIT = 200 * 1024;

const module = readFileSync(new URL("../npm/pithy-image/wasm/pithy-image.wasm", import.meta.url));
const gzip = gzipSync(module, { level: constants.Z_BEST_COMPRESSION }).length;
const brotli = brotliCompressSync(module, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
console.log(`wasm: ${module.length} bytes, gzip ${gzip}, brotli ${brotli} of at most ${LIMIT}`);
if (brotli > LIMIT) process.exitCode = 1;
