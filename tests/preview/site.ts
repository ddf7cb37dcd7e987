// The static page as any file server serves it, below a path, with a strict policy; and what a server of our own adds.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { EVENTS_PATH, type PageSpec, pageDirectory, SPEC_PATH } from "pithy-image-preview/page";

/** Only what comes from here, and no code made of text. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
].join("; ");

/** Media types of the files of a page. */
export const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const BELOW = "/some/where/";

export interface Site {
  url: string;
  /** What the page finds beside itself; undefined if nothing. */
  spec: PageSpec | undefined;
  /** Tells the pages that are open that it changed. */
  change(): void;
  close(): void;
}

/** Serves a directory, that of the static page when not given. */
export async function serve(directory: URL = pageDirectory): Promise<Site> {
  const listeners = new Set<ServerResponse>();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "", "http://x").pathname;
    const name = path.slice(BELOW.length) || "index.html";
    if (!path.startsWith(BELOW)) return void response.writeHead(path === "/favicon.ico" ? 204 : 404).end();
    if (name === EVENTS_PATH && site.spec) {
      listeners.add(response.writeHead(200, { "content-type": "text/event-stream" }));
      response.flushHeaders();
      return;
    }
    const body = await content(name).catch(() => undefined);
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type, "content-security-policy": POLICY });
    response.end(body);
  });
  const content = async (name: string) => {
    if (name === SPEC_PATH) return site.spec && JSON.stringify(site.spec);
    return readFile(fileURLToPath(new URL(name, directory)));
  };
  await once(server.listen(0, "127.0.0.1"), "listening");
  const site: Site = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BELOW}`,
    spec: undefined,
    change: () => {
      for (const listener of listeners) listener.write("data:\n\n");
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return site;
}
