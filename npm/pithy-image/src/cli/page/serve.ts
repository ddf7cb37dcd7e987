/** Serves the page on this machine only, and notifies it when the image changes. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { watch } from "chokidar";
import { EVENTS_PATH, SPEC_PATH } from "../../../../pithy-image-preview/src/protocol.ts";
import { printProgress } from "../print.ts";
import { UsageError } from "../usage-error.ts";
import { pageMaker, type Shown, showError } from "./data.ts";
import { pageFiles } from "./site.ts";
import { isBusy } from "./watched.ts";

const HOST = "127.0.0.1";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Milliseconds to wait after a change: editors write a file in several steps. */
const SETTLE = 100;

/** Milliseconds after which a page that lost the connection connects again. */
const RECONNECT = 1000;

/** A page that is being served. */
export interface Served {
  url: string;
  close(): Promise<void>;
}

/** Serves the image until it is closed; `directories` are watched for changes. */
export async function serve(shown: Shown, directories: readonly string[], port: number): Promise<Served> {
  const files = pageFiles();
  const listeners = new Set<ServerResponse>();
  const stop = new AbortController();
  const make = pageMaker(shown, showError);
  let spec = await make(stop.signal);

  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (!isOwn(request, port)) return void response.writeHead(403).end();
    const [path = ""] = (request.url ?? "").split("?");
    const name = path.slice(1) || "index.html";
    if (name === EVENTS_PATH) return listen(response, listeners);
    if (name === SPEC_PATH) return respond(response, name, JSON.stringify(spec));
    const file = files.get(name);
    return file ? respond(response, name, file) : void response.writeHead(404).end();
  });
  await listening(server.listen(port, HOST), port);

  let latest = 0;
  const renew = async () => {
    const turn = ++latest;
    const made = await make(stop.signal);
    if (turn !== latest) return; // a later change was faster
    spec = made;
    for (const listener of listeners) listener.write("data:\n\n");
  };
  const watcher = watch([...new Set(directories)], { ignored: isBusy(directories), ignoreInitial: true });
  let timer: NodeJS.Timeout | undefined;
  watcher.on("all", () => {
    clearTimeout(timer);
    timer = setTimeout(renew, SETTLE);
  });
  watcher.on("error", (error) => {
    printProgress(`Some changes may be missed: ${error instanceof Error ? error.message : error}.\n`);
  });
  await new Promise<void>((ready) => watcher.once("ready", ready));

  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}/`,
    async close() {
      clearTimeout(timer);
      stop.abort();
      await watcher.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Whether a request was meant for this server: another site can resolve its own name to this address. */
const isOwn = ({ headers }: IncomingMessage, port: number): boolean =>
  [HOST, "localhost"].some((name) => headers.host === `${name}:${port}` || (port === 80 && headers.host === name));

function listen(response: ServerResponse, listeners: Set<ServerResponse>): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(`retry: ${RECONNECT}\n\n`);
  listeners.add(response);
  response.on("close", () => listeners.delete(response));
}

function respond(response: ServerResponse, name: string, body: string | Buffer): void {
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'",
  });
  response.end(body);
}

async function listening(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Port ${port} cannot be used: ${reason}. Omit \`--port\` to use a free one.`);
  }
}
