import type { PreparedSpec } from "../spec.ts";

/**
 * Lines of code as they are named below the current directory, or else below the root. Of one elsewhere only the file is: where it is
 * on this machine is nobody's business.
 */
export function withoutDirectories(spec: PreparedSpec, root: string | undefined): PreparedSpec {
  const short = shortener([globalThis.process?.cwd?.(), root]);
  const placed = <T extends { callSite?: string }>(said: T): T =>
    said.callSite === undefined ? said : { ...said, callSite: short(said.callSite) };
  const { callSites = {}, resolved, problems } = spec;
  return {
    ...spec,
    callSites: Object.fromEntries(Object.entries(callSites).map(([step, place]) => [step, short(place)])),
    ...(resolved && { resolved: { ...resolved, root: undefined, findings: resolved.findings.map(placed) } }),
    ...(problems && { problems: problems.map(placed) }),
  };
}

const ABSOLUTE = /^(?:[A-Za-z]:)?[\\/]/;

function shortener(directories: readonly (string | undefined)[]): (place: string) => string {
  const tops = directories.flatMap((path) => (path ? [path.replace(/[\\/]$/, "")] : []));
  return (place) => {
    const top = tops.find((path) => place.startsWith(path) && /[\\/]/.test(place.charAt(path.length)));
    if (top !== undefined) return place.slice(top.length + 1).replaceAll("\\", "/");
    return ABSOLUTE.test(place) ? place.replace(/^.*[\\/]/, "") : place;
  };
}
