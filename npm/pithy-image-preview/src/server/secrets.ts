import type { Definition, Plan } from "pithy-image";
import { at } from "../data/pointer.ts";
import type { PreparedSpec } from "../spec.ts";

/** `maskSecrets`, of whichever copy of the package there is. */
export type Mask = (text: string) => string;

/** A spec as plain data, in which secrets are masked. It says so: then no digest can be computed from it. */
export function withoutSecrets(spec: PreparedSpec, mask: Mask): PreparedSpec {
  const text = JSON.stringify(spec);
  const masked = maskedData(spec, mask);
  return { ...masked, ...(JSON.stringify(masked) !== text && { isMasked: true }) };
}

/**
 * Plain data in which secrets are masked: those that the text of its JSON shows, and values that stand apart from the name which says
 * what they are, such as `{ name, value }` of an argument and `{ path, before, after }` of a change.
 */
export function maskedData<Data>(data: Data, mask: Mask): Data {
  const named = JSON.stringify(data, (_, value: unknown) => withNames(value, mask));
  return JSON.parse(mask(named)) as Data;
}

/** A plan in which secrets are masked. The name of an argument is in the definition that the plan leads to. */
export function planWithoutSecrets(plan: Plan, definition: Definition, mask: Mask): Plan {
  const steps = plan.steps.map((step) => {
    const { name } = Object(Object(at(definition, step.after ?? "")).arg);
    if (typeof name !== "string" || !step.fields) return step;
    const fields = step.fields.map(({ path, before, after }) => ({
      path,
      before: maskedLeaves(name, before, mask),
      after: maskedLeaves(name, after, mask),
    }));
    return { ...step, fields };
  });
  return maskedData({ ...plan, steps }, mask);
}

function withNames(value: unknown, mask: Mask): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { name, value: own, path, before, after } = value as Readonly<Record<string, unknown>>;
  if (typeof name === "string" && typeof own === "string") return { ...value, value: maskedAs(name, own, mask) };
  if (typeof path !== "string" || (before === undefined && after === undefined)) return value;
  const field = path.slice(path.lastIndexOf("/") + 1);
  return { ...value, before: maskedLeaves(field, before, mask), after: maskedLeaves(field, after, mask) };
}

/** A value, the strings in which belong to a name. */
function maskedLeaves(name: string, value: unknown, mask: Mask): unknown {
  if (typeof value === "string") return maskedAs(name, value, mask);
  if (Array.isArray(value)) return value.map((item) => maskedLeaves(name, item, mask));
  return value;
}

/** A string without the secrets that it has by itself, and those that it is as the value of a name. */
function maskedAs(name: string, value: string, mask: Mask): string {
  const start = `${name}=`;
  const named = mask(`${start}${value}`);
  return mask(named.startsWith(start) ? named.slice(start.length) : value);
}
