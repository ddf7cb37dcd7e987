/** The browser of all tests: Debian's, which asks nobody else for anything. */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Milliseconds after which the browser, or something in it, hangs. */
const HANGS = 600_000;

/** How it is launched. */
export const LAUNCH = {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
  ],
  timeout: HANGS,
};

/** Starts Chromium, which is to be closed. */
export const startChromium = (): Promise<Browser> => chromium.launch(LAUNCH);

/** A page in a context of its own. What is waited for in it may take as long as a busy machine needs. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(HANGS);
  return context.newPage();
}
