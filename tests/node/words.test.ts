/**
 * One step has one description: what the JSON Schema says of it, which comes from the core, and what the documentation
 * of the call of its name says before `@param` are the same, word for word. Only where lines break is free.
 */
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { documented } from "./documentation.ts";

interface Schema {
  $defs: Record<
    string,
    { description?: string; properties?: Record<string, unknown>; oneOf?: Schema["$defs"][string][] }
  >;
}

const { $defs } = createRequire(import.meta.url)("pithy-image/schema.json") as Schema;
const steps = ($defs.Step?.oneOf ?? []).flatMap(({ properties }) => Object.keys(properties ?? {}));
const calls = new Map(
  documented()
    .filter(({ name }) => /^Image(Builder|Statics)\./.test(name))
    .map(({ name, description }) => [name.split(".")[1], description.replaceAll(/\s+/g, " ")]),
);

test("there are steps", () => {
  expect(steps.length).toBeGreaterThan(30);
});

test.each(steps)("%s", (step) => {
  const type = step.charAt(0).toUpperCase() + step.slice(1);
  expect(calls.get(step)).toBe($defs[type]?.description);
});
