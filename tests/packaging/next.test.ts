/** Next.js applications, run as containers run them: `output: "standalone"`, away from where it was built. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
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

/** An application that was built, away from where it was. */
interface Application {
  /** Its standalone output, without source maps. */
  readonly moved: string;
  /** A copy of the source maps of its server, at their places in it. */
  readonly maps: string;
  /** What the trace of a route named. */
  readonly trace: readonly string[];
}

async function build(project: string, bundler: readonly string[], built: string): Promise<Application> {
  const cwd = await freshProject(["next", project]);
  await run([tool("next"), "build", ...bundler], cwd);
  const { files } = JSON.parse(readFileSync(join(cwd, built, "server/app/api/node/route.js.nft.json"), "utf8"));
  const [moved, maps] = [`${cwd}-moved`, `${cwd}-maps`];
  renameSync(join(cwd, built, "standalone"), moved);
  cpSync(join(cwd, built, "static"), join(moved, built, "static"), { recursive: true });
  const server = join(cwd, built, "server");
  for (const name of mapsIn(server)) cpSync(join(server, name), join(maps, built, "server", name));
  for (const name of mapsIn(join(moved, built, "server"))) rmSync(join(moved, built, "server", name));
  rmSync(cwd, { recursive: true });
  return { moved, maps, trace: files };
}

const mapsIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".map"));

const serving = (directory: string): Promise<Server> => serve(() => [process.execPath, "server.js"], directory);

const VARIANTS = [
  ["Next.js 16 with Turbopack", "next-16", ["--turbopack"], ".next"],
  ["Next.js 16 with webpack", "next-16", ["--webpack"], ".next"],
  ["Next.js 15 with React 18 and a directory of its own", "next-15", [], "built"],
] as const;

describe.each(sampled("next", VARIANTS, 1 / 3))("%s", (_, project, bundler, built) => {
  let application: Application;
  let server: Server;
  beforeAll(async () => {
    application = await build(project, bundler, built);
    server = await serving(application.moved);
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

  test("what is found in an image is at its step, and where source maps exist at its line in the source", async () => {
    const findings = async (from: Server) => JSON.parse(await ask(from, "/api/lint")) as object[];
    const found = await findings(server);
    expect(found).toMatchObject([{ code: "world_writable", path: "/steps/2/runCommands" }]);
    expect(found[0]).not.toHaveProperty("callSite");
    const mapped = `${application.moved}-mapped`;
    cpSync(application.moved, mapped, { recursive: true, verbatimSymlinks: true });
    cpSync(application.maps, mapped, { recursive: true });
    const other = await serving(mapped);
    try {
      expect(await findings(other)).toMatchObject([{ code: "world_writable", callSite: "lib/linted.ts:9:52" }]);
    } finally {
      await other.stop();
    }
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
