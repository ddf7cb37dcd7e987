import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Image, PithyImageError } from "pithy-image";
import { previewSpec } from "pithy-image-preview/server";
import { expect, test } from "vitest";
import { inLine, stepsOf, useBrowser, verdictOf } from "./browser.ts";

const { open } = useBrowser();

const image = Image.debianSlim("3.12").aptInstall(["git", "curl"]).workdir("/app");
const text = JSON.stringify(image.toJSON(), null, 2);

test("a definition that is pasted is shown with the names that it has everywhere", async () => {
  const page = await open();
  await page.getByLabel("Paste the definition").fill(text);
  await page.getByRole("button", { name: "Show the image" }).click();
  const { imageDigest, snapshotRef, dockerfile } = await image.resolve();
  await page.getByText(imageDigest).waitFor();
  await page.getByText(snapshotRef).waitFor();
  expect(`${(await page.locator(".pithy-dockerfile code").allInnerTexts()).join("\n")}\n`).toBe(dockerfile);
});

test("goes back to the text, and shows what it was changed to", async () => {
  const page = await open();
  await page.getByRole("button", { name: "Use an example" }).click();
  await page.keyboard.press("Tab");
  await page.getByRole("button", { name: "Show the image" }).click();
  await page.getByRole("button", { name: "Edit the definition" }).click();
  const area = page.getByLabel("Paste the definition");
  await area.fill((await area.inputValue()).replace("jq", "vim"));
  await area.press("Control+Enter");
  await stepsOf(page)
    .getByRole("listitem")
    .filter({ hasText: /git, curl and vim/ })
    .waitFor();
});

test("a file with a definition is opened", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "pithy-image-preview-")), "image.json");
  writeFileSync(file, text);
  const page = await open();
  await page.getByLabel("Open a file").setInputFiles(file);
  await page.getByText((await image.resolve()).imageDigest).waitFor();
});

test("what is wrong is reported at its place, all at once", async () => {
  const wrong = text.replace('"git"', '"git curl"').replace('"path"', '"paht"');
  const page = await open();
  await page.getByLabel("Paste the definition").fill(wrong);
  await page.getByRole("button", { name: "Show the image" }).click();
  const alert = page.getByRole("alert");
  const problems = problemsOf(JSON.parse(wrong));
  await alert.getByText(`${problems.length} problems in the definition`).waitFor();
  for (const { message, hint, path } of problems) {
    const told = alert.locator(".pithy-problem").filter({ hasText: withoutTicks(message) });
    expect(await told.innerText()).toContain(withoutTicks(hint));
    expect(await told.innerText()).toContain(path);
  }
  expect((await alert.locator(".pithy-place").allInnerTexts()).join(" ")).toContain('"git curl"');
  const line = wrong.split("\n").findIndex((each) => each.includes("git curl")) + 1;
  const marked = alert.locator(".pithy-wrong").filter({ hasText: "git curl" });
  expect(await marked.locator(".pithy-number").innerText()).toBe(`${line}`);
});

test("a text that is not JSON is reported where it ends to be", async () => {
  const page = await open();
  await page.getByLabel("Paste the definition").fill('{\n  "format": "pithy-image/1",\n  "steps": [}\n');
  await page.getByRole("button", { name: "Show the image" }).click();
  const marked = page.getByRole("alert").locator(".pithy-wrong");
  expect(await marked.locator(".pithy-number").innerText()).toBe("3");
  expect(await marked.locator(".pithy-place").innerText()).toBe("}");
});

test("a page's data is taken whole, with its baseline", async () => {
  const [before, after] = [Image.base("a:1"), Image.base("a:1").env({ A: "1" })];
  const whole = JSON.stringify({ title: "x", spec: await previewSpec(after), baseline: await previewSpec(before) });
  const page = await open();
  await page.getByLabel("Paste the definition").fill(whole);
  await page.getByRole("button", { name: "Show the image" }).click();
  await verdictOf(page).getByText("changed; 1 of 2 steps built again").waitFor();
});

test("what a server found wrong is shown once, its line of code first", async () => {
  const spec = await previewSpec(Image.debianSlim("3.12").aptInstall("git curl"));
  const page = await open({ spec });
  const [problem] = spec.problems ?? [];
  const said = inLine(await page.getByRole("region", { name: "Problems" }).getByRole("listitem").innerText());
  expect(problem?.callSite).toMatch(/^definition\.test\.ts:\d+:\d+$/);
  expect(said.startsWith(`${problem?.callSite} error ${withoutTicks(problem?.message ?? "no message")}`)).toBe(true);
  expect(await page.getByText(withoutTicks(problem?.message ?? "").slice(0, 30)).count()).toBe(1);
});

/** A message as it is shown: what stands between backticks is code there. */
const withoutTicks = (message: string): string => message.replaceAll("`", "");

function problemsOf(definition: unknown): PithyImageError["problems"] {
  try {
    Image.fromJSON(definition as Parameters<typeof Image.fromJSON>[0]);
  } catch (error) {
    if (error instanceof PithyImageError) return error.problems;
  }
  throw new Error("It has no problems.");
}
