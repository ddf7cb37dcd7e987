/** Both bindings have the same functions. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOP } from "./helpers.ts";

const require = createRequire(join(TOP, "npm/pithy-image/dist/node/native.cjs"));
type Exports = Record<string, unknown>;
const { load, loadWasm } = require("./native.cjs") as { load: () => Exports; loadWasm: () => Exports };

/** The names of a class's members, except for those that every class of wasm-bindgen has. */
const members = (value: unknown): string[] =>
  Object.getOwnPropertyNames((value as { prototype?: object }).prototype ?? {})
    .filter((name) => !["constructor", "free", "__destroy_into_raw"].includes(name))
    .sort();

test("they export the same names, except for the addon's switch and cache, and the other's disk, and their classes have the same members", () => {
  const [native, wasm] = [load(), loadWasm()];
  const own = Object.keys(native)
    .filter((name) => !["default", "Canceller", "keepUp"].includes(name))
    .sort();
  const disk = ["AsyncDisk", "Disk", "DiskSink"];
  expect(Object.keys(wasm).sort()).toEqual([...disk, ...own].sort());
  expect(own.length).toBeGreaterThan(6);
  for (const name of own) expect([name, members(wasm[name])]).toEqual([name, members(native[name])]);
});
