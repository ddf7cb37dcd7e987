import { type ImagePreviewProps, mountPreview } from "pithy-image-preview";
import { EVENTS_PATH, type PageSpec, SPEC_PATH } from "../src/protocol.ts";

let preview: ReturnType<typeof mountPreview> | undefined;
let shown: ImagePreviewProps = {};

/** What is beside the page; undefined if nothing is, as in a copy that somebody opens to paste a definition. */
async function load(): Promise<PageSpec | undefined> {
  const response = await fetch(SPEC_PATH, { cache: "no-store" });
  const isJson = response.headers.get("content-type")?.includes("json");
  return response.ok && isJson ? response.json() : undefined;
}

function show({ spec, baseline, plan, title, sourceLink, error }: PageSpec): void {
  const now = spec ? { spec, plan } : { spec: shown.spec, plan: shown.plan };
  shown = { ...now, baseline, title, sourceLink, notice: error, headingLevel: 1 };
  document.title = title ?? "Image preview";
  preview ??= mountPreview(document.querySelector("#preview"), shown);
  preview.update(shown);
}

async function reload(): Promise<void> {
  try {
    const page = await load();
    if (page) show(page);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const { spec, baseline, plan, title } = shown;
    show({ spec, baseline, plan, title, error: `${SPEC_PATH} cannot be read: ${reason}` });
  }
}

const first = await load().catch(() => undefined);
show(first ?? {});
// A plain file server has no events: the browser gives up by itself.
if (first) new EventSource(EVENTS_PATH).addEventListener("message", () => void reload());
