import type { Linted } from "./targets.ts";

/** How many findings there are. */
export function tally(linted: readonly Linted[]): { errors: number; warnings: number } {
  const all = linted.flatMap(({ findings }) => findings);
  const errors = all.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: all.length - errors };
}
