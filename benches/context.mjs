// Compares the reading of local files with the Daytona SDK's in one run: `npm run bench:context [tree…]`. Prints medians; asserts
// nothing. `npm run bench:context wasm` measures WebAssembly alone; `curve`, time and memory for up to a million files.
//
// The trees are made below the temporary directory and removed again; `node_modules` is that of this repository. Each measurement is
// that of a process of its own, without the time to start it. The SDK's has one processor to itself, as it uses only one. The page
// cache holds the files: what is cold is the context cache.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { manyInBrowser } from "./browser.mjs";

const PAIRS = 5;
const TOP = dirname(import.meta.dirname);
const scratch = mkdtempSync(join(tmpdir(), "pithy-image-bench-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

/** A directory with as many files of a size, a hundred in each of its own. */
function files(count, size) {
  const top = join(scratch, `${count}x${size}`);
  for (let i = 0; i < count; i++) {
    const directory = join(top, "tree", String(Math.floor(i / 100)));
    if (i % 100 === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `${i}.txt`), randomBytes(size));
  }
  return top;
}

function oneFile(mebibytes) {
  const top = join(scratch, `${mebibytes}-mebibytes`);
  mkdirSync(join(top, "tree"), { recursive: true });
  const file = openSync(join(top, "tree/one"), "w");
  for (let i = 0; i < mebibytes; i++) writeSync(file, randomBytes(2 ** 20));
  closeSync(file);
  return top;
}

/** The trees, each in a directory of a root. */
const TREES = {
  "one 1 GiB file": () => [oneFile(1024), "tree"],
  "10,000 x 4 KiB": () => [files(10_000, 4096), "tree"],
  "100,000 x 1 KiB": () => [files(100_000, 1024), "tree"],
  node_modules: () => [TOP, "node_modules"],
};

const inProcess = (code, { pinned = false, env = {} } = {}) => {
  const node = [process.execPath, "--input-type=module", "--eval", code];
  const [command, ...args] = pinned ? ["taskset", "-c", "0", ...node] : node;
  const cwd = import.meta.dirname;
  return JSON.parse(execFileSync(command, args, { encoding: "utf8", cwd, env: { ...process.env, ...env } }));
};

const TIMER = "const now = performance.now.bind(performance);";

const sdk = (root, tree) =>
  inProcess(
    `import { createRequire } from "node:module";
     import { dirname, join } from "node:path";
     const require = createRequire(join(process.cwd(), "x"));
     const { ObjectStorage } = require(join(dirname(require.resolve("@daytonaio/sdk")), "ObjectStorage.js"));
     const storage = Object.create(ObjectStorage.prototype);
     ${TIMER} const started = now();
     await storage.computeHashForPathMd5(${JSON.stringify(join(root, tree))}, ${JSON.stringify(tree)});
     console.log(JSON.stringify([now() - started]));`,
    { pinned: true },
  );

/** Milliseconds to the digest, and from there to the ref; and the bytes of memory that it took beyond the loaded addon. */
const ours = (root, tree, cache, env = {}) =>
  inProcess(
    `import { backend, Image } from "pithy-image";
     backend(); Image.base("scratch").resolveSync();
     const before = process.memoryUsage.rss();
     const image = Image.base("scratch").addLocalDir(${JSON.stringify(tree)}, "/tree", { exclude: ["pithy-image*", "@pithy-image", "!.git"] });
     ${TIMER} const started = now();
     const resolved = await image.resolve({ root: ${JSON.stringify(root)} });
     resolved.imageDigest;
     const digest = now() - started;
     resolved.snapshotRef;
     const ref = now() - started;
     console.log(JSON.stringify([digest, ref, process.resourceUsage().maxRSS * 1024 - before]));`,
    { env: { PITHY_IMAGE_CACHE: cache, ...env } },
  );

/** With WebAssembly, on Node and in Chromium. */
async function withWebAssembly() {
  const [count, size] = [20_000, 4096];
  const root = files(count, size);
  const node = Array.from({ length: PAIRS }, () => ours(root, "tree", scratch, { PITHY_IMAGE_BACKEND: "wasm" }));
  const pages = await manyInBrowser(PAIRS, count, size);
  const column = (runs, index) => median(runs.map((values) => values[index]));
  console.log(`20,000 x 4 KiB with WebAssembly`);
  console.log(`  Node, digest              ${ms(column(node, 0)).padStart(11)}   and ref: ${ms(column(node, 1))}`);
  const [took, blocked] = ["took", "blocked"].map((part) => ms(column(pages, part)));
  console.log(`  Chromium, digest and ref  ${took.padStart(11)}   the page's thread blocked for at most ${blocked}\n`);
  rmSync(root, { recursive: true });
}

const limit = (root, tree) => {
  const program = join(TOP, "target/release/examples/limit");
  return execFileSync(program, [join(root, tree)], { encoding: "utf8" })
    .trim()
    .split(" ")
    .map(Number);
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const ms = (value) => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;

function row(name, value, theirs, least) {
  const times = `${(theirs / value).toFixed(value > theirs / 10 ? 2 : 0)} x the SDK`;
  const of = least === undefined ? "" : `${(value / least).toFixed(2)} of the limit`;
  console.log(`  ${name.padEnd(26)}${ms(value).padStart(10)}   ${times.padEnd(18)}${of}`);
}

async function measure(name, make) {
  const [root, tree] = make();
  await sleep(3000); // what changed just before counts as changing still
  const runs = { sdk: [], cold: [], warm: [], limit: [] };
  for (let pair = 0; pair < PAIRS; pair++) {
    const cache = join(scratch, "cache");
    runs.sdk.push(sdk(root, tree));
    runs.cold.push(ours(root, tree, cache));
    runs.warm.push(ours(root, tree, cache));
    runs.limit.push(limit(root, tree));
    rmSync(cache, { recursive: true, force: true });
  }
  const column = (kind, index) => median(runs[kind].map((values) => values[index]));
  const [theirs, sha, md5] = [column("sdk", 0), column("limit", 0), column("limit", 1)];
  console.log(`${name}: the SDK ${ms(theirs)}; the limit ${ms(sha)}, and ${ms(md5)} for the MD5`);
  row("source digest, cold", column("cold", 0), theirs, sha);
  row("snapshot ref, cold", column("cold", 1), theirs, sha + md5);
  row("unchanged, digest and ref", column("warm", 1), theirs);
  console.log(`  memory, cold               ${(column("cold", 2) / 2 ** 20).toFixed(1)} MiB\n`);
  if (root !== TOP) rmSync(root, { recursive: true });
}

/** Time and memory by the number of files: one run of each. */
async function curve() {
  for (const count of [1_000, 10_000, 100_000, 1_000_000]) {
    const root = files(count, 64);
    await sleep(3000);
    const cache = join(scratch, "cache");
    const [cold, warm] = [ours(root, "tree", cache), ours(root, "tree", cache)];
    const perFile = (milliseconds) => `${((milliseconds * 1000) / count).toFixed(1)} µs a file`;
    console.log(`${count.toLocaleString("en-US")} files of 64 bytes`);
    for (const [name, [, ref, bytes]] of Object.entries({ cold, unchanged: warm })) {
      const memory = `${(bytes / 2 ** 20).toFixed(0)} MiB, ${((bytes - 32 * 2 ** 20) / count).toFixed(0)} B a file beyond 32 MiB`;
      console.log(`  ${name.padEnd(26)}${ms(ref).padStart(10)}   ${perFile(ref).padEnd(18)}${memory}`);
    }
    rmSync(root, { recursive: true });
    rmSync(cache, { recursive: true, force: true });
  }
}

execFileSync("cargo", ["build", "--release", "--package", "pithy-image-fs", "--example", "limit"], {
  cwd: TOP,
  stdio: "inherit",
});
const chosen = process.argv.slice(2);
console.log(`medians of ${PAIRS} on ${availableParallelism()} processors, Node ${process.version}\n`);
if (chosen.includes("curve")) await curve();
if (!chosen.length || chosen.includes("wasm")) await withWebAssembly();
for (const [name, make] of Object.entries(TREES))
  if (!chosen.length || chosen.includes(name)) await measure(name, make);
