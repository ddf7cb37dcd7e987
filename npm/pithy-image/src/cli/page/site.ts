/** The page in a directory, with its data beside it. */
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type PageSpec, SPEC_PATH } from "../../../../pithy-image-preview/src/protocol.ts";
import { reason } from "../../shared/errors.ts";
import { UsageError } from "../usage-error.ts";

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

/** Writes the page and its data into a directory: a new or empty one, or one that was written before. */
export function writeSite(directory: string, spec: PageSpec): void {
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
