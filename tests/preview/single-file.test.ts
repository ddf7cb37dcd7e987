// The page that is one file, as it opens from a disk: `show --out page.html`.
import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { newPage, startChromium } from "../chromium.ts";
import { project } from "./project.ts";

const TOP = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CLI = join(TOP, "npm/pithy-image/bin/pithy-image.mjs");

const HOSTILE = "echo '</script><!-- <script>' > /etc/motd";
const BEFORE = `import { Image } from "pithy-image";
export default Image.debianSlim("3.12").addLocalFile("run.sh", "/run.sh");
`;
const AFTER = BEFORE.replace('"/run.sh");', `"/run.sh").runCommands(${JSON.stringify(HOSTILE)});`);

let browser: Browser;
let root: string;
const complaints: string[] = [];

beforeAll(async () => {
  root = project({ "before.ts": BEFORE, "daytona/image.ts": AFTER, "run.sh": "#!/bin/sh\n" });
  symlinkSync(join(TOP, "node_modules"), join(root, "node_modules"));
  browser = await startChromium();
});
afterEach(() => expect(complaints.splice(0)).toEqual([]));
afterAll(() => browser.close());

/** Writes the page, and opens it. */
async function written(...args: string[]): Promise<Page> {
  execFileSync(process.execPath, [CLI, "show", "--out", "page.html", ...args], { cwd: root });
  const page = await newPage(browser);
  const url = pathToFileURL(join(root, "page.html")).href;
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("request", (request) => {
    const isOwn = request.url() === url || request.url().startsWith("data:image/svg+xml");
    if (!isOwn) complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

test("shows an image and what changed, fetches nothing, and no text in it ends the data", async () => {
  const page = await written("--baseline", "before.ts");
  await page.getByRole("heading", { name: "daytona/image.ts" }).waitFor();
  await page.getByText("</script><!-- <script>").first().waitFor();
  expect(await page.getByText(/^sha256:[0-9a-f]{64}$/).count()).toBe(1);
  expect(await page.locator(".pithy-added").count()).toBeGreaterThan(0);
  expect(await page.getByText("without the core").count()).toBe(0);
});

test("allows only what is in it", async () => {
  const page = await written();
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; img-src data:; /);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.body.dataset.ran = 'yes'";
    document.body.append(script);
  });
  expect(await page.locator("body[data-ran]").count()).toBe(0);
  expect(complaints.splice(0)).toEqual([expect.stringContaining("Content Security Policy")]);
});

test("says in a sentence what is not compared, where one side has problems", async () => {
  const definition =
    '{"format":"pithy-image/1","edition":"2026-12","steps":[{"base":{"image":"a"}},{"addLocalFile":{"source":"gone","destination":"/a"}}]}';
  writeFileSync(join(root, "definition.json"), definition);
  const page = await written("--baseline", "definition.json");
  await page.getByText("The baseline has problems: only its steps are compared").waitFor();
  expect(await page.getByText(/__VITE|without the core/).count()).toBe(0);
  expect(await page.getByText(/^sha256:[0-9a-f]{64}$/).count()).toBe(1);
  expect(readFileSync(join(root, "page.html"), "utf8")).not.toContain("wasm");
});

test("shows several images, with links between them", async () => {
  const images = { agent: "daytona/image.ts", web: "before.ts" };
  writeFileSync(join(root, "package.json"), JSON.stringify({ name: "acme", pithyImage: images }));
  const page = await written("--baseline", "before.ts");
  const links = page.getByRole("navigation", { name: "Images" });
  expect(await links.innerText()).toBe("agent changed\nweb unchanged");
  await links.getByRole("link", { name: "web" }).click();
  expect(page.url()).toMatch(/page\.html#image-web$/);
  expect(await page.getByRole("heading", { name: "web", exact: true }).count()).toBe(1);
});
