/**
 * Prepares the data of a preview on a server.
 *
 * @packageDocumentation
 */

import type { ImageBuilder, PithyImageError, RootOptions } from "pithy-image";
import type { PreparedSpec } from "./spec.ts";

export { EVENTS_PATH, type PageSpec, SPEC_PATH } from "./protocol.ts";
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
  const callSites = image.callSites();
  try {
    const { definition, ...resolved } = (await image.resolve({ ...options, snapshotRef: true })).toJSON();
    return plain({ definition, callSites, resolved });
  } catch (error) {
    if (!isImageError(error)) throw error;
    return plain({ definition: image.toJSON(), callSites, problems: error.problems });
  }
}

/** Without secrets, classes and undefined fields, as React requires for what is sent to the browser. */
async function plain(spec: PreparedSpec): Promise<PreparedSpec> {
  const { maskSecrets } = await import("pithy-image");
  return JSON.parse(maskSecrets(JSON.stringify(spec)));
}

/** By its name: the application may have two copies of the package. */
const isImageError = (error: unknown): error is PithyImageError =>
  error instanceof Error && error.name === "PithyImageError";
