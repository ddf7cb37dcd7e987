/** Takes the place of `pithy-image` in a page that is one file, which can load nothing. */

/** What such a page says where something is left out. */
export const NO_CORE =
  "This page is a single file without the core: what has to be computed, such as a comparison, is left out, and it takes no files.";

/** Refuses to begin. */
export function init(): never {
  throw new Error(NO_CORE);
}
