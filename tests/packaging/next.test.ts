/** Next.js applications, run as containers run them: `output: "standalone"`, away from where it was built. */
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { outputOf, startChromium } from "./browser.ts";
import { ask, expectIdentity } from "./identity.ts";
import { run, type Server, serve } from "./process.ts";
import { freshProject, tool } from "./project.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser?.close());

/** Builds an application; answers where its standalone output went, and the addons in the trace of a route. */
async function build(project: string, bundler: string[]) {
  const cwd = await freshProject(["next", project]);
  await run([tool("next"), "build", ...bundler], cwd);
  const route = join(cwd, ".next/server/app/api/node/route.js.nft.json");
  const { files }: { files: string[] } = JSON.parse(readFileSync(route, "utf8"));
  const moved = `${cwd}-moved`;
  renameSync(join(cwd, ".next/standalone"), moved);
  cpSync(join(cwd, ".next/static"), join(moved, ".next/static"), { recursive: true });
  rmSync(cwd, { recursive: true });
  return { moved, traced: files.filter((file) => file.endsWith(".node")).map((file) => resolve(dirname(route), file)) };
}

describe.each([
  ["Next.js 16 with Turbopack", "next-16", ["--turbopack"]],
  ["Next.js 16 with webpack", "next-16", ["--webpack"]],
  ["Next.js 15 with React 18", "next-15", []],
] as const)("%s", (_, project, bundler) => {
  let application: Awaited<ReturnType<typeof build>>;
  let server: Server;
  beforeAll(async () => {
    application = await build(project, [...bundler]);
    server = await serve(() => [process.execPath, "server.js"], application.moved);
  });
  afterAll(() => server?.stop());

  test("the native part is traced and in the standalone output", () => {
    const addons = readdirSync(application.moved, { recursive: true, encoding: "utf8" });
    console.log(
      application.traced,
      addons.filter((path) => path.endsWith(".node")),
    );
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

  const pages = project === "next-15" ? ["/client", "/pages-router"] : ["/client"];
  test.each(pages)("the page %s in a browser", async (page) => {
    expectIdentity(JSON.parse(await outputOf(browser, server.url + page)), "wasm");
  });
});
