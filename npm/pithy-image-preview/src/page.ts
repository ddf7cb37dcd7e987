/**
 * The static page, for those who serve it.
 *
 * @packageDocumentation
 */

export { EVENTS_PATH, type NamedPageImage, type PageImage, type PageSpec, SPEC_PATH } from "./protocol.ts";

/**
 * The directory of the static page, to be served or copied whole. It has an entry of its own, since bundlers follow the URL.
 *
 * @example
 * ```ts
 * await cp(pageDirectory, "public/image", { recursive: true });
 * await writeFile(`public/image/${SPEC_PATH}`, JSON.stringify({ spec: await previewSpec(image) }));
 * ```
 */
export const pageDirectory: URL = new URL("./static/", import.meta.url);
