/**
 * Prepares the data of a preview on a server.
 *
 * @packageDocumentation
 */

import type { ImageBuilder, PithyImageError, RootOptions } from "pithy-image";
import { withoutDirectories } from "./server/places.ts";
import { textsOf } from "./server/texts.ts";
import { type PreparedSpec, type ResolvedRecord, withShortDigests } from "./spec.ts";

export { EVENTS_PATH, type PageSpec, SPEC_PATH } from "./protocol.ts";
export type { PreparedSpec, PreviewSpec, ResolvedRecord } from "./spec.ts";

/** Options of {@link previewSpec}. */
export interface PreviewSpecOptions extends RootOptions {
  /**
   * Which files' texts are part of it, so that they can be opened and compared: all when not given. Of large files, and where there
   * are many, none is.
   */
  texts?: (file: ResolvedRecord["files"][number]) => boolean;
}

/**
 * The data of a preview, with the files read from disk: plain data, which a server component can pass on. An image with mistakes is
 * shown with them. Secrets that are detected are masked, and paths of the server are left out.
 *
 * @example
 * ```tsx
 * <ImagePreview spec={await previewSpec(image, { root: process.cwd() })} />
 * ```
 */
export async function previewSpec(
  image: ImageBuilder,
  { texts: wanted = () => true, ...options }: PreviewSpecOptions = {},
): Promise<PreparedSpec> {
  const callSites = image.callSites();
  try {
    const resolution = await image.resolve({ ...options, snapshotRef: true });
    const { definition, ...resolved } = resolution.toJSON();
    const texts = await textsOf(resolution, wanted);
    return plain({ definition, callSites, resolved: withShortDigests(resolved), texts }, resolution.root);
  } catch (error) {
    if (!isImageError(error)) throw error;
    const root = options.root === undefined ? undefined : pathOf(options.root);
    return plain({ definition: image.toJSON(), callSites, problems: error.problems }, root);
  }
}

/** Without secrets, paths of this machine, classes and undefined fields, as React requires for what is sent to the browser. */
async function plain(spec: PreparedSpec, root: string | undefined): Promise<PreparedSpec> {
  const { maskSecrets } = await import("pithy-image");
  const text = JSON.stringify(withoutDirectories(spec, root));
  const masked = maskSecrets(text);
  return { ...JSON.parse(masked), ...(masked !== text && { isMasked: true }) };
}

/** By its name: the application may have two copies of the package. */
const isImageError = (error: unknown): error is PithyImageError =>
  error instanceof Error && error.name === "PithyImageError";

const pathOf = (root: string | URL): string => (typeof root === "string" ? root : decodeURIComponent(root.pathname));
