/** Local paths of steps that depend on the machine until the root is known: absolute ones, `~`, and `file:` URLs. */
import { host } from "#host";
import type { CallSites, Problem } from "../shared/errors.ts";
import type { Step } from "../shared/wire.generated.ts";
import type { StepName } from "./step-options.ts";

type Fields = Record<string, unknown>;

/** The fields of steps that name local files. */
const PATHS: Readonly<Partial<Record<StepName, readonly string[]>>> = {
  addLocalDir: ["source", "ignoreFile"],
  addLocalFile: ["source"],
  pipInstallFromPyproject: ["source"],
  pipInstallFromRequirements: ["source"],
};

const ROOTED = /^(?:[/\\]|~(?:[/\\]|$)|[a-z]:[/\\]|file:)/i;

const isRooted = (path: unknown): path is string =>
  typeof path === "string" ? ROOTED.test(path) : path instanceof URL && path.protocol === "file:";

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

/** A path outside of the root, and the step that names it. */
export interface Outside {
  readonly path: string;
  readonly pointer: string;
  readonly call: string;
}

/** A step in which these paths lead from the root. Those that lie elsewhere stay as they are, and are noted. */
export function belowRoot(json: string, pointer: string, root: string, outside: Outside[]): string {
  const step = JSON.parse(json) as Step;
  move(step, pointer);
  return JSON.stringify(step);

  function move(step: Step, pointer: string): void {
    const [call, fields] = partsOf(step);
    if (call === "stage") {
      for (const [index, inner] of (fields.steps as Step[]).entries()) move(inner, `${pointer}/stage/steps/${index}`);
    }
    for (const name of pathsOf(call, fields).filter((name) => isRooted(fields[name]))) {
      const moved = host.localPath(fields[name] as string, root);
      if ("below" in moved) fields[name] = moved.below;
      else outside.push({ path: moved.outside, pointer: `${pointer}/${call}/${name}`, call });
    }
  }
}

/** Paths outside of the root as problems. */
export function problemsOutside(outside: readonly Outside[], root: string, callSites: CallSites): Problem[] {
  const all = outside.map(({ path }) => path);
  return outside.map(({ path, pointer, call }) => {
    const callSite = callSites(pointer);
    const hint = host.hintForOutside({ path, all, root, caller: callSite && fileOf(callSite) });
    return {
      code: "source_outside_root",
      message: `\`${path}\` is not below the root, \`${root}\`.`,
      hint: call === "pipInstallFromRequirements" ? `For a file in the image, pass \`inImage: true\`. ${hint}` : hint,
      path: pointer,
      ...(callSite && { callSite }),
    };
  });
}

/** The file of a call site, `path:line:column`. */
const fileOf = (callSite: string): string => callSite.replace(/:\d+:\d+$/, "");

/** A problem with a missing file, with the root that is probably meant where that is known. */
export function withRootHint(problem: Problem, definition: string, root: string | undefined): Problem {
  const { code, callSite, path } = problem;
  if (code !== "source_missing" || root === undefined || callSite === undefined) return problem;
  const named = valueAt(JSON.parse(definition), path);
  const hint = typeof named === "string" && host.hintForMissing(named, root, fileOf(callSite));
  return hint ? { ...problem, hint } : problem;
}

/** The value that a JSON pointer leads to. */
const valueAt = (value: unknown, pointer: string): unknown =>
  pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((inner, key) => Object(inner)[key], value);
