// A real browser, and pages in it that may ask nobody but their own site.

import type { PageSpec } from "pithy-image-preview/server";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { newPage, startChromium } from "../chromium.ts";
import { type Site, serve } from "./site.ts";

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 360, height: 740 };

const listOf = (name: string) => (page: Page) => page.getByRole("list", { name, exact: true });

/** The lists that stand beside each other. */
export const stepsOf = listOf("Steps");
export const dockerfileOf = listOf("Dockerfile");

/** What a reviewer has to know first. */
export const verdictOf = (page: Page) => page.getByRole("region", { name: "Changes since the baseline" });

/** A text as one reads it, without the layout of its lines. */
export const inLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Puts the focus on the row that Tab would lead to. */
export const focusOn = (list: ReturnType<typeof stepsOf>) => list.locator("[tabindex='0']").focus();

export interface Stage {
  browser: Browser;
  site: Site;
  /** Opens the page with what it shows; nothing opens it without. Some errors may be what is tried. */
  open(spec?: PageSpec, options?: BrowserContextOptions, allowed?: { ignoring: RegExp }): Promise<Page>;
}

/** A browser for the tests of a file. A page that logs an error, breaks the policy or asks elsewhere fails its test. */
export function useBrowser(directory?: URL): Stage {
  let browser: Browser;
  const complaints: string[] = [];
  const stage = {} as Stage;
  beforeAll(async () => {
    browser = await startChromium();
    stage.browser = browser;
    stage.site = await serve(directory);
  });
  afterAll(async () => {
    await browser.close();
    stage.site.close();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });
  stage.open = async (spec, options = {}, allowed = undefined) => {
    const page = await newPage(browser, { viewport: WIDE, ...options });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    page.on("pageerror", (error) => allowed?.ignoring.test(String(error)) || complaints.push(String(error)));
    page.on("console", (message) => {
      // Whether there is a spec is found out by asking.
      const isAbsence = message.text().includes("404") && message.location().url.endsWith("spec.json");
      if (allowed?.ignoring.test(message.text())) return;
      if (message.type() === "error" && !isAbsence) complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(stage.site.url)) complaints.push(`asks elsewhere: ${request.url()}`);
    });
    stage.site.spec = spec;
    await page.goto(stage.site.url);
    return page;
  };
  return stage;
}
