import type { Plan } from "pithy-image";
import type { PreparedSpec } from "../spec.ts";

/**
 * A spec without its root, in which lines of code are named below the first directory. One in another of the directories, or elsewhere,
 * begins with `…/`: where it is on this machine is nobody's business, and no link leads there.
 */
export function withoutDirectories(spec: PreparedSpec, directories: readonly (string | undefined)[]): PreparedSpec {
  const short = shortener(directories);
  const { callSites = {}, resolved, problems } = spec;
  const located = placed(short);
  const said = <Said extends Problem>(each: Said): Said => located(withoutPaths(each, directories));
  return {
    ...spec,
    callSites: Object.fromEntries(Object.entries(callSites).map(([step, place]) => [step, short(place)])),
    ...(resolved && {
      resolved: { ...resolved, root: undefined, findings: (resolved.findings ?? []).map(said) },
    }),
    ...(problems && { problems: problems.map(said) }),
  };
}

type Problem = { message: string; hint: string; callSite?: string };

/** What is said, in which a directory that is named by itself is `.`: longer paths may be those of the image. */
function withoutPaths<Said extends Problem>(said: Said, directories: readonly (string | undefined)[]): Said {
  const short = (text: string) =>
    directories.reduce<string>((left, path) => (path ? left.replaceAll(`\`${path}\``, "`.`") : left), text);
  return { ...said, message: short(said.message), hint: short(said.hint) };
}

/** A plan with lines of code named in the same way. */
export function planWithoutDirectories(plan: Plan, directories: readonly string[]): Plan {
  const short = placed(shortener(directories));
  return { ...plan, steps: plan.steps.map(short), findings: plan.findings.map(short) };
}

type Shorten = (place: string) => string;

const placed =
  (short: Shorten) =>
  <Said extends { callSite?: string }>(said: Said): Said =>
    said.callSite === undefined ? said : { ...said, callSite: short(said.callSite) };

const ABSOLUTE = /^(?:[A-Za-z]:)?[\\/]/;

function shortener(directories: readonly (string | undefined)[]): Shorten {
  const tops = directories.flatMap((path) => (path ? [path.replace(/[\\/]$/, "")] : []));
  return (place) => {
    const top = tops.find((path) => place.startsWith(path) && /[\\/]/.test(place.charAt(path.length)));
    const start = top === tops[0] ? "" : "…/";
    if (top !== undefined) return start + place.slice(top.length + 1).replaceAll("\\", "/");
    return ABSOLUTE.test(place) ? place.replace(/^.*[\\/]/, "…/") : place;
  };
}
