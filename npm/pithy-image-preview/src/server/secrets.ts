import type { PreparedSpec } from "../spec.ts";

/** `maskSecrets`, of whichever copy of the package there is. */
export type Mask = (text: string) => string;

/** A spec as plain data, in which secrets are masked. It says so: then no digest can be computed from it. */
export function withoutSecrets(spec: PreparedSpec, mask: Mask): PreparedSpec {
  const text = JSON.stringify(spec);
  const masked = mask(text);
  return { ...JSON.parse(masked), ...(masked !== text && { isMasked: true }) };
}
