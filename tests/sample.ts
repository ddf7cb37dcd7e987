/** A part of the longest tests, for runs that have to be short; another part for each commit. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";

/** Names the sample. Without one everything is run. */
const SAMPLE = process.env.PITHY_IMAGE_SAMPLE;

/** The files of tests in a directory. */
export const testFiles = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".test.ts"))
    .sort();

/** How many cases a test generates: a share of all in a run that has to be short. */
export const sampledCount = (all: number, share: number): number => (SAMPLE ? Math.ceil(all * share) : all);

/**
 * Some of the items, at least one: `share` of them, as the sample's name decides. All of them without a sample.
 *
 * ```ts
 * test.each(sampled("definitions", PARTS, 1 / 3))("part %i", …);
 * ```
 */
export function sampled<Item>(topic: string, items: readonly Item[], share: number): readonly Item[] {
  if (!SAMPLE) return items;
  const rank = (index: number) => createHash("sha256").update(`${SAMPLE}:${topic}:${index}`).digest("hex");
  const ranked = items.map((_, index) => index).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const chosen = new Set(ranked.slice(0, Math.ceil(items.length * share)));
  return items.filter((_, index) => chosen.has(index));
}
