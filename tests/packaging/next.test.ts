/** Next.js applications, run as containers run them: `output: "standalone"`, away from where it was built. */
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startChromium } from "../chromium.ts";
import { sampled } from "../sample.ts";
import { visit } from "./browser.ts";
import { ask, expectIdentity } from "./identity.ts";
import { run, type Server, serve } from "./process.ts";
import { freshProject, PLATFORM, tool } from "./project.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser?.close());

/** Builds an application; returns where its standalone output went, and what the trace of a route named. */
async function build(project: string, bundler: readonly string[]): Promise<{ moved: string; trace: string[] }> {
  const cwd = await freshProject(["next", project]);
  await run([tool("next"), "build", ...bundler], cwd);
  const { files } = JSON.parse(readFileSync(join(cwd, ".next/server/app/api/node/route.js.nft.json"), "utf8"));
  const moved = `${cwd}-moved`;
  renameSync(join(cwd, ".next/standalone"), moved);
  cpSync(join(cwd, ".next/static"), join(moved, ".next/static"), { recursive: true });
  rmSync(cwd, { recursive: true });
  return { moved, trace: files };
}

const VARIANTS = [
  ["Next.js 16 with Turbopack", "next-16", ["--turbopack"]],
  ["Next.js 16 with webpack", "next-16", ["--webpack"]],
  ["Next.js 15 with React 18", "next-15", []],
] as const;

describe.each(sampled("next", VARIANTS, 1 / 3))("%s", (_, project, bundler) => {
  let application: Awaited<ReturnType<typeof build>>;
  let server: Server;
  beforeAll(async () => {
    application = await build(project, bundler);
    server = await serve(() => [process.execPath, "server.js"], application.moved);
  });
  afterAll(() => server?.stop());

  test("the native part is in the trace of a route and in the standalone output", () => {
    const addon = `node_modules/${PLATFORM}/pithy-image.node`;
    expect(application.trace).toContainEqual(expect.stringMatching(new RegExp(`/${addon}$`)));
    expect(existsSync(join(application.moved, addon))).toBe(true);
  });

  test("nothing of the command line is in the trace of a route", () => {
    const ours = application.trace.filter((file) => file.includes("node_modules/pithy-image/"));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((file) => /\/(?:bin|demo|preview|dist\/cli)\//.test(file))).toEqual([]);
    expect(application.trace.filter((file) => /node_modules\/(?:jiti|commander|chokidar)\//.test(file))).toEqual([]);
  });

  test("a server component", async () => {
    const html = await ask(server);
    const json = /<output>(.*?)<\/output>/.exec(html)?.[1]?.replaceAll("&quot;", '"') ?? html;
    expectIdentity(JSON.parse(json), "native");
  });

  test("a route of the Node runtime", async () => {
    expectIdentity(JSON.parse(await ask(server, "/api/node")), "native");
  });

  test("a route of the edge runtime", async () => {
    expectIdentity(JSON.parse(await ask(server, "/api/edge")), "wasm");
  });

  test("a client component without the core has definitions, and is told what else to await", async () => {
    const { output, complaints } = await visit(browser, `${server.url}/without-core`);
    const { definition, message } = JSON.parse(output ?? "");
    expect(definition.steps).toEqual([
      { debianSlim: { python: "3.12" } },
      { aptInstall: { packages: ["git"] } },
      { workdir: { path: "/app" } },
    ]);
    expect(message).toMatch(/`await init\(\)` before it/);
    expect(complaints).toEqual([]);
  });

  const pages = project === "next-15" ? ["/client", "/pages-router"] : ["/client"];
  test.each(pages)("the page %s in a browser", async (page) => {
    const { output, complaints } = await visit(browser, server.url + page);
    expectIdentity(JSON.parse(output ?? ""), "wasm");
    expect(complaints).toEqual([]);
  });
});
