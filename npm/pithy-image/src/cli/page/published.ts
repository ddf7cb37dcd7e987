/** What of an image's data can be published. */
import { sep } from "node:path";
import type { PreparedSpec } from "../../../../pithy-image-preview/src/spec.ts";
import type { Plan } from "../../image/plan.ts";

/** A spec without the absolute paths of a directory, and without its root. */
export function published(spec: PreparedSpec, directory: string = process.cwd()): PreparedSpec {
  const { callSites = {}, resolved, problems } = spec;
  const located = locatedBelow(directory);
  return {
    ...spec,
    callSites: Object.fromEntries(Object.entries(callSites).map(([step, place]) => [step, below(directory, place)])),
    ...(resolved && { resolved: { ...resolved, root: undefined, findings: (resolved.findings ?? []).map(located) } }),
    ...(problems && { problems: problems.map(located) }),
  };
}

/** A plan without the absolute paths of the current directory. */
export function publishedPlan(plan: Plan): Plan {
  const located = locatedBelow(process.cwd());
  return { ...plan, steps: plan.steps.map(located), findings: plan.findings.map(located) };
}

const locatedBelow =
  (directory: string) =>
  <Located extends { callSite?: string }>(each: Located): Located =>
    each.callSite === undefined ? each : { ...each, callSite: below(directory, each.callSite) };

/** A place as it is written below a directory. */
function below(directory: string, place: string): string {
  const start = `${directory}${sep}`;
  return place.startsWith(start) ? place.slice(start.length) : place;
}
