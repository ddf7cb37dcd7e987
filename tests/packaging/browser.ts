/** Pages in a real Chromium. */
import { type Browser, chromium } from "playwright-core";

/** Starts Chromium, which is to be closed. */
export const startChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
    ],
  });

/** The text of the page's `output`, once it is there. What went wrong in the page meanwhile is told if it does not come. */
export async function outputOf(browser: Browser, url: string): Promise<string> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
  page.on("response", (response) => response.ok() || complaints.push(`${response.status()} ${response.url()}`));
  try {
    await page.goto(url);
    return await page.locator("output").innerText({ timeout: 30_000 });
  } catch (error) {
    throw new Error(`${url} has no output:\n${complaints.join("\n")}`, { cause: error });
  } finally {
    await page.close();
  }
}
