import type { Definition, Problem, ResolvedImage } from "pithy-image";

/** A resolved image as data, `JSON.parse(JSON.stringify(resolved))`, without the definition. */
export type ResolvedRecord = Omit<
  ResolvedImage,
  | "callSiteOf"
  | "contextTar"
  | "definition"
  | "hash"
  | "ignored"
  | "lint"
  | "pack"
  | "packSync"
  | "plan"
  | "root"
  | "snapshotName"
  | "toJSON"
> & { root?: string; ignored: LeftOut[] };

/** What an ignore rule left out, and what it takes on the disk, if that is known. */
export interface LeftOut extends IgnoredRecord {
  /** Bytes of all files in it. */
  size?: number;
  /** How many files it is. */
  files?: number;
  /** Present if that is only a part: there is too much to look at, or something could not be read. */
  isPart?: true;
}

type IgnoredRecord = ResolvedImage["ignored"][number];

/** Bytes of the longest text of a file that a spec has. */
export const LONGEST_TEXT: number = 64 * 1024;

/** The text of a file by its digest, if it is here. */
export type TextOf = (digest: string | undefined) => string | undefined;

/** Digits of a file's digest that a spec has: those of thousands of files would be most of it. Sources have theirs whole. */
const DIGITS = 18;

/** The beginning of a file's digest, by which files are compared here. */
export const shortDigest = (digest: string): string => digest.slice(0, "sha256:".length + DIGITS);

/** A resolved image in which files have short digests. */
export const withShortDigests = <Resolved extends Pick<ResolvedRecord, "files">>(resolved: Resolved): Resolved => ({
  ...resolved,
  files: resolved.files.map((file) => (file.digest ? { ...file, digest: shortDigest(file.digest) } : file)),
});

/** A definition, and what is known of it elsewhere: see {@link PreviewSpec}. */
export interface PreparedSpec {
  /** What is shown. */
  definition: Definition;
  /** The lines of code that made the steps: `image.callSites()`. */
  callSites?: Record<string, string>;
  /** The image with its files, whose digests are short: nothing is computed in the browser then. */
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

/** What a lint rule is for, with examples. */
export interface RulePage {
  title: string;
  /** Markdown: paragraphs, headings and code. */
  text: string;
}
