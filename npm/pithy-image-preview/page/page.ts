import { EVENTS_PATH, type PageSpec, SPEC_PATH } from "../src/protocol.ts";
import { createView, timeOfDay } from "./view.ts";

const status = document.querySelector("#status") as HTMLElement;
const show = createView(document.querySelector("#preview") as Element);
let time = "";

/** What is beside the page; undefined if nothing is, as in a copy that somebody opens to paste a definition. */
async function load(): Promise<PageSpec | undefined> {
  const response = await fetch(SPEC_PATH, { cache: "no-store" });
  const isJson = response.headers.get("content-type")?.includes("json");
  return response.ok && isJson ? response.json() : undefined;
}

/** Shows what is beside the page, or says why that is not known. */
async function reload(): Promise<void> {
  try {
    const page = await load();
    if (page) show(page);
    say("");
    time = timeOfDay();
  } catch (error) {
    say(`${SPEC_PATH} cannot be read: ${reasonOf(error)}. ${asItWas()}`);
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const asItWas = (): string => `This is the image as it was at ${time}.`;

/** Says how far what is shown can be relied upon. */
function say(text: string): void {
  status.textContent = text;
  status.hidden = text === "";
}

/** Milliseconds until the server is asked again. */
const PAUSE = 1000;

/** Follows the server's events. A plain file server has none, and is not asked again. */
function follow(isKnown: boolean): void {
  const events = new EventSource(EVENTS_PATH);
  let hasEvents = isKnown;
  events.addEventListener("open", () => {
    hasEvents = true;
    void reload(); // it may have changed before
  });
  events.addEventListener("message", () => void reload());
  events.addEventListener("error", () => {
    const isClosed = events.readyState === EventSource.CLOSED;
    if (isClosed && !hasEvents) return;
    say(`Not connected. ${asItWas()}`);
    if (isClosed) setTimeout(() => follow(true), PAUSE); // otherwise the browser does so itself
  });
}

try {
  const page = await load();
  time = timeOfDay();
  show(page ?? {});
  if (page) follow(false);
} catch (error) {
  say(`${SPEC_PATH} cannot be read: ${reasonOf(error)}. Reload the page.`);
}
