/** A way to the stand-in on which requests and answers are altered: for servers that do not keep to what was asked. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { onTestFinished } from "vitest";
import type { DaytonaApi } from "./fixture.ts";

/** What is altered on the way. */
export interface Alterations {
  readonly request?: (url: URL) => void;
  /** The body of an answer, and its headers. */
  readonly answer?: (path: string, body: unknown, headers: Record<string, string>) => unknown;
}

/** Starts it, and returns the `apiUrl` of clients. */
export async function altered(
  { origin }: DaytonaApi,
  finished: typeof onTestFinished,
  { request: alter, answer = (_, body) => body }: Alterations,
): Promise<string> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", origin);
    alter?.(url);
    const { method = "GET" } = request;
    const { authorization = "" } = request.headers;
    const body = method === "GET" ? null : await text(request);
    const got = await fetch(url, { method, headers: { authorization, "content-type": "application/json" }, body });
    const sent: Record<string, string> = { date: got.headers.get("date") ?? "", "content-type": "application/json" };
    const changed = answer(url.pathname.replace(/^\/api/, ""), JSON.parse((await got.text()) || "null"), sent);
    response.sendDate = false;
    response.writeHead(got.status, sent).end(JSON.stringify(changed));
  });
  finished(() => void server.close());
  finished(() => server.closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
}
