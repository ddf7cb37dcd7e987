/** Local paths of steps that depend on the machine until the root is known: absolute ones, `..`, `~`, and `file:` URLs. */
import { host } from "#host";
import type { LocalPath, LocalPaths } from "../core/host.ts";
import type { CallSites, Problem } from "../shared/errors.ts";
import type { Step } from "../shared/wire.generated.ts";
import type { StepName } from "./step-options.ts";

type Fields = Record<string, unknown>;

/** The fields of steps that name local files. */
const PATHS: Readonly<Partial<Record<StepName, readonly string[]>>> = {
  addLocalDir: ["source", "ignoreFile"],
  addLocalFile: ["source"],
  dockerfileCommands: ["context"],
  fromDockerfile: ["source", "context"],
  pipInstallFromPyproject: ["source"],
  pipInstallFromRequirements: ["source"],
};

/** Absolute on any system, from the home directory, up from the root, or a URL. */
const ROOTED = /^(?:[/\\]|\.\.(?:[/\\]|$)|~(?:[/\\]|$)|[a-z]:[/\\]|[a-z][a-z\d+.-]+:\/\/|file:)/i;

/** A path as text, which a `URL` may hold, also one of another realm, such as Jest's. */
const textOf = (path: unknown): unknown =>
  Object.prototype.toString.call(path) === "[object URL]" ? String(path) : path;

const isRooted = (path: unknown): boolean => typeof textOf(path) === "string" && ROOTED.test(textOf(path) as string);

/** The names of a step's fields that hold local paths. */
function pathsOf(call: string, fields: Fields): readonly string[] {
  return fields.inImage === true ? [] : (PATHS[call as StepName] ?? []);
}

const partsOf = (step: Step): [string, Fields] => Object.entries(step as Record<string, Fields>)[0] as [string, Fields];

/** Whether a step, or one of the stage that it declares, names such a path. */
export function hasRootedPath(step: Step): boolean {
  const [call, fields] = partsOf(step);
  if (call === "stage") return Array.isArray(fields.steps) && (fields.steps as Step[]).some(hasRootedPath);
  return pathsOf(call, fields).some((name) => isRooted(fields[name]));
}

/**
 * The root of an image that begins with a Dockerfile outside of the root that it has otherwise: what holds the Dockerfile and
 * its context. Undefined where a path of it starts at the root.
 */
export function rootOfDockerfile(steps: readonly Step[], root: string): string | undefined {
  const [first] = steps;
  if (!first || !("fromDockerfile" in first) || !steps.every(hasOnlyRootedPaths)) return undefined;
  const { source, context } = first.fromDockerfile;
  return host.localPaths?.rootOf(source, context, root);
}

function hasOnlyRootedPaths(step: Step): boolean {
  const [call, fields] = partsOf(step);
  if (call === "stage") return (fields.steps as Step[]).every(hasOnlyRootedPaths);
  return pathsOf(call, fields).every((name) => fields[name] === undefined || isRooted(fields[name]));
}

/** A path that does not lead from the root, and the step that names it. */
export interface Misplaced {
  readonly place: Exclude<LocalPath, { readonly below: string }>;
  readonly pointer: string;
  readonly call: string;
}

/** A step in which these paths lead from the root. Those that do not stay as they are, and are noted. */
export function belowRoot(json: string, pointer: string, root: string, misplaced: Misplaced[]): string {
  const step = JSON.parse(json) as Step;
  move(step, pointer);
  return JSON.stringify(step);

  function move(step: Step, pointer: string): void {
    const [call, fields] = partsOf(step);
    if (call === "stage") {
      for (const [index, inner] of (fields.steps as Step[]).entries()) move(inner, `${pointer}/stage/steps/${index}`);
    }
    for (const name of pathsOf(call, fields).filter((name) => isRooted(fields[name]))) {
      const place = (host.localPaths as LocalPaths).below(fields[name] as string, root);
      if ("below" in place) fields[name] = place.below;
      else misplaced.push({ place, pointer: `${pointer}/${call}/${name}`, call });
    }
  }
}

/** Such paths as problems. */
export function problemsOf(misplaced: readonly Misplaced[], root: string, callSites: CallSites): Problem[] {
  const sites = misplaced.map(({ pointer }) => callSites(pointer));
  const outside = misplaced.flatMap(({ place }, i) =>
    "outside" in place ? [{ path: place.outside, caller: fileOf(sites[i]) }] : [],
  );
  const hints = (host.localPaths as LocalPaths).hintsForOutside(outside, root).values();
  return misplaced.map(({ place, pointer, call }, i) => {
    const wrong =
      "outside" in place ? isOutside(place.outside, root, String(hints.next().value)) : isForeign(place.foreign);
    const hint =
      call === "pipInstallFromRequirements"
        ? `For a file in the image, pass \`inImage: true\`. ${wrong.hint}`
        : wrong.hint;
    return { ...wrong, hint, path: pointer, ...(sites[i] && { callSite: sites[i] }) };
  });
}

type Wrong = Pick<Problem, "code" | "message" | "hint">;

const isOutside = (path: string, root: string, hint: string): Wrong => ({
  code: "source_outside_root",
  message: `\`${path}\` is not below the root, \`${root}\`.`,
  hint,
});

const isForeign = (url: string): Wrong => ({
  code: "invalid_path",
  message: `\`${url}\` is not the URL of a local file.`,
  hint: "Give a path, or a `file:` URL without a host.",
});

/** The file of a call site, `path:line:column`. */
const fileOf = (callSite: string | undefined): string | undefined => callSite?.replace(/:\d+:\d+$/, "");

/** Completes problems with missing files: with the root that is probably meant, where that is known. */
export function withRootHints(definition: string, root: string | undefined): (problem: Problem) => Problem {
  let parsed: unknown;
  return (problem) => {
    const caller = fileOf(problem.callSite);
    if (problem.code !== "source_missing" || root === undefined) return problem;
    parsed ??= JSON.parse(definition);
    const named = valueAt(parsed, problem.path);
    const hint = typeof named === "string" && host.localPaths?.hintForMissing(named, root, caller);
    return hint ? { ...problem, hint } : problem;
  };
}

/** The value that a JSON pointer leads to. */
const valueAt = (value: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((inner, key) => Object(inner)[key], value);
