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

function serve(request, response) {
  if (request.url === "/") return response.setHeader("content-type", "text/html").end(EMPTY);
  response.setHeader("content-type", TYPES[extname(request.url)] ?? "text/plain");
  response.end(readFileSync(join(DIST, request.url)));
}

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

/** Runs in the page: many files are resolved, while a clock ticks on its thread. */
async function resolveMany([count, size]) {
  const { init, Image } = await import("/browser/index.mjs");
  await init(await (await fetch("/pithy-image.wasm")).arrayBuffer());
  const files = Array.from({ length: count }, (_, i) => {
    const file = new File([new Uint8Array(size).fill(i)], `${i}.txt`);
    return Object.defineProperty(file, "webkitRelativePath", { value: `app/tree/${Math.floor(i / 100)}/${i}.txt` });
  });
  const ticks = [];
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    ticks.push(performance.now());
    channel.port2.postMessage(0);
  };
  await new Promise((done) => setTimeout(done, 100)); // what made the files is over
  channel.port2.postMessage(0);
  const started = performance.now();
  const resolved = await Image.base("scratch").addLocalDir("tree", "/tree").resolveFiles(files);
  const took = performance.now() - started;
  await new Promise((done) => setTimeout(done, 50));
  channel.port1.close();
  const blocked = ticks.reduce((most, tick, i) => Math.max(most, tick - (ticks[i - 1] ?? tick)), 0);
  return { took, blocked, digest: resolved.imageDigest };
}

/** Milliseconds to load the core from its bytes, and to the first result after that, of each of some rounds. */
export const inBrowser = (rounds) => inPages(rounds, measure);

/** Milliseconds to resolve so many files of a size in a browser, and the longest for which its page could do nothing else. */
export const manyInBrowser = (rounds, count, size) => inPages(rounds, resolveMany, [count, size]);

async function inPages(rounds, work, argument) {
  const server = createServer(serve);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const results = [];
    for (let round = 0; round < rounds; round++) {
      const page = await (await browser.newContext()).newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      results.push(await page.evaluate(work, argument));
      await page.context().close();
    }
    return results;
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}
