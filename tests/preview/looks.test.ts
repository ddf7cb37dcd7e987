import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type axe from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { sampled } from "../sample.ts";
import { stepsOf, useBrowser } from "./browser.ts";
import { SIGHTS, type Sight } from "./sights.ts";

const { open } = useBrowser();

/** From the narrowest that counts (WCAG 1.4.10) over 1,440 pixels at 200% to the widest. */
const WIDTHS = [320, 720, 1440, 1920];
const THEMES = ["light", "dark"] as const;

/** Pictures for people to look at. */
const PICTURES = new URL("./pictures/", import.meta.url);

let axeSource: string;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});

const CASES = Object.keys(SIGHTS).flatMap((name) => THEMES.map((colorScheme) => ({ name, colorScheme })));

test.each(sampled("looks", CASES, 1 / 2))(
  "$name looks as it should, at all widths, in $colorScheme",
  async ({ name, colorScheme }) => {
    const sight = SIGHTS[name] as Sight;
    const page = await open(sight.page, { viewport: { width: 1440, height: 900 }, colorScheme });
    await page.locator(sight.ready).first().waitFor();
    await page.locator(".pithy-steps li").first().or(page.locator("body")).first().click();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      writeFileSync(new URL(`${name}-${width}-${colorScheme}.png`, PICTURES), await wholePicture(page, { width }));
      const facts = {
        sticksOut: await sticksOut(page),
        unreadable: await unreadable(page),
        small: await smallTargets(page),
        traps: await traps(page),
      };
      expect(facts, `${width} pixels`).toEqual({ sticksOut: [], unreadable: [], small: [], traps: [] });
      if (width === 320 || width === 1440) expect(await axeFindings(page, sight.repeats)).toEqual([]);
    }
  },
);

test("what changed and what was chosen can be told apart with the colors of the system alone", async () => {
  const page = await open(SIGHTS.review?.page, { viewport: { width: 1440, height: 900 }, forcedColors: "active" });
  await stepsOf(page).getByRole("listitem").nth(1).click();
  const outline = await stepsOf(page)
    .locator("[aria-current=true]")
    .evaluate((row) => getComputedStyle(row).outlineStyle);
  expect(outline).toBe("solid");
  const badge = page.locator(".pithy-badge").first();
  expect(await badge.evaluate((element) => getComputedStyle(element).borderTopStyle)).toBe("solid");
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

/** Names in trees of which less is to be seen than a reader needs. */
const unreadable = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll(".pithy-node-name")]
      .filter(({ clientWidth, scrollWidth }) => clientWidth < Math.min(scrollWidth, 80))
      .map(({ textContent, clientWidth }) => `${textContent}: ${clientWidth} pixels`),
  );

/** What is clicked, and smaller than 24 pixels (WCAG 2.5.8); links in a text may be. */
const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("button, summary, [role=treeitem], .pithy-cell[href], .pithy-steps > li")]
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width > 0 && (width < 24 || height < 24);
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );

/** Boxes that keep the wheel from the page. */
const traps = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((element) => {
        const { overflowY, overscrollBehaviorY } = getComputedStyle(element);
        return /auto|scroll/.test(overflowY) && overscrollBehaviorY !== "auto";
      })
      .map((element) => element.className),
  );

/** Elements that are wider than the page. */
const sticksOut = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("body *")]
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
      .map((element) => element.className || element.tagName),
  );

/** What axe finds, of any impact. */
async function axeFindings(page: Page, isRepeated = false): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  // Several images have the same parts, each below the heading of its own.
  const found = violations.filter(({ id }) => !(isRepeated && id === "landmark-unique"));
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
