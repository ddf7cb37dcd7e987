/** Vite and esbuild: pages that Chromium opens, and programs for Node. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startChromium } from "../chromium.ts";
import { visit } from "./browser.ts";
import { expectIdentity } from "./identity.ts";
import { type Command, run, serve } from "./process.ts";
import { freshProject, tool } from "./project.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser?.close());

/** Opens the page of a server, and ends both. Answers what the page complained of. */
async function expectPage(cwd: string, command: (port: string) => Command): Promise<readonly string[]> {
  const server = await serve(command, cwd);
  onTestFinished(() => server.stop());
  const { output, complaints } = await visit(browser, server.url);
  expectIdentity(JSON.parse(output ?? ""), "wasm");
  return complaints;
}

describe.each(["vite-8", "vite-7"])("%s", (project) => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await freshProject(["vite", project]);
  });
  const vite = (...args: string[]) => [tool("vite"), ...args, "--host", "127.0.0.1", "--strictPort", "--port"] as const;

  test("a page that was built", async () => {
    await run([tool("vite"), "build"], cwd);
    expect(await expectPage(cwd, (port) => [...vite("preview"), port])).toEqual([]);
  });

  test("a page in development", async () => {
    expect(await expectPage(cwd, (port) => [...vite(), port])).toEqual([]);
  });
});

describe("esbuild", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await freshProject(["esbuild"]);
  });
  const bundle = (...args: string[]) => run([tool("esbuild"), "--bundle", "--log-level=warning", ...args], cwd);

  test.each(["file", "binary"])("a page with the loader `%s` for WebAssembly", async (loader) => {
    await bundle("main.ts", "--format=esm", "--outdir=public", `--loader:.wasm=${loader}`);
    const complaints = await expectPage(cwd, (port) => [
      tool("esbuild"),
      "--servedir=public",
      `--serve=127.0.0.1:${port}`,
    ]);
    // It makes nothing of workers, so that there is none, and the page does the work.
    expect(complaints).toEqual([expect.stringMatching(/^404 .*\/worker\.mjs$/)]);
  });

  test.each(["edge-light", "workerd", "browser"])(
    "a request with a lock is bundled without the core (%s)",
    async (host) => {
      await bundle(
        "request.ts",
        "--external:*.wasm?module", // how an edge brings WebAssembly is its own
        "--format=esm",
        `--conditions=${host}`,
        "--outfile=request.mjs",
        "--metafile=meta.json",
      );
      const { outputs } = JSON.parse(readFileSync(join(cwd, "meta.json"), "utf8"));
      const { inputs, imports } = outputs["request.mjs"];
      expect(Object.keys(inputs).join()).toMatch(/pithy-image\/dist\/.*pithy-daytona/);
      expect(imports).toEqual([]);
      expect(readFileSync(join(cwd, "request.mjs"), "utf8")).not.toMatch(/WebAssembly|\.wasm/);
    },
  );

  test.each(["esm", "cjs"])("a program for Node that imports the package (%s)", async (format) => {
    const outfile = `external.${format === "esm" ? "mjs" : "cjs"}`;
    await bundle("server.ts", "--platform=node", `--format=${format}`, "--packages=external", `--outfile=${outfile}`);
    expectIdentity(JSON.parse((await run([process.execPath, outfile], cwd)).stdout), "native");
  });
});
