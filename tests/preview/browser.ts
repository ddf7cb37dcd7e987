// A real browser, and pages in it that may ask nobody but their own site.

import type { PageSpec } from "pithy-image-preview/server";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { newPage, startChromium } from "../chromium.ts";
import { type Site, serve } from "./site.ts";

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 360, height: 740 };

export interface Stage {
  browser: Browser;
  site: Site;
  /** Opens the page with what it shows; nothing opens it without. */
  open(spec?: PageSpec, options?: BrowserContextOptions): Promise<Page>;
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
  stage.open = async (spec, options = {}) => {
    const page = await newPage(browser, { viewport: WIDE, ...options });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      // Whether there is a spec is found out by asking.
      const isAbsence = message.text().includes("404") && message.location().url.endsWith("spec.json");
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
