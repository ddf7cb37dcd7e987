/** What is published: its manifests, its types, and the names that its entries export. */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { run } from "./process.ts";
import { freshProject, MAIN, PLATFORM, tool } from "./project.ts";

const BIN = fileURLToPath(new URL("../../node_modules/.bin", import.meta.url));
const tarball = (name: string) => inject("tarballs")[name] ?? name;
const PREVIEW = "pithy-image-preview";

/** Entries that have no types, as they are no modules: data, styles, and what bundlers turn into something else. */
const RAW = ["package.json", "pithy-image.wasm", "schema.json", "styles.css"];

test.each([MAIN, PLATFORM, PREVIEW])("publint finds nothing in %s", async (name) => {
  await run([join(BIN, "publint"), "run", tarball(name), "--strict"], inject("scratch"));
});

// Not TypeScript's resolution for Node 10: it knows no `exports`, and the package needs Node 20.
test.each([
  [MAIN, "node16"],
  [PREVIEW, "esm-only"],
])("attw finds types for every module of %s, in every mode of resolution", async (name, profile) => {
  await run(
    [join(BIN, "attw"), tarball(name), "--profile", profile, "--exclude-entrypoints", ...RAW],
    inject("scratch"),
  );
});

describe.each([MAIN, `${MAIN}/daytona`])("%s exports the same names", (entry) => {
  let cwd: string;
  let names: string[];
  beforeAll(async () => {
    cwd = await freshProject(["esbuild"]);
    names = Object.keys(createRequire(join(cwd, "x.cjs"))(entry)).sort();
    expect(names.length).toBeGreaterThan(2);
  });

  // `default` is what is left without any of the others.
  test.each(["edge-light", "workerd", "browser", "node", "default"])("under the condition %s", async (condition) => {
    const module = join(cwd, `${condition}.mjs`);
    writeFileSync(module, `export * from "${entry}";\n`);
    const platform = condition === "node" ? "node" : "neutral";
    const conditions = `--conditions=${condition},import`;
    const options = [
      "--bundle",
      "--format=esm",
      "--external:*.wasm?module",
      "--external:*.cjs",
      "--metafile=meta.json",
    ];
    await run([tool("esbuild"), module, ...options, `--platform=${platform}`, conditions, "--outdir=out"], cwd);
    const { outputs } = JSON.parse(readFileSync(join(cwd, "meta.json"), "utf8"));
    expect(outputs[`out/${condition}.js`].exports.sort()).toEqual(names);
  });
});
