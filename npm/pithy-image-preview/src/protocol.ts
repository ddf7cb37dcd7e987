import type { Plan } from "pithy-image";
import type { PreviewSpec } from "./spec.ts";

/** Where the static page looks for what it shows, beside itself: a {@link PageSpec} as JSON. */
export const SPEC_PATH = "spec.json";

/** The path at which a server may notify the page that {@link SPEC_PATH} changed: server-sent events without content. */
export const EVENTS_PATH = "events";

/** What the static page shows. */
export interface PageSpec {
  /** The image; absent if there is none yet because of the error. */
  spec?: PreviewSpec;
  /** The baseline. */
  baseline?: PreviewSpec;
  /** What changed since then; absent if the page has to compute it. */
  plan?: Plan;
  /** Heading, such as the path of the module. */
  title?: string;
  /** Where lines of code are shown: an address with `{path}`, `{line}` and `{column}`. */
  sourceLink?: string;
  /** Why there is no newer `spec`: the error of the module. The last image stays. */
  error?: string;
}
