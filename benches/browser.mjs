// The WebAssembly core in Chromium, from its bytes to the first result: a new page each time, so that nothing is warm.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { chromium } from "playwright-core";

const DIST = dirname(createRequire(import.meta.url).resolve("pithy-image/pithy-image.wasm"));
const TYPES = { ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };

/** A page without an icon to ask for. */
const EMPTY = `<!doctype html><link rel="icon" href="data:,">`;

const server = createServer((request, response) => {
  if (request.url === "/") return response.setHeader("content-type", "text/html").end(EMPTY);
  response.setHeader("content-type", TYPES[extname(request.url)] ?? "text/plain");
  response.end(readFileSync(join(DIST, request.url)));
});

/** Runs in the page. */
async function measure() {
  const { init, buildPithyJauntImage } = await import("/browser/index.mjs");
  const bytes = await (await fetch("/pithy-image.wasm")).arrayBuffer();
  const started = performance.now();
  await init(bytes);
  const loaded = performance.now();
  buildPithyJauntImage().outline();
  return { load: loaded - started, first: performance.now() - loaded };
}

/** Milliseconds to load the core from its bytes, and to the first result after that, of each of some rounds. */
export async function inBrowser(rounds) {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const results = [];
    for (let round = 0; round < rounds; round++) {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      results.push(await page.evaluate(measure));
      await page.context().close();
    }
    return results;
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}
