/** Vite and esbuild: pages that Chromium opens, and programs for Node. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, onTestFinished, test } from "vitest";
import { outputOf, startChromium } from "./browser.ts";
import { expectIdentity } from "./identity.ts";
import { type Command, run, serve } from "./process.ts";
import { freshProject, tool } from "./project.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser?.close());

/** Opens the page of a server, and ends both. */
async function expectPage(cwd: string, command: (port: string) => Command): Promise<void> {
  const server = await serve(command, cwd);
  onTestFinished(() => server.stop());
  expectIdentity(JSON.parse(await outputOf(browser, server.url)), "wasm");
}

describe("Vite", () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await freshProject(["vite"]);
  });
  const vite = (...args: string[]) => [tool("vite"), ...args, "--host", "127.0.0.1", "--strictPort", "--port"] as const;

  test("a page that was built", async () => {
    await run([tool("vite"), "build"], cwd);
    await expectPage(cwd, (port) => [...vite("preview"), port]);
  });

  test("a page in development", async () => {
    await expectPage(cwd, (port) => [...vite(), port]);
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
    await expectPage(cwd, (port) => [tool("esbuild"), "--servedir=public", `--serve=127.0.0.1:${port}`]);
  });

  test.each(["esm", "cjs"])("a program for Node that imports the package (%s)", async (format) => {
    const outfile = `external.${format === "esm" ? "mjs" : "cjs"}`;
    await bundle("server.ts", "--platform=node", `--format=${format}`, "--packages=external", `--outfile=${outfile}`);
    expectIdentity(JSON.parse((await run([process.execPath, outfile], cwd)).stdout), "native");
  });

  test("a program for Node that holds the package", async () => {
    await bundle("server.ts", "--platform=node", "--loader:.node=copy", "--outfile=bundled.cjs");
    expectIdentity(JSON.parse((await run([process.execPath, "bundled.cjs"], cwd)).stdout), "native");
  });
});
