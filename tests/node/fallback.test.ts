/** Node without the addon: what WebAssembly and a reader over `node:fs` do otherwise. */
import { existsSync, mkdtempSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { backend, Image } from "pithy-image";
import { describe, expect, test, vi } from "vitest";
import { errorOf, files, modules, node, rejectionOf } from "./helpers.ts";

const base = Image.base("debian:12");

test("WebAssembly is at work", () => {
  expect(backend()).toBe("wasm");
});

test("PITHY_IMAGE_BACKEND takes two names, and says so", async () => {
  const script = 'import { backend } from "pithy-image"; console.log(backend());';
  const cwd = modules({ "main.mjs": script });
  for (const name of ["native", "wasm"]) {
    const outcome = await node(["main.mjs"], { cwd, env: { PITHY_IMAGE_BACKEND: name } });
    expect(outcome).toEqual({ code: 0, stdout: `${name}\n`, stderr: "" });
  }
  const { code, stderr } = await node(["main.mjs"], { cwd, env: { PITHY_IMAGE_BACKEND: "rust" } });
  expect(code).toBe(1);
  expect(stderr).toContain("Invalid `PITHY_IMAGE_BACKEND`: `rust`.\nSet it to `native` or `wasm`, or unset it.");
});

describe("packing", () => {
  test("is into a private directory below PITHY_IMAGE_CACHE, one a process", () => {
    const cache = join(files(), "deep/cache");
    vi.stubEnv("PITHY_IMAGE_CACHE", cache);
    const packed = ["a", "b"].map((text) => base.addFile("/a", text).resolveSync().packSync()[0]);
    vi.unstubAllEnvs();
    const [directory, ...others] = readdirSync(cache);
    expect(others).toEqual([]);
    expect(packed.every((context) => context?.sourcePath.startsWith(join(cache, directory ?? "", "ctx")))).toBe(true);
    expect(statSync(join(cache, directory ?? "")).mode & 0o777).toBe(0o700);
  });

  test("leaves nothing behind when the process ends", async () => {
    const cache = mkdtempSync(join(tmpdir(), "pithy-image-cache-"));
    const script = `import { Image } from "pithy-image";
      console.log(Image.base("a:1").addFile("/a", "a").resolveSync().packSync()[0].sourcePath);`;
    const { stdout, stderr } = await node(["main.mjs"], {
      cwd: modules({ "main.mjs": script }),
      env: { PITHY_IMAGE_CACHE: cache },
    });
    expect(stderr).toBe("");
    expect(stdout).toContain(cache);
    expect(existsSync(stdout.trim())).toBe(false);
    expect(readdirSync(cache)).toEqual([]);
  });

  test("that is aborted in the middle of a file leaves no part of it", async () => {
    const root = files({ large: new Uint8Array(64 * 1024 * 1024) });
    const cache = files();
    vi.stubEnv("PITHY_IMAGE_CACHE", cache);
    const resolved = await base.addLocalFile("large", "/large").resolve({ root });
    const aborting = new AbortController();
    const packing = resolved.pack({ signal: aborting.signal });
    vi.unstubAllEnvs();
    const parts = () => readdirSync(cache, { recursive: true }).filter((name) => String(name).endsWith(".part"));
    while (parts().length === 0) await new Promise((done) => setTimeout(done, 1));
    aborting.abort(new Error("enough"));
    expect(await rejectionOf(packing)).toMatchObject({ message: "enough" });
    expect(parts()).toEqual([]);
    const [context] = await resolved.pack();
    expect(statSync(context?.sourcePath ?? "").size).toBe(64 * 1024 * 1024);
  });

  test("of files that were given has to be waited for, and says so", async () => {
    const bytes = new TextEncoder().encode("hi");
    const resolved = await base.addLocalFile("a", "/a").resolveFiles([{ path: "a", bytes }]);
    expect(errorOf(() => resolved.packSync()).message).toContain("await resolved.pack()");
    const [context] = await resolved.pack();
    expect(dirname(context?.sourcePath ?? "")).toContain("ctx");
  });
});
