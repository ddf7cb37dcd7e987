import { Image } from "pithy-image";
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
const plan = await after().plan(before(), { root: project(AFTER) });

const careless = await previewSpec(Image.debianSlim("3.12").user("nobody").aptInstall("git"));

const PROBLEM = { code: "source_missing", message: "m", hint: "h", path: "/steps/0" } as const;

/** Whether the top of an element is in the window. */
const isSeen = (element: Element): boolean => {
  const { top } = element.getBoundingClientRect();
  return top >= 0 && top < innerHeight;
};

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

test("an image that is not the newest is marked, says of when it is, and keeps its comparison", async () => {
  const page = await open({ spec: next });
  const steps = page.locator(".pithy-steps");
  const plain = await steps.innerText();
  stage.site.spec = { spec: next, baseline: spec, plan };
  stage.site.change();
  await expect.poll(() => steps.innerText()).not.toBe(plain);
  const compared = await steps.innerText();
  expect(await page.locator(".stale").count()).toBe(0);
  stage.site.spec = { error: "daytona/image.ts:3:7: Error: no" };
  stage.site.change();
  await page.locator(".stale").waitFor();
  const filterOf = (element: Element) => getComputedStyle(element).filter;
  expect(await page.locator(".stale > .pithy-lists").evaluate(filterOf)).toBe("grayscale(1)");
  expect(await page.locator(".stale > [role=status]").evaluate(filterOf)).toBe("none");
  const notice = page.getByRole("status").getByText("daytona/image.ts:3:7");
  expect(await notice.innerText()).toMatch(
    /^daytona\/image\.ts:3:7: Error: no\s+Below is the image as it was at \d\d:\d\d\.$/,
  );
  expect(await page.getByText(next.resolved?.imageDigest ?? "").count()).toBe(1);
  expect(await steps.innerText()).toBe(compared);
  stage.site.spec = { spec: next };
  stage.site.change();
  await expect.poll(() => page.locator(".stale").count()).toBe(0);
});

test("several images stand below each other, with links to them and what a reviewer asks first", async () => {
  const broken = { definition: before().toJSON(), problems: [PROBLEM, PROBLEM] };
  const page = await open({
    title: "agent, web, worker, other",
    images: [
      {
        name: "agent",
        title: "agent",
        spec: next,
        baseline: spec,
        plan,
      },
      { name: "web", title: "web", spec: careless, isNew: true },
      { name: "worker", title: "worker", spec: broken },
      { name: "other", title: "other", error: "daytona/other.ts:1:1: Error: no" },
    ],
  });
  const links = page.getByRole("navigation", { name: "Images" });
  await expect
    .poll(() => links.innerText())
    .toBe("agent changed\nweb new, 1 error\nworker 2 problems\nother cannot be loaded");
  expect(await page.title()).toBe("agent, web, worker, other");
  for (const name of ["agent", "web (new)", "worker", "other"]) {
    expect(await page.getByRole("heading", { name, exact: true, level: 1 }).count(), name).toBe(1);
  }
  await page.getByText("daytona/other.ts:1:1: Error: no").waitFor();
  await links.getByRole("link", { name: "other" }).click();
  await expect.poll(() => page.locator("#image-other").evaluate(isSeen)).toBe(true);
  const agent = page.locator("#image-agent");
  await agent.getByText("Works in").first().click();
  stage.site.spec = {
    images: [
      { name: "agent", spec: next },
      { name: "web", spec },
      { name: "worker", spec },
      { name: "other", spec },
    ],
  };
  stage.site.change();
  await expect.poll(() => page.locator("#image-other").innerText()).toContain(spec.resolved?.imageDigest ?? "");
  expect(await agent.locator(".pithy-steps [aria-current=true]").innerText()).toContain("Works in");
});

test("images that are gone are named, beside several or one", async () => {
  const page = await open({
    images: [
      { name: "agent", spec },
      { name: "web", spec: careless },
    ],
    gone: ["old", "a\u202Eb"],
  });
  const links = page.getByRole("navigation", { name: "Images" });
  await expect.poll(() => links.innerText()).toBe("agent\nweb 1 error\nold removed\na\\u202eb removed");
  expect(await links.getByRole("link").count()).toBe(2);
  const color = (text: string) => links.getByText(text).evaluate((element) => getComputedStyle(element).color);
  expect(await color("1 error")).not.toBe(
    await links
      .getByText("removed")
      .first()
      .evaluate((e) => getComputedStyle(e).color),
  );
  const one = await open({ spec, title: "agent", gone: ["old"] });
  await expect.poll(() => one.getByRole("navigation", { name: "Images" }).innerText()).toBe("old removed");
  await one.getByRole("heading", { name: "agent" }).waitFor();
});

test("a page that loads slowly says so, and nothing else", async () => {
  const page = await newPage(stage.browser);
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await page.route("**/spec.json", async (route) => {
    await gate;
    await route.continue();
  });
  stage.site.spec = { spec };
  await page.goto(stage.site.url);
  await page.getByText("Loading…").waitFor();
  expect(await page.getByText("opened as a file").isVisible()).toBe(false);
  goOn();
  await page.getByText(spec.resolved?.imageDigest ?? "").waitFor();
  expect(await page.getByText("Loading…").count()).toBe(0);
});

test("data that cannot be read are no absence of data", async () => {
  const page = await newPage(stage.browser);
  await page.route("**/spec.json", (route) => route.fulfill({ contentType: "application/json", body: "{" }));
  await page.goto(stage.site.url);
  await page.getByRole("status").getByText("spec.json cannot be read").waitFor();
  expect(await page.getByLabel("Paste the definition of an image").count()).toBe(0);
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
    expect(await page.getByText("Loading…").isVisible()).toBe(false);
  } finally {
    await browser.close();
  }
});
