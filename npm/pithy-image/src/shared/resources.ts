/** The machine of a sandbox. */
import { arrayOf, aString, type Check, fields, must, optional, wholeAtLeast } from "./check.ts";
import type { Resources } from "./wire.generated.ts";

const count = optional(wholeAtLeast(0));

const kinds = arrayOf(
  aString,
  must("a string or an array of strings", (value) => typeof value === "string"),
);

/** Checks {@link Resources}. */
export const RESOURCES: Check = fields<Resources>(
  { cpu: count, gpu: count, gpuType: optional(kinds), memory: count, disk: count },
  "a resource",
);
