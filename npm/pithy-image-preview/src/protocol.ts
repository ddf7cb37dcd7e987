import type { Plan } from "pithy-image";
import type { PreviewSpec } from "./spec.ts";

/** Where the static page looks for what it shows, beside itself: a {@link PageSpec} as JSON. */
export const SPEC_PATH = "spec.json";

/** Where a server may tell the page that {@link SPEC_PATH} changed: server-sent events without content. */
export const EVENTS_PATH = "events";

/** What the static page shows. */
export interface PageSpec {
  /** The image; absent if there is none yet, because of the error. */
  spec?: PreviewSpec;
  /** What it is compared with. */
  baseline?: PreviewSpec;
  /** What changed since then; absent if the page has to find it out. */
  plan?: Plan;
  /** Heading, such as the path of the module. */
  title?: string;
  /** Why there is no newer `spec`: the text of a module that cannot be loaded. The last image stays. */
  error?: string;
}
