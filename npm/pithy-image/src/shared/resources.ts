/** The machine of a sandbox. */
import { type Check, fields, optional, strings, wholeAtLeast } from "./check.ts";
import type { Resources } from "./wire.generated.ts";

const count = optional(wholeAtLeast(0));

/** Checks {@link Resources}. */
export const RESOURCES: Check = fields<Resources>(
  { cpu: count, gpu: count, gpuType: optional(strings), memory: count, disk: count },
  "a resource",
);
