/**
 * Prepares the data of a preview on a server.
 *
 * @packageDocumentation
 */

import type { ImageBuilder, RootOptions } from "pithy-image";
import { prepare } from "./prepare.ts";
import type { PreparedSpec } from "./spec.ts";

export { EVENTS_PATH, type NamedPageImage, type PageImage, type PageSpec, SPEC_PATH } from "./protocol.ts";
export type { PreparedSpec, PreviewSpec, ResolvedRecord } from "./spec.ts";

/**
 * The data of a preview, with the files read from disk: plain data, which a server component can pass on. An image with
 * mistakes is shown with them.
 *
 * @example
 * ```tsx
 * <ImagePreview spec={await previewSpec(image, { root: process.cwd() })} />
 * ```
 */
export async function previewSpec(image: ImageBuilder, options: RootOptions = {}): Promise<PreparedSpec> {
  const { maskSecrets } = await import("pithy-image");
  const { spec } = await prepare(image, () => image.resolve({ ...options, snapshotRef: true }));
  // Without classes and undefined fields, too, as React requires for what is sent to the browser.
  return JSON.parse(maskSecrets(JSON.stringify(spec)));
}
