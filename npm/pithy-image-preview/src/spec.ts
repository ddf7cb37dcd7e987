import type { Definition, Problem, ResolvedImage } from "pithy-image";

/** A resolved image as data, `JSON.parse(JSON.stringify(resolved))`, without the definition. */
export type ResolvedRecord = Omit<
  ResolvedImage,
  | "callSiteOf"
  | "contextTar"
  | "definition"
  | "hash"
  | "lint"
  | "pack"
  | "packSync"
  | "plan"
  | "root"
  | "snapshotName"
  | "toJSON"
> & { root?: string };

/** A definition, and what is known of it elsewhere: see {@link PreviewSpec}. */
export interface PreparedSpec {
  /** What is shown. */
  definition: Definition;
  /** The lines of code that made the steps: `image.callSites()`. */
  callSites?: Record<string, string>;
  /** The image with its files: nothing is computed in the browser then. */
  resolved?: ResolvedRecord;
  /** Texts of files that are sent, by their digests: those that can be opened and compared. */
  texts?: Record<string, string>;
  /** Whether secrets in it are masked: then no digest can be computed from it. */
  isMasked?: boolean;
  /** Why there is no `resolved`. */
  problems?: readonly Problem[];
}

/**
 * What a preview shows: a definition alone, or with all that a server knows of it. It is plain data.
 *
 * @example
 * ```ts
 * const spec: PreviewSpec = Image.debianSlim("3.12").aptInstall(["git"]).toJSON();
 * ```
 */
export type PreviewSpec = Definition | PreparedSpec;

/** A spec in its long form. */
export const prepared = (spec: PreviewSpec): PreparedSpec => ("steps" in spec ? { definition: spec } : spec);
