import type { Plan } from "pithy-image";
import type { PreviewSpec, RulePage } from "./spec.ts";

/** Where the static page looks for what it shows, beside itself: a {@link PageSpec} as JSON. */
export const SPEC_PATH = "spec.json";

/** The path at which a server may notify the page that {@link SPEC_PATH} changed: server-sent events without content. */
export const EVENTS_PATH = "events";

/** The id of the element that has a {@link PageSpec} as JSON, in a page that is one file. */
export const DATA_ID = "page-data";

/** An image on the static page. */
export interface PageImage {
  /** The image; absent if there is none yet because of the error. */
  spec?: PreviewSpec;
  /** The baseline. */
  baseline?: PreviewSpec;
  /** What the baseline is, such as a commit. */
  baselineTitle?: string;
  /** What changed since then; absent if the page has to compute it. */
  plan?: Plan;
  /** Whether there is a baseline that does not have the image. */
  isNew?: boolean;
  /** Heading, such as the path of the module. */
  title?: string;
  /** The pages of the lint rules that found something, by their codes. */
  rules?: Readonly<Record<string, RulePage>>;
  /** Where lines of code are shown: an address with `{path}`, `{line}` and `{column}`. */
  sourceLink?: string;
  /** Why there is no newer `spec`: the error of the module. The last image stays. With a `spec`, what else is wrong. */
  error?: string;
}

/** What the static page shows: an image, or several below each other. */
export interface PageSpec extends PageImage {
  /** Several images, each with a name of its own; then there is none beside them. */
  images?: readonly NamedPageImage[];
  /** The names of images that the baseline has, and that there are no longer. */
  gone?: readonly string[];
}

/** One of several images on the static page. */
export interface NamedPageImage extends PageImage {
  /** Letters, digits, `-`, `_` and `.`. */
  name: string;
}
