import { pageDirectory } from "pithy-image-preview/page";
import { previewSpec } from "pithy-image-preview/server";
import { expect, test } from "vitest";
import { newPage, startChromium } from "../chromium.ts";
import { useBrowser } from "./browser.ts";
import { AFTER, after, BEFORE, before, project } from "./project.ts";

const stage = useBrowser();
const { open } = stage;

const spec = await previewSpec(before(), { root: project(BEFORE) });
const next = await previewSpec(after(), { root: project(AFTER) });

test("a change is shown without a reload, and what was chosen stays", async () => {
  const page = await open({ spec, title: "daytona/image.ts" });
  await page.getByText("Works in").click();
  await page.evaluate(() => document.body.setAttribute("data-kept", ""));
  stage.site.spec = { spec: next, baseline: spec, title: "daytona/image.ts" };
  stage.site.change();
  await page.getByText(next.resolved?.imageDigest ?? "").waitFor();
  expect(await page.locator("body[data-kept]").count()).toBe(1);
  expect(await page.getByRole("heading", { name: "daytona/image.ts" }).count()).toBe(1);
});

test("a broken module is reported above the last image, until it is right again", async () => {
  const page = await open({ spec });
  await page.getByText("Works in").click();
  stage.site.spec = { error: "SyntaxError: Unexpected token (daytona/image.ts:3:7)" };
  stage.site.change();
  await page.getByRole("status").getByText("Unexpected token").waitFor();
  expect(await page.getByText(spec.resolved?.imageDigest ?? "").count()).toBe(1);
  expect(await page.locator(".pithy-steps [aria-current=true]").innerText()).toContain("Works in");
  stage.site.spec = { spec };
  stage.site.change();
  await expect.poll(() => page.getByText("Unexpected token").count()).toBe(0);
});

test("a module that is broken from the start is reported, and its image appears when it is right", async () => {
  const page = await open({ error: "Cannot find module './missing.ts'" });
  await page.getByText("Cannot find module './missing.ts'").waitFor();
  stage.site.spec = { spec };
  stage.site.change();
  await page.getByText(spec.resolved?.imageDigest ?? "").waitFor();
});

test("without anything beside it, it asks for a definition", async () => {
  const page = await open();
  await page.getByLabel("Paste the definition of an image").waitFor();
});

test("opened as a file it says what to do", async () => {
  const browser = await startChromium();
  try {
    const page = await newPage(browser);
    await page.goto(new URL("index.html", pageDirectory).href);
    await page.getByText("Serve its directory").waitFor();
  } finally {
    await browser.close();
  }
});
