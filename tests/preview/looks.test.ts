import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type axe from "axe-core";
import { Image } from "pithy-image";
import { type PageSpec, previewSpec } from "pithy-image-preview/server";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { NARROW, useBrowser, WIDE } from "./browser.ts";
import {
  AFTER,
  after,
  BEFORE,
  before,
  DOCKERFILE_AFTER,
  DOCKERFILE_BEFORE,
  everyKind,
  imported,
  project,
} from "./project.ts";

const { open } = useBrowser();

const baseline = await previewSpec(before(), { root: project(BEFORE) });
const spec = await previewSpec(after(), { root: project(AFTER) });
const dockerfileBefore = await previewSpec(imported(), { root: project(DOCKERFILE_BEFORE) });
const dockerfile = await previewSpec(imported(), { root: project(DOCKERFILE_AFTER) });
const careless = await previewSpec(Image.debianSlim("3.12").user("nobody").aptInstall("git"));
const wrong = await previewSpec(Image.debianSlim("3.12").aptInstall("git curl"));

/** What is looked at: a spec, and what must be there before it is. */
const SIGHTS: Record<string, { page?: PageSpec; ready: string; wide?: boolean }> = {
  image: { page: { spec: baseline, title: "daytona/image.ts" }, ready: "[role=tree]" },
  change: { page: { spec, baseline, title: "daytona/image.ts" }, ready: "[role=tree]" },
  files: { page: { spec: spec.definition }, ready: ".pithy-drop" },
  dockerfile: { page: { spec: dockerfile }, ready: "[role=tree]" },
  "dockerfile-change": { page: { spec: dockerfile, baseline: dockerfileBefore }, ready: ".pithy-own-changes" },
  "dockerfile-files": { page: { spec: imported().toJSON(), baseline: dockerfileBefore }, ready: ".pithy-drop" },
  steps: { page: { spec: everyKind().toJSON() }, ready: ".pithy-dockerfile" },
  findings: { page: { spec: careless }, ready: ".pithy-finding" },
  problems: { page: { spec: wrong }, ready: ".pithy-problem" },
  broken: { page: { spec, error: "SyntaxError: Unexpected token\n  at daytona/image.ts:3:7" }, ready: ".pithy-notice" },
  unloaded: { page: { error: "daytona/image.ts:3:7: Error: no" }, ready: ".notice:not([hidden])" },
  several: {
    page: {
      images: [
        { name: "agent", title: "agent", spec, baseline },
        { name: "web", title: "web", spec: wrong },
        { name: "worker", title: "worker", error: "daytona/worker.ts:3:7: Error: no" },
      ],
    },
    ready: "[role=tree]",
  },
  start: { ready: "textarea" },
};

const SIZES = { wide: WIDE, narrow: NARROW };
const THEMES = ["light", "dark"] as const;

/** Pictures for people to look at. */
const PICTURES = new URL("./pictures/", import.meta.url);

let axeSource: string;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});

describe.each(Object.entries(SIZES))("%s", (size, viewport) => {
  describe.each(THEMES)("%s", (colorScheme) => {
    test.each(Object.entries(SIGHTS))("%s: nothing sticks out, and axe finds nothing serious", async (name, sight) => {
      const page = await open(sight.page, { viewport, colorScheme });
      await page.locator(sight.ready).first().waitFor();
      const [step] = await page.locator(".pithy-steps [role=option]").all();
      await step?.click();
      writeFileSync(new URL(`${name}-${size}-${colorScheme}.png`, PICTURES), await wholePicture(page, viewport));
      expect(await sticksOut(page)).toEqual([]);
      expect(await seriousFindings(page)).toEqual([]);
    });
  });
});

/** A picture of all there is; the window grows for it, as the lists in it do. */
async function wholePicture(page: Page, { width }: { width: number }): Promise<Buffer> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height });
  await expect.poll(() => gaps(page)).toEqual([]);
  return page.screenshot({ fullPage: true });
}

/** Rows of lists that do not begin where the one before them ends, and lists that end before they are full. */
const gaps = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const bottom = (element: Element | null) => element?.getBoundingClientRect().bottom ?? 0;
    const apart = [...document.querySelectorAll(".pithy-row + .pithy-row")].filter(
      (row) => Math.abs(row.getBoundingClientRect().top - bottom(row.previousElementSibling)) > 1,
    );
    const short = [...document.querySelectorAll(".pithy-list")].filter(
      (list) => bottom(list.querySelector(".pithy-row:last-child")) < bottom(list) - 2,
    );
    return [...apart, ...short].map((element) => element.textContent ?? "");
  });

/** Elements that are wider than the page. */
const sticksOut = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map((element) => element.className || element.tagName),
  );

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
