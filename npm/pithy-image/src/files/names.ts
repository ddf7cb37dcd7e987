/** Names of files, as they are listed. */

/** The path of a file. A `path` that some libraries add to a `File` does not count. */
export function pathOf(file: { name: string; webkitRelativePath?: string } | { path: string }): string {
  if (!("name" in file)) return composed(file.path);
  return composed(("webkitRelativePath" in file && file.webkitRelativePath) || file.name);
}

/** Letters with the marks after them, and parts of Korean syllables. */
const DECOMPOSED = /\P{M}\p{M}+|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?/gu;

/**
 * A name in which letters and marks are joined, as git does it, where macOS may have separated them. This is not NFC, which
 * would also replace single letters.
 */
export const composed = (name: string): string =>
  isMac() ? name.replace(DECOMPOSED, (sequence) => sequence.normalize("NFC")) : name;

/** Node has a `navigator` since version 21. */
const isMac = (): boolean =>
  (typeof process === "object" && process.platform === "darwin") ||
  (typeof navigator === "object" && typeof navigator.platform === "string" && navigator.platform.startsWith("Mac"));
