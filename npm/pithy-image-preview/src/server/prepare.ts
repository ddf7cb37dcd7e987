/** Makes the data of a preview on a server. */
import type { ImageBuilder, PithyImageError, ResolvedImage } from "pithy-image";
import { type PreparedSpec, withShortDigests } from "../spec.ts";
import { withSizes } from "./left-out.ts";

/** An image as it is shown, and its files or why they are not known. */
export interface Prepared {
  spec: PreparedSpec;
  resolved?: ResolvedImage;
  /** Mistakes of the image, which are in the spec, too. */
  error?: PithyImageError;
}

/** Resolves an image; one with mistakes is shown with them. */
export async function prepare(image: ImageBuilder, resolve: () => Promise<ResolvedImage>): Promise<Prepared> {
  const callSites = image.callSites();
  try {
    const resolved = await resolve();
    const { definition, ...record } = resolved.toJSON();
    const ignored = await withSizes(resolved);
    return { spec: { definition, callSites, resolved: { ...withShortDigests(record), ignored } }, resolved };
  } catch (error) {
    if (!isImageError(error)) throw error;
    return { spec: { definition: definitionOf(image), callSites, problems: error.problems }, error };
  }
}

/** One with paths that are none below the root has no definition. */
function definitionOf(image: ImageBuilder): PreparedSpec["definition"] {
  try {
    return image.toJSON();
  } catch (error) {
    if (isImageError(error)) return { format: "pithy-image/1", edition: "2026-12", steps: [] };
    throw error;
  }
}

/** By its name: the application may have two copies of the package. */
const isImageError = (error: unknown): error is PithyImageError =>
  error instanceof Error && error.name === "PithyImageError";
