/** Access to Daytona's API without an SDK, for the command line. */
import { type ClientSettings, DEFAULT_API_URL } from "./config.ts";
import type { Access, HttpRequest, HttpResponse, Send } from "./http.ts";

/** Requests are sent once: a command reports what happens, and does not insist. */
export class FetchAccess implements Access {
  readonly attempts = 1;
  readonly apiUrl: string;
  readonly headers: HttpRequest["headers"];

  constructor({ apiKey, apiUrl = DEFAULT_API_URL }: ClientSettings) {
    this.apiUrl = apiUrl.replace(/\/+$/, "");
    this.headers = { authorization: `Bearer ${apiKey}`, accept: "application/json" };
  }

  url(...path: string[]): string {
    return [this.apiUrl, ...path.map(encodeURIComponent)].join("/");
  }

  readonly send: Send = async ({ method, url, headers, params = {}, signal }) => {
    const address = new URL(url);
    for (const [name, value] of Object.entries(params)) address.searchParams.set(name, String(value));
    const init = { method, headers: headers as Record<string, string>, redirect: "manual", signal } as const;
    const response = await fetch(address, init).catch((error: unknown) => {
      throw causeOf(error);
    });
    return { status: response.status, headers: Object.fromEntries(response.headers), data: await dataOf(response) };
  };
}

/** `fetch` wraps what happened, which may have no message. */
function causeOf(error: unknown): Error {
  const cause = error instanceof Error && error.cause ? error.cause : error;
  return new Error((cause instanceof Error ? cause.message : String(cause)) || "the connection failed");
}

async function dataOf(response: Response): Promise<HttpResponse["data"]> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
