/** The words of a plan, which the command line prints and the page shows. */
import type { Plan } from "pithy-image";
import { count, modeText } from "../text/quantity.ts";

/** What a plan says of an image of so many steps. */
export function changeSummary(plan: Pick<Plan, "unchanged" | "steps">, steps: number): string {
  if (plan.unchanged) return "unchanged";
  const built = plan.steps.filter(({ isBuilt }) => isBuilt).length;
  return `changed; ${built} of ${count(steps, "step")} built again`;
}

/** Where a step stood that moved, `was step 9`; nothing if that is unknown, or it did not. */
export function formerPlace({ change, before }: Pick<Plan["steps"][number], "change" | "before">): string | undefined {
  if (change !== "moved" || before === undefined) return undefined;
  const numbers = [...before.matchAll(/\/steps\/(\d+)/g)].map(([, index]) => Number(index) + 1);
  return `was step ${numbers.join(".")}`;
}

/** The name of a field that a JSON pointer leads to; that of an element of a list is the list's: `packages`. */
export const fieldName = (pointer: string): string =>
  pointer
    .slice(1)
    .replace(/\/\d+$/, "")
    .replaceAll("/", ".")
    .replaceAll("~1", "/")
    .replaceAll("~0", "~");

/** The value of a field in a line; a mode as `chmod` takes it. */
export function valueText(value: unknown, pointer: string): string {
  const isMode = pointer.endsWith("/mode") && typeof value === "number";
  return isMode ? modeText(value) : (JSON.stringify(value) ?? "nothing");
}

/** Whether a value is a text of several lines. */
export const hasLines = (value: unknown): boolean => typeof value === "string" && value.trim().includes("\n");
