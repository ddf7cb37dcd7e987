// The page as the command line serves it, from the first look to a change of a file.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newPage, startChromium } from "../chromium.ts";
import { project } from "./project.ts";

const TOP = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const CLI = join(TOP, "npm/pithy-image/bin/pithy-image.mjs");

const IMAGE = `import { Image } from "pithy-image";
export default Image.debianSlim("3.12").addLocalFile("run.sh", "/run.sh");
`;

let browser: Browser;
let served: ChildProcess;
let root: string;
let url: string;

beforeAll(async () => {
  root = project({ "daytona/image.ts": IMAGE, "run.sh": "#!/bin/sh\n" });
  symlinkSync(join(TOP, "node_modules"), join(root, "node_modules"));
  browser = await startChromium();
  await start();
});

/** Serves the page, at the same address as before. */
async function start(): Promise<void> {
  const args = [CLI, "show", "--web", ...(url ? ["--port", new URL(url).port] : [])];
  served = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const [printed] = (await once(served.stdout ?? served, "data")) as [Buffer];
  url = printed.toString().trim();
}

afterAll(async () => {
  served.kill();
  await browser.close();
});

test("show --web shows the image, then what became of it, then what is wrong with it", async () => {
  const page = await newPage(browser);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(url);
  const digest = page.getByText(/^sha256:[0-9a-f]{64}$/);
  await page.getByText("daytona/image.ts:2").first().waitFor();
  const first = await digest.innerText();
  writeFileSync(join(root, "run.sh"), "#!/bin/sh\necho changed\n");
  await expect.poll(() => digest.innerText()).not.toBe(first);
  writeFileSync(join(root, "daytona/image.ts"), "export default Image.");
  await page.getByRole("status").getByText("Syntax error").waitFor();
  writeFileSync(join(root, "daytona/image.ts"), IMAGE.replace('"run.sh"', '"walk.sh"'));
  await page.getByText("does not exist below the root").first().waitFor();
  expect(complaints).toEqual([]);
});

test("a page whose server is gone says of when it is, and follows the next server", async () => {
  writeFileSync(join(root, "daytona/image.ts"), IMAGE);
  const page = await newPage(browser);
  await page.goto(url);
  const digest = page.getByText(/^sha256:[0-9a-f]{64}$/);
  await expect.poll(() => digest.count()).toBe(1);
  const first = await digest.innerText();
  served.kill();
  await once(served, "exit");
  await page.getByText(/^Not connected\. This is the image as it was at \d\d:\d\d\.$/).waitFor();
  expect(await digest.innerText()).toBe(first);
  writeFileSync(join(root, "run.sh"), "#!/bin/sh\necho in between\n");
  await start();
  await expect.poll(() => digest.innerText(), { timeout: 300_000 }).not.toBe(first);
  await expect.poll(() => page.getByText("Not connected").count()).toBe(0);
});
