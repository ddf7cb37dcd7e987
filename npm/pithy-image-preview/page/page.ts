import { EVENTS_PATH, type PageSpec, SPEC_PATH } from "../src/protocol.ts";
import { createView } from "./view.ts";

const show = createView(document.querySelector("#preview") as Element);
let shown: PageSpec = {};

/** What is beside the page; undefined if nothing is, as in a copy that somebody opens to paste a definition. */
async function load(): Promise<PageSpec | undefined> {
  const response = await fetch(SPEC_PATH, { cache: "no-store" });
  const isJson = response.headers.get("content-type")?.includes("json");
  return response.ok && isJson ? response.json() : undefined;
}

async function reload(): Promise<void> {
  try {
    shown = (await load()) ?? shown;
    show(shown);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    show({ ...shown, error: `${SPEC_PATH} cannot be read: ${reason}` });
  }
}

const first = await load().catch(() => undefined);
shown = first ?? {};
show(shown);
// A plain file server has no events: the browser gives up by itself.
if (first) new EventSource(EVENTS_PATH).addEventListener("message", () => void reload());
