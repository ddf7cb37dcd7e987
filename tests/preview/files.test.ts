import { rmSync } from "node:fs";
import { join } from "node:path";
import { Image } from "pithy-image";
import { previewSpec } from "pithy-image-preview/server";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { dockerfileOf, useBrowser } from "./browser.ts";
import { drop } from "./drop.ts";
import { BEFORE, before, project } from "./project.ts";

const { open } = useBrowser();

const root = project(BEFORE);
const image = before();
const definition = image.toJSON();
const native = await image.resolve({ root });

/** Waits for the names of an image whose files were read on disk. */
async function namesOf(page: Page, { imageDigest, snapshotRef }: { imageDigest: string; snapshotRef: string }) {
  await page.getByText(imageDigest).waitFor();
  await page.getByText(snapshotRef).waitFor();
}

test("without its files an image has its steps and lines, and no names", async () => {
  const page = await open({ spec: definition });
  await page.getByRole("region", { name: "The files are not here yet" }).waitFor();
  expect(await page.getByText("unknown until the files are here").count()).toBe(2);
  expect(await page.locator(".pithy-needs li").allInnerTexts()).toEqual(["daytona/execution.sh", "src/"]);
  expect(await dockerfileOf(page).innerText()).toContain(`ctx/${"?".repeat(32)}/execution.sh`);
});

test("a dropped root has the digest and the key of the disk", async () => {
  const page = await open({ spec: definition });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, root);
  await namesOf(page, native);
  expect(await page.getByRole("region", { name: "The files are not here yet" }).count()).toBe(0);
  expect(await page.getByRole("tree", { name: "Left out" }).innerText()).toContain("**/node_modules");
});

test("so has one where the browser gives no handles", async () => {
  const page = await open({ spec: definition });
  await page.evaluate(() => Reflect.deleteProperty(DataTransferItem.prototype, "getAsFileSystemHandle"));
  await page.getByText("unknown until").first().waitFor();
  await drop(page, root);
  await namesOf(page, native);
});

test("so has a root that is picked in a dialog", async () => {
  const page = await open({ spec: definition });
  const chooser = page.waitForEvent("filechooser");
  const button = page.getByRole("button", { name: "Choose a folder…" });
  await button.focus();
  await page.keyboard.press("Enter");
  await (await chooser).setFiles(root);
  await namesOf(page, native);
});

test("files that are dropped one after another are put together, each where it is needed", async () => {
  const two = Image.base("debian:12")
    .addLocalFile("daytona/execution.sh", "/a.sh", { mode: 0o755 })
    .addLocalFile("src/main.py", "/b.py", { mode: 0o644 });
  const page = await open({ spec: two.toJSON() });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, join(root, "daytona/execution.sh"));
  await page.getByRole("region", { name: "Problems" }).getByText("src/main.py").first().waitFor();
  await drop(page, join(root, "src/main.py"));
  await namesOf(page, await two.resolve({ root }));
});

test("another folder takes the place of a wrong one", async () => {
  const page = await open({ spec: definition });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, project({ "README.md": "Another project\n" }));
  await page.getByRole("region", { name: "Problems" }).getByText("daytona/execution.sh").first().waitFor();
  await drop(page, root);
  await namesOf(page, native);
});

test("folders that are parts of the root are put together", async () => {
  const parts = Image.base("debian:12")
    .addLocalDir("src/lib", "/lib")
    .addLocalFile("daytona/execution.sh", "/run", { mode: 0o755 });
  const page = await open({ spec: parts.toJSON() });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, join(root, "src"));
  await page.getByRole("region", { name: "Problems" }).getByText("daytona/execution.sh").first().waitFor();
  await drop(page, join(root, "daytona"));
  await namesOf(page, await parts.resolve({ root }));
});

test("a file can be called executable, which a browser does not see", async () => {
  const scripts = Image.base("debian:12").addLocalDir("daytona", "/app");
  const page = await open({ spec: scripts.toJSON() });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, root);
  await page.getByText("A browser does not see links, empty directories, and which files are executable.").waitFor();
  const names = await scripts.resolve({ root });
  expect(await page.getByText(names.imageDigest).count()).toBe(0);
  const toggle = page.getByRole("button", { name: "execution.sh is executable" });
  expect(await toggle.getAttribute("aria-pressed")).toBe("false");
  await toggle.click();
  await namesOf(page, names);
  expect(await toggle.getAttribute("aria-pressed")).toBe("true");
});

test("nothing is read again for a mode", async () => {
  const gone = project({ ...BEFORE, "daytona/other.sh": "#!/bin/sh\n" });
  const scripts = Image.base("debian:12").addLocalDir("daytona", "/app");
  const names = await scripts.resolve({ root: gone, snapshotRef: true });
  const page = await open({ spec: scripts.toJSON() });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, gone);
  const toggle = (name: string) => page.getByRole("button", { name: `${name} is executable` });
  await toggle("other.sh").waitFor();
  rmSync(gone, { recursive: true });
  await toggle("other.sh").click();
  await expect.poll(() => toggle("other.sh").getAttribute("aria-pressed")).toBe("true");
  await toggle("execution.sh").click();
  await namesOf(page, names);
});

test("without a worker, files are read on the page, also again", async () => {
  const scripts = Image.base("debian:12").addLocalDir("daytona", "/app");
  const page = await open({ spec: scripts.toJSON() }, {}, { ignoring: /404/ });
  await page.route(/worker[^/]*\.m?js/, (route) => route.fulfill({ status: 404 }));
  await page.getByText("unknown until").first().waitFor();
  await drop(page, root);
  const toggle = page.getByRole("button", { name: "execution.sh is executable" });
  await toggle.click();
  await namesOf(page, await scripts.resolve({ root }));
  await toggle.click();
  await expect.poll(() => toggle.getAttribute("aria-pressed")).toBe("false");
});

test("what is missing among the files is reported, and can be dropped after", async () => {
  const page = await open({ spec: definition });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, join(root, "daytona"));
  await page
    .getByRole("region", { name: "Problems" })
    .locator(".pithy-problem code")
    .getByText("src", { exact: true })
    .first()
    .waitFor();
});

test("reading shows how far it is, and is cancelled", async () => {
  const large = project({ "big/data.bin": "x".repeat(300 * 1024 * 1024) });
  const page = await open({ spec: Image.base("debian:12").addLocalDir("big", "/big").toJSON() });
  await page.getByText("unknown until").first().waitFor();
  await drop(page, large);
  await page.getByText(/of 1 files, .* of 300\.0 MiB/).waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Choose a folder…" }).waitFor();
  expect(await page.getByText("unknown until the files are here").count()).toBe(2);
});

test("an image with mistakes in its files says which, and takes the right ones", async () => {
  const spec = await previewSpec(image, { root: project({ "src/main.py": "" }) });
  expect(spec.problems?.map(({ code }) => code)).toContain("source_missing");
  const page = await open({ spec });
  await page.getByRole("region", { name: "Problems" }).getByText("daytona/execution.sh").first().waitFor();
  await drop(page, root);
  await namesOf(page, native);
});
