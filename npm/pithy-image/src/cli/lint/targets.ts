/** What is linted: the application's images, and Dockerfiles. */
import { readFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { host } from "#host";
import { unwrap } from "../../core/backend.ts";
import { reported } from "../../image/lint.ts";
import type { Finding } from "../../shared/errors.ts";
import type { LintOptions } from "../../shared/types.ts";
import { type Place, sourceOf } from "../excerpt.ts";
import { find, images, load, rootOf } from "../module.ts";
import { withProgress } from "../progress.ts";
import { UsageError } from "../usage-error.ts";

/** A finding, and where it is in the application's files; without a place if that is not known. */
export interface PlacedFinding extends Finding {
  readonly place?: Place | undefined;
}

/** What is said of one image or Dockerfile. */
export interface Linted {
  /** Its file, below the current directory. */
  readonly file: string;
  readonly findings: readonly PlacedFinding[];
}

/** What a project decides. */
export type Policy = Pick<LintOptions, "rules" | "pedantic">;

/** Lints what is named, or all images of the application; what is named twice, once. */
export async function lintAll(
  named: readonly string[],
  root: string | undefined,
  policy: Policy,
  signal: AbortSignal,
): Promise<Linted[]> {
  const paths = new Set(named.length > 0 ? named.map(pathOf) : images().map(({ path }) => path));
  const linted: Linted[] = [];
  for (const path of paths) {
    linted.push(isDockerfile(path) ? lintDockerfile(path, policy) : await lintModule(path, root, policy, signal));
  }
  return linted;
}

const pathOf = (name: string): string => (isDockerfile(name) ? resolve(name) : find(name, "lint"));

/** Whether a file is a Dockerfile, by its name. */
export const isDockerfile = (path: string): boolean =>
  /^(?:Docker|Container)file(?:\.|$)|\.(?:docker|container)file$/i.test(basename(path));

function lintDockerfile(path: string, policy: Policy): Linted {
  const file = relative("", path);
  const findings = unwrap<Finding[]>(host.backend().lintDockerfile(read(path)));
  const placed = reported(findings, policy).map(({ line = 1, ...finding }) => ({
    ...finding,
    line,
    place: { file: path, line, column: 1 },
  }));
  return { file, findings: placed };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}

async function lintModule(
  path: string,
  root: string | undefined,
  policy: Policy,
  signal: AbortSignal,
): Promise<Linted> {
  const { image } = await load(path, signal);
  const base = rootOf(path, root);
  const findings = await withProgress((onProgress) => image.lint({ root: base, signal, onProgress, ...policy }));
  return { file: relative("", path), findings: findings.map((each) => ({ ...each, place: placeOf(each, base) })) };
}

/** The place of a finding: its line in the Dockerfile that the image begins with, or the call that made the step. */
function placeOf({ source, callSite, path: pointer }: Finding, root: string): Place | undefined {
  const [, path, line] = /^(.*):(\d+)$/s.exec(source ?? "") ?? [];
  if (path !== undefined) return { file: resolve(root, path), line: Number(line), column: 1 };
  const [, file, at, column] = /^(.*):(\d+):(\d+)$/s.exec(callSite ?? "") ?? [];
  return file === undefined ? undefined : atCall({ file, line: Number(at), column: Number(column) }, pointer);
}

/** A place at the name of the call that a pointer leads to: what runs TypeScript may keep its lines and lose its columns. */
function atCall(place: Place, pointer: string): Place {
  const call = /^(?:\/steps\/\d+\/stage)*\/steps\/\d+\/(\w+)/.exec(pointer)?.[1] ?? "";
  const text = sourceOf(place.file).split(/\r?\n/)[place.line - 1] ?? "";
  if (call === "" || text.startsWith(call, place.column - 1)) return place;
  const found = new RegExp(`\\.${call}\\(`).exec(text);
  return found ? { ...place, column: found.index + 2 } : place;
}
