/** Formats an image for a terminal. */

import type { ResolvedImage } from "../image/resolved.ts";
import { describeProblem } from "../shared/errors.ts";
import { inline } from "./print.ts";

export function describe(resolved: ResolvedImage): string {
  const contexts = resolved.contexts.map(
    ({ archivePath, size, source }) => `  ${archivePath}  ${bytes(size)}  ${inline(source ?? "(inline)")}`,
  );
  const ignored = resolved.ignored.map(({ path, file = "exclude", line, pattern }) =>
    inline(`  ${path}  ${line ? `${file}:${line}` : "built-in rule"}  ${pattern}`),
  );
  const findings = resolved.findings.map(describeProblem);
  const names = [
    `root          ${inline(resolved.root ?? "(no local files)")}`,
    `image digest  ${resolved.imageDigest}`,
    `snapshot ref  ${resolved.snapshotRef}`,
  ];
  const sent = contexts.length ? contexts : ["  (nothing: the image has no local files)"];
  const dockerfile = resolved.dockerfile.replace(/[^\n]$/, "$&\n"); // a user's own may not end its last line
  const parts = [dockerfile, section("contexts", sent), section("ignored", ignored)];
  return [...parts, section("findings", findings), `${names.join("\n")}\n`].filter(Boolean).join("\n");
}

/** A heading and its lines; empty if there are none. */
const section = (heading: string, lines: string[]): string =>
  lines.length ? `${[heading, ...lines].join("\n")}\n` : "";

/** A size with its unit. */
export function bytes(size: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const unit = Math.min(Math.floor(Math.log2(Math.max(size, 1)) / 10), units.length - 1);
  return `${unit === 0 ? size : (size / 1024 ** unit).toFixed(1)} ${units[unit]}`;
}
