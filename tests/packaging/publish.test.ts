/** What is published: its manifests, its types, and the names that its entries export. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { run } from "./process.ts";
import { freshProject, MAIN, PLATFORM, tool } from "./project.ts";

const TOP = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const BIN = join(TOP, "node_modules/.bin");
const tarball = (name: string) => inject("tarballs")[name] ?? name;
const PREVIEW = "pithy-image-preview";

/** Entries that have no types, as they are not modules: data, styles, and what bundlers turn into something else. */
const RAW = ["package.json", "pithy-image.wasm", "schema.json", "styles.css"];

test.each([MAIN, PLATFORM, PREVIEW])("publint finds nothing in %s", async (name) => {
  await run([join(BIN, "publint"), "run", tarball(name), "--strict"], inject("scratch"));
});

// The main package also in TypeScript's resolution for Node 10, which knows no `exports`: TypeScript 5 takes it for CommonJS.
test.each([
  [MAIN, "strict"],
  [PREVIEW, "esm-only"],
])("attw finds types for every module of %s, in every mode of resolution", async (name, profile) => {
  await run(
    [join(BIN, "attw"), tarball(name), "--profile", profile, "--exclude-entrypoints", ...RAW],
    inject("scratch"),
  );
});

test("an unknown package is refused before anything is changed", async () => {
  const application = mkdtempSync(join(inject("scratch"), "vendored-"));
  writeFileSync(join(application, "package.json"), "{}");
  const vendor = run(
    [process.execPath, join(TOP, "scripts/vendor.mjs"), application, "pithy-image-preveiw"],
    application,
  );
  await expect(vendor).rejects.toThrow("Unknown package: pithy-image-preveiw.");
  expect(readdirSync(application)).toEqual(["package.json"]);
});

/** What Windows refuses in a name: characters, an end, and the names of devices. */
const REFUSED = /[<>:"|?*\\]|[. ](?:\/|$)|(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:[./]|$)/i;

test.each([MAIN, PLATFORM, PREVIEW])("the files of %s have names that Windows accepts, each once", async (name) => {
  const { stdout } = await run(["tar", "tzf", tarball(name)], inject("scratch"));
  const files = stdout.trim().split("\n");
  expect(files.filter((file) => REFUSED.test(file))).toEqual([]);
  expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(files.length);
});

test("the program begins with the line that says what runs it, without a carriage return", async () => {
  const program = readFileSync(join(await unpacked(MAIN), "bin/pithy-image.mjs"), "utf8");
  expect(program).toMatch(/^#!\/usr\/bin\/env node\n/);
});

/** What a package has in it, unpacked. */
async function unpacked(name: string): Promise<string> {
  const directory = mkdtempSync(join(inject("scratch"), "unpacked-"));
  await run(["tar", "xzf", tarball(name)], directory);
  return join(directory, "package");
}

/** The crates that are linked into a library, as `name version`. */
async function linkedInto(crate: string, ...platform: string[]): Promise<string[]> {
  const args = ["--locked", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
  const { stdout } = await run(["cargo", "tree", "--package", crate, ...platform, ...args], TOP);
  const lines = stdout.split("\n").filter((line) => line && !line.includes(TOP));
  return lines.map((line) => line.replace(/^(\S+) v(\S+).*$/, "$1 $2"));
}

/** The packages whose code is in the JavaScript of a directory, as bundlers and licences in it say. */
function bundledInto(directory: string): string[] {
  const scripts = readdirSync(directory, { recursive: true })
    .map(String)
    .filter((path) => /\.[cm]?js$/.test(path));
  const text = scripts.map((path) => readFileSync(join(directory, path), "utf8")).join("\n");
  const regions = [...text.matchAll(/#region .*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//g)].map(([, name]) => name);
  const licences = [...text.matchAll(/@license (React)\s+(\S+?)(?:\.production)?\.js/g)].map(([, , file]) => file);
  return [...regions, ...licences].map((name) => name?.replace(/^react-jsx-runtime$/, "react") ?? "");
}

describe("the notices", () => {
  const BINARIES = {
    addon: ["pithy-image-node"],
    wasm: ["pithy-image-wasm", "--target", "wasm32-unknown-unknown"],
  } as const;

  /** What is in the static page of the preview. */
  const PAGE = [
    "@headless-tree/core",
    "@headless-tree/react",
    "@tanstack/react-virtual",
    "diff",
    "highlight.js",
    "lowlight",
  ];

  test.each([
    [PLATFORM, BINARIES.addon, []],
    [MAIN, BINARIES.wasm, PAGE],
    [PREVIEW, BINARIES.wasm, PAGE],
  ] as const)("of %s name all that is linked into it or bundled", async (name, [crate, ...platform], packages) => {
    const directory = await unpacked(name);
    const notices = readFileSync(join(directory, "THIRD-PARTY-NOTICES"), "utf8");
    const listed = [...notices.matchAll(/^(\S+) (\d\S*) \(/gm)].map(([, each, version]) => [
      each,
      `${each} ${version}`,
    ]);

    const crates = await linkedInto(crate, ...platform);
    expect(crates.length).toBeGreaterThan(10);
    expect(listed.map(([, both]) => both)).toEqual(expect.arrayContaining(crates));
    expect(listed.map(([each]) => each)).toEqual(expect.arrayContaining([...packages, ...bundledInto(directory)]));
    expect(notices).toContain("The Rust standard library");
    expect(notices).toContain("Permission is hereby granted, free of charge");
  });

  test("name the crates whose paths are left in the addon", async () => {
    const directory = await unpacked(PLATFORM);
    const notices = readFileSync(join(directory, "THIRD-PARTY-NOTICES"), "utf8");
    const addon = readFileSync(join(directory, "pithy-image.node"), "latin1");
    const paths = [...addon.matchAll(/\/registry\/src\/[^/]+\/([\w-]+?)-(\d+\.[\w.+-]+)\//g)];
    expect(paths.length).toBeGreaterThan(3);
    for (const [, crate, version] of paths) expect(notices).toContain(`\n${crate} ${version} (`);
  });
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
