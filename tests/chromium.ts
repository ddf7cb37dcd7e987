/** The browser of all tests: Debian's, which asks nobody else for anything. */
import { type Browser, chromium } from "playwright-core";

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
  timeout: 600_000, // ends only what hangs
};

/** Starts Chromium, which is to be closed. */
export const startChromium = (): Promise<Browser> => chromium.launch(LAUNCH);
