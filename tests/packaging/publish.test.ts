/** What is published: its manifests, and the names of its entries. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject, test } from "vitest";
import { run } from "./process.ts";
import { MAIN, PLATFORM } from "./project.ts";

const BIN = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));
const tarball = (name: string) => inject("tarballs")[name] ?? name;

/** Entries that are no modules: they have no types. */
const RAW = ["schema.json", "pithy-image.wasm", "package.json"];

test.each([MAIN, PLATFORM])("publint finds nothing in %s", async (name) => {
  await run([join(BIN, "publint"), "run", tarball(name), "--strict"], inject("scratch"));
});

test("attw finds types for every module, in every mode of resolution", async () => {
  await run([join(BIN, "attw"), tarball(MAIN), "--profile", "node16", "--exclude-entrypoints", ...RAW], inject("scratch"));
});
