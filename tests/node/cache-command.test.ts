/** `pithy-image cache`: what it says, and what it removes. */
import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { backend, Image } from "pithy-image";
import { expect, test, vi } from "vitest";
import { CLI, files, node, resultOf, run, write } from "./helpers.ts";

interface Report {
  path: string;
  contexts: number;
  bytes: number;
  inUse: number;
  removed: string[];
}

const NO_LEFTOVERS = { leftovers: 0, freedLeftovers: 0 };

/** A cache with a packed context, which this process uses. */
function cached() {
  const [root, cache] = [files({ "app/file": "text" }), files()];
  vi.stubEnv("PITHY_IMAGE_CACHE", cache);
  const resolved = Image.base("debian:12").addLocalDir("app", "/app").resolveSync({ root });
  const [context] = resolved.packSync();
  const run = (...args: string[]) => node([CLI, "cache", ...args], { env: { PITHY_IMAGE_CACHE: cache } });
  const report = async (name: string) => resultOf<Report>(await run(name, "--json"));
  return { cache, resolved, path: context?.sourcePath ?? "", run, report };
}

test.runIf(backend() === "native")("says what is there, and removes only what nobody uses", async () => {
  const { cache, resolved, report, run } = cached();
  expect(await report("info")).toMatchObject({ path: join(cache, "v1"), contexts: 1, inUse: 1, removed: [] });
  expect(await report("clear")).toMatchObject({ contexts: 1, removed: [] });
  const { stdout } = await run("info");
  expect(stdout).toMatch(/^path +\/.*\ncontexts +1, [\d.]+ KiB, 1 in use\nknown files +0\n$/);
  expect(resolved.contexts).toHaveLength(1); // it is in use until here
});

test.runIf(backend() === "native")("makes nothing where there is no cache", async () => {
  const directory = files({ file: "text" });
  const run = (cache: string, name: string) =>
    node([CLI, "cache", name, "--json"], { env: { PITHY_IMAGE_CACHE: join(directory, cache) } });
  for (const name of ["info", "prune", "clear", "verify"]) {
    const nothing = {
      contexts: 0,
      bytes: 0,
      inUse: 0,
      knownFiles: 0,
      removed: [],
      freed: 0,
      broken: [],
      ...NO_LEFTOVERS,
    };
    expect(resultOf(await run("none", name))).toEqual({ path: join(directory, "none/v1"), ...nothing });
    expect(resultOf(await run(".", name))).toEqual({ path: join(directory, "v1"), ...nothing });
  }
  expect(readdirSync(directory)).toEqual(["file"]);
  const { code, stdout } = await run("file", "info");
  expect(code).toBe(2);
  expect(stdout).toContain("The context cache cannot be used");
});

test.runIf(backend() === "native")("finds what is broken", async () => {
  const { cache, path, report, run } = cached();
  writeFileSync(path, "broken");
  // Another process has made it: nobody uses it.
  for (const lease of readdirSync(join(cache, "v1/leases"))) writeFileSync(join(cache, "v1/leases", lease), "");
  expect((await run("verify")).stdout).toMatch(/\nremoved +1, 6 B\n +ctx\/[0-9a-f]{32}\/tree\.tar\n$/);
  expect(await report("info")).toMatchObject({ contexts: 0 });
});

test.runIf(backend() === "native")("says what is broken and in use, and fails", async () => {
  const { resolved, path, run } = cached();
  writeFileSync(path, "broken");
  const { code, stdout } = await run("verify");
  expect(code).toBe(1);
  expect(stdout).toMatch(/\nremoved +0, 0 B\nbroken +1, kept since in use\n +ctx\/[0-9a-f]{32}\/tree\.tar\n +Packing/);
  const printed = JSON.parse((await run("verify", "--json")).stdout);
  const broken = resolved.contexts.map(({ archivePath }) => archivePath); // it is in use until here
  expect(printed).toMatchObject({ ok: false, result: { removed: [], broken }, error: { code: "cache_broken" } });
  resolved.packSync();
  expect((await run("verify")).code).toBe(0);
  expect(resolved.contexts).toHaveLength(1);
});

/** Root may read everything: it drops that. */
const UNPRIVILEGED =
  process.getuid?.() === 0
    ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all", process.execPath]
    : [process.execPath];

test.runIf(backend() === "native")("fails where it may not read, instead of finding nothing", async () => {
  const { cache, path, resolved } = cached();
  const [program = "", ...args] = UNPRIVILEGED;
  for (const directory of ["v1/ctx", "v1/known", "v1/index", "v1/leases", "v1", relative(cache, dirname(path)), "."]) {
    const closed = join(cache, directory);
    for (const name of ["info", "prune", "clear", "verify"]) {
      chmodSync(closed, 0o300);
      const { code, stderr } = await run(program, [...args, CLI, "cache", name], { env: { PITHY_IMAGE_CACHE: cache } });
      chmodSync(closed, 0o700);
      if (directory === ".")
        expect(code).toBe(0); // it need not be listed
      else {
        expect(code).toBe(2);
        expect(stderr).toContain(`The context cache cannot be read: \`${closed}\`: permission denied.\n`);
        expect(stderr).toContain(`chmod -R u+rwX ${join(cache, "v1")}`);
      }
    }
  }
  expect(resolved.contexts).toHaveLength(1); // it is in use until here
  expect(existsSync(path)).toBe(true);
});

test.runIf(backend() === "native")("no other cache takes the place of one that cannot be read", async () => {
  const home = files({ "cache/pithy-image/v1/": "" });
  chmodSync(join(home, "cache/pithy-image"), 0);
  const [program = "", ...args] = UNPRIVILEGED;
  const env = { PITHY_IMAGE_CACHE: "", XDG_CACHE_HOME: join(home, "cache") };
  const { code, stderr } = await run(program, [...args, CLI, "cache", "info"], { env });
  chmodSync(join(home, "cache/pithy-image"), 0o700);
  expect(code).toBe(2);
  expect(stderr).toContain(
    `The context cache cannot be used: \`${join(home, "cache/pithy-image")}\`: permission denied.`,
  );
});

test.runIf(backend() === "native")("counts and clears what a killed process left behind", async () => {
  const { cache, resolved, report, run } = cached();
  write(join(cache, "v1"), { "tmp-killed/tree.tar": "x".repeat(2048), "tmp-index": "x".repeat(1024) });
  expect((await run("info")).stdout).toMatch(/\nleft behind +3\.0 KiB, by killed processes\n$/);
  expect(await report("info")).toMatchObject({ leftovers: 3072, freedLeftovers: 0 });
  expect((await run("clear")).stdout).toMatch(/\nremoved +0, 0 B\n +what killed processes left behind, 3\.0 KiB\n$/);
  expect(await report("info")).toMatchObject({ contexts: 1, ...NO_LEFTOVERS });
  expect(resolved.contexts).toHaveLength(1); // it is in use until here
});

test.runIf(backend() === "wasm")("is only for the addon", async () => {
  const { code, stderr } = await node([CLI, "cache", "info"], { env: { PITHY_IMAGE_BACKEND: "wasm" } });
  expect(code).toBe(2);
  expect(stderr).toContain("WebAssembly keeps no cache");
});
