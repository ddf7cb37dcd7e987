/** Makes the data of a preview on a server. */
import type { ImageBuilder, PithyImageError, ResolvedImage } from "pithy-image";
import type { Mask } from "../data/secrets.ts";
import { type PreparedSpec, type ResolvedRecord, withShortDigests } from "../spec.ts";
import { withSizes } from "./left-out.ts";
import { fromDisk, textsOf } from "./texts.ts";

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
    return { spec: { definition, callSites, resolved: withShortDigests(record) }, resolved };
  } catch (error) {
    if (!isImageError(error)) throw error;
    return { spec: { definition: definitionOf(image), callSites, problems: error.problems }, error };
  }
}

/** What a page has beside its image. */
interface Beside {
  /** The files of another image, whose texts differ. */
  others?: ResolvedRecord["files"];
  /** Entries of what was left out that are looked at for their sizes. */
  entries?: number;
  signal?: AbortSignal;
}

/** A spec with what is read from the disk for it: texts of files, and sizes of what was left out. */
export async function withDisk(
  spec: PreparedSpec,
  resolved: ResolvedImage | undefined,
  mask: Mask,
  { others, entries, signal }: Beside = {},
): Promise<PreparedSpec> {
  if (!spec.resolved || !resolved) return spec;
  const ignored = await withSizes(resolved, entries, signal);
  const texts = await textsOf(resolved.files, fromDisk(resolved), mask, others);
  return { ...spec, resolved: { ...spec.resolved, ignored }, texts };
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
