/** Pages in a real Chromium. */
import type { Browser } from "playwright-core";
import { newPage } from "../chromium.ts";

/** A page that was opened. */
export interface Visit {
  /** The text of its `output`. */
  readonly output: string | null;
  /** What went wrong meanwhile: errors and warnings of its console, and requests without success. */
  readonly complaints: readonly string[];
}

/** Opens a page, and waits for its `output`. */
export async function visit(browser: Browser, url: string): Promise<Visit> {
  const page = await newPage(browser);
  const complaints: string[] = [];
  page.on("console", (message) => /error|warning/.test(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
  page.on("response", (response) => response.ok() || complaints.push(`${response.status()} ${response.url()}`));
  try {
    await page.goto(url);
    return { output: await page.locator("output").textContent(), complaints };
  } catch (error) {
    throw new Error(`${url} has no output:\n${complaints.join("\n")}`, { cause: error });
  } finally {
    await page.context().close();
  }
}
