/** Formats an image for a terminal. */

import { bytes } from "../../../pithy-image-preview/src/text/quantity.ts";
import type { ResolvedImage } from "../image/resolved.ts";
import { describeProblem, type Finding } from "../shared/errors.ts";
import type { IgnoredRecord } from "../shared/wire.generated.ts";
import { inline } from "./print.ts";

export function describe(resolved: ResolvedImage, found: readonly Finding[]): string {
  const contexts = resolved.contexts.map(
    ({ archivePath, size, source }) => `  ${archivePath}  ${bytes(size)}  ${inline(source ?? "(inline)")}`,
  );
  const ignored = resolved.ignored.map(({ path, ...rule }) => inline(`  ${path}  ${ruleOf(rule)}`));
  const findings = found.map(describeProblem);
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

/** The place of an ignore rule, and its pattern. */
export const ruleOf = ({ file = "exclude", line, pattern }: Pick<IgnoredRecord, "file" | "line" | "pattern">): string =>
  `${line ? `${file}:${line}` : "built-in rule"}  ${pattern}`;

/** A heading and its lines; empty if there are none. */
export const section = (heading: string, lines: string[]): string =>
  lines.length ? `${[heading, ...lines].join("\n")}\n` : "";
