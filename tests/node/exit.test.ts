/** Work on files ends with the program that began it, and with its thread. */
import { closeSync, ftruncateSync, openSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { files, modules, node } from "./helpers.ts";

/** So large that no machine reads it while a test runs; there is nothing in it, so it takes no space. */
const SIZE = 2 ** 42;

/** A module that begins to read such a file, and goes on when its bytes are being hashed. */
function begun(): string {
  const root = files();
  const file = openSync(join(root, "huge"), "w");
  ftruncateSync(file, SIZE);
  closeSync(file);
  return `import { Image } from "pithy-image";
const image = Image.base("debian:12").addLocalFile("huge", "/huge");
await new Promise((begun) => {
  image.resolve({ root: ${JSON.stringify(root)}, onProgress: begun }).catch(() => {});
});
`;
}

/** A worker that is terminated when it has begun. */
const MAIN = `import { once } from "node:events";
import { Worker } from "node:worker_threads";
const worker = new Worker(new URL("./worker.mjs", import.meta.url));
await once(worker, "message");
await worker.terminate();
`;

const THROW = 'setTimeout(() => { throw new Error("unexpected"); });\n';

test.each<[string, number, () => Record<string, string>]>([
  ["a process ends when it exits", 7, () => ({ "main.mjs": `${begun()}process.exit(7);\n` })],
  ["a process ends when it throws", 1, () => ({ "main.mjs": begun() + THROW })],
  [
    "a thread ends when it is terminated",
    0,
    () => ({
      "main.mjs": MAIN,
      "worker.mjs": `${begun()}(await import("node:worker_threads")).parentPort.postMessage("begun");\n`,
    }),
  ],
])("%s, while it reads a huge file", async (_, expected, program) => {
  const { code, stderr } = await node([join(modules(program()), "main.mjs")]);
  expect(code, stderr).toBe(expected);
});
