/** The page that shows an image in a browser, and its data. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type PageSpec,
  type PreparedSpec,
  type PreviewSpec,
  previewSpec,
  SPEC_PATH,
} from "../../../pithy-image-preview/src/server.ts";
import { maskSecrets } from "../core/mask.ts";
import type { ImageBuilder } from "../image/builder.ts";
import { planBetween, type ResolvedRecord } from "../image/plan.ts";
import type { Problem } from "../shared/errors.ts";
import { reason } from "../shared/errors.ts";
import { messageOf } from "./checks/finding.ts";
import { withoutEnvelope } from "./envelope.ts";
import { load } from "./module.ts";
import { UsageError } from "./usage-error.ts";

/** What is shown, and its baseline. */
export interface Shown {
  /** Loads the image again at each call. */
  image: (signal?: AbortSignal) => Promise<ImageBuilder>;
  title: string;
  root: string | undefined;
  baseline: string | undefined;
}

/** The built page, which is the same everywhere. */
const PAGE = fileURLToPath(new URL("../../preview/", import.meta.url));

/** A build with `--native` has no page. */
function requirePage(): void {
  if (!existsSync(PAGE)) throw new UsageError("This build has no page. Run `npm run build`.");
}

/** The files of the page, by their URL paths. */
export function pageFiles(): Map<string, Buffer> {
  requirePage();
  const names = readdirSync(PAGE, { recursive: true, encoding: "utf8" }).filter((name) => extname(name) !== "");
  return new Map(names.map((name) => [name.replaceAll("\\", "/"), readFileSync(join(PAGE, name))]));
}

/** The data of the page. An error in the module is shown on the page, where its author is likely to look. */
export async function pageSpec({ image, title, root, baseline }: Shown): Promise<PageSpec> {
  let before: Pick<PageSpec, "baseline"> = {};
  try {
    if (baseline !== undefined) before = { baseline: await readBaseline(baseline, root) };
    const spec = here(await previewSpec(await image(), { root }));
    return masked({ title, ...before, spec, ...planned(before.baseline, spec) });
  } catch (error) {
    return { title, ...before, error: messageOf(error) };
  }
}

/** Data of a page without secrets. */
const masked = <Data>(data: Data): Data => JSON.parse(maskSecrets(JSON.stringify(data))) as Data;

/** The plan, so that the page need not compute it; none if the files of one image are not known. */
function planned(before: PreviewSpec | undefined, after: PreparedSpec): Pick<PageSpec, "plan"> {
  if (!before || !("resolved" in before) || !after.resolved) return {};
  const side = ({ definition, resolved }: PreparedSpec) => ({ ...(resolved as ResolvedRecord), definition });
  return { plan: planBetween(side(before), side(after)) };
}

/** A spec with paths relative to the current directory, so that it can be published. */
function here(spec: PreparedSpec): PreparedSpec {
  const directory = `${process.cwd()}${sep}`;
  const short = (place: string) => (place.startsWith(directory) ? place.slice(directory.length) : place);
  const located = <T extends Pick<Problem, "callSite">>(problem: T): T =>
    problem.callSite === undefined ? problem : { ...problem, callSite: short(problem.callSite) };
  const { callSites = {}, resolved, problems } = spec;
  return {
    ...spec,
    callSites: Object.fromEntries(Object.entries(callSites).map(([step, place]) => [step, short(place)])),
    ...(resolved && { resolved: { ...resolved, root: undefined, findings: resolved.findings.map(located) } }),
    ...(problems && { problems: problems.map(located) }),
  };
}

/** The baseline: a `spec.json` of this program, a definition, or a module. */
async function readBaseline(file: string, root: string | undefined): Promise<PreviewSpec> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`${path} does not exist. Correct the path of the baseline.`);
  if (extname(path) !== ".json") return here(await previewSpec((await load(path)).image, { root }));
  try {
    const json = withoutEnvelope(JSON.parse(readFileSync(path, "utf8")));
    if ("spec" in json) return json.spec as PreviewSpec;
    if ("steps" in json) return json as PreviewSpec;
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
  throw new UsageError(`${path} is not a definition. Pass one, or the ${SPEC_PATH} that \`show --out\` wrote.`);
}

/** Writes the page and its data into a directory: a new or empty one, or one that was written before. */
export async function writeSite(directory: string, shown: Shown): Promise<void> {
  const files = pageFiles();
  const written = [...files.keys(), SPEC_PATH];
  const before = earlierFiles(directory);
  const foreign = written.filter((name) => kindOf(join(directory, name)) !== undefined && !before.includes(name));
  const link = written.flatMap(withParents).find((name) => kindOf(join(directory, name)) === "link");
  if (link) throw new UsageError(`${join(directory, link)} is a link, which would be followed. Remove it.`);
  if (foreign[0] !== undefined || (before.length === 0 && kindOf(directory) && readdirSync(directory).length > 0)) {
    const what = foreign[0] === undefined ? directory : join(directory, foreign[0]);
    throw new UsageError(`${what} was not written by \`show --out\`. Name an empty directory, or a new one.`);
  }
  const spec = await pageSpec(shown);
  if (spec.error !== undefined) throw new UsageError(spec.error);
  files.set(SPEC_PATH, Buffer.from(`${JSON.stringify({ [MARK]: written, ...spec })}\n`));
  try {
    for (const name of before.filter((each) => !written.includes(each))) rmSync(join(directory, name), { force: true });
    for (const [name, content] of files) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
  } catch (error) {
    throw new UsageError(`${directory} cannot be written: ${reason(error)}.`);
  }
}

/** The field of the data that names the files that were written with it. */
const MARK = "writtenByPithyImage";

/** A path that stays below its directory. */
const BELOW = /^(?!\.)[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/;

/** The files that were written into a directory before; none if it is somebody else's. */
function earlierFiles(directory: string): string[] {
  const kind = kindOf(directory);
  if (kind === undefined) return [];
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${directory} is not a directory.`);
  }
  try {
    const names: unknown = JSON.parse(readFileSync(join(directory, SPEC_PATH), "utf8"))[MARK];
    return Array.isArray(names) ? names.filter((name): name is string => BELOW.test(name)) : [];
  } catch {
    return [];
  }
}

/** What is at a path, without following a link. */
function kindOf(path: string): "link" | "other" | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found && (found.isSymbolicLink() ? "link" : "other");
}

/** A path and the directories that it is in. */
const withParents = (name: string): string[] =>
  name.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
