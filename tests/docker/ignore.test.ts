/**
 * Ignore rules: what `docker build` leaves out by a `.dockerignore` is what we leave out by the same patterns.
 *
 * The oracle is the real client with the legacy builder, which applies `.dockerignore` with moby's patternmatcher when it packs
 * the context, and a real `COPY . /x/`. Patterns that we refuse to take are passed over: there Docker does what nobody meant.
 *
 * It is the newer client, which has moby's patternmatcher as it is today: those before 23, such as Debian 12's, decide
 * exceptions otherwise and trip over `(`. `PITHY_IMAGE_SEED` and `PITHY_IMAGE_IGNORE_RUNS` are as in `generated.test.ts`.
 */
import { writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import fc from "fast-check";
import { Image, PithyImageError } from "pithy-image";
import { describe, expect, inject, test } from "vitest";
import { sampled } from "../sample.ts";
import { DockerApi } from "./docker-api.ts";
import { dockerBuild } from "./docker-client.ts";
import { type Locals, readTree, writeLocals } from "./file-tree.ts";

const SEED = Number(process.env.PITHY_IMAGE_SEED ?? 20261124);
const RUNS = Number(process.env.PITHY_IMAGE_IGNORE_RUNS ?? 200);
const PARTS = [0, 1, 2, 3];

/** A tree, and rules for it: one pattern a line, none of them blank or a comment. */
interface Case {
  readonly tree: Locals;
  readonly patterns: readonly string[];
  /** The text of an ignore file with these patterns, and with what counts for nothing. */
  readonly text: string;
}

/** A way to give the rules; the tree is at `tree`, the text at `rules` and at `tree/.dockerignore`. */
interface Way {
  readonly name: string;
  readonly root: string;
  readonly image: (base: Image, patterns: readonly string[]) => Image;
}

const WAYS: readonly Way[] = [
  { name: "exclude", root: ".", image: (base, patterns) => base.addLocalDir("tree", "/x", { exclude: [...patterns] }) },
  { name: "ignoreFile", root: ".", image: (base) => base.addLocalDir("tree", "/x", { ignoreFile: "rules" }) },
  { name: ".dockerignore", root: "tree", image: (base) => base.addLocalDir(".", "/x") },
];

/** The way of an application that adds one directory of its root. */
const ofDirectory = (directory: string): Way => ({
  name: `.dockerignore, and only ${directory}`,
  root: "tree",
  image: (base) => base.addLocalDir(directory, `/x/${directory}`),
});

const topDirectories = ({ tree }: Case): string[] => [
  ...new Set(Object.keys(tree).flatMap((path) => (path.includes("/") ? [path.slice(0, path.indexOf("/"))] : []))),
];

/** Writes a case to the disk, and returns the directory. */
function write({ tree, text }: Case): string {
  const top = Object.entries(tree).map(([path, local]) => [`tree/${path}`, local] as const);
  return writeLocals({ ...Object.fromEntries(top), rules: text, "tree/.dockerignore": text });
}

/** The files and links that one of our ways takes; `undefined` if it refuses a pattern. */
async function taken(way: Way, directory: string, patterns: readonly string[]): Promise<string[] | undefined> {
  const image = way.image(Image.base("busybox:1"), patterns);
  try {
    const { files } = await image.resolve({ root: join(directory, way.root) });
    return compared(files.filter(({ kind }) => kind !== "directory").map(({ destination }) => destination));
  } catch (error) {
    const all = (code: string) =>
      error instanceof PithyImageError && error.problems.every((known) => known.code === code);
    if (all("source_ignored")) return [];
    if (all("invalid_pattern")) return undefined;
    throw error;
  }
}

/** The files and links that `docker build` takes; `undefined` if it refuses a pattern. */
async function takenByDocker(directory: string): Promise<string[] | undefined> {
  const [dockerfile, socket] = [join(directory, "Dockerfile"), inject("socket")];
  writeFileSync(dockerfile, "FROM scratch\nCOPY . /x/\n");
  try {
    const image = await dockerBuild(dockerfile, join(directory, "tree"), { builder: "legacy", socket });
    const tree = await readTree(await new DockerApi(socket).export(image));
    return compared([...tree].filter(([, { kind }]) => kind !== "directory").map(([path]) => path));
  } catch (error) {
    if (
      error instanceof Error &&
      /exclusion pattern|syntax error in pattern|error checking context/.test(error.message)
    ) {
      return undefined;
    }
    throw error;
  }
}

/** Below `/x`, sorted; without the ignore file, and the Dockerfile that the client adds under a name of its own. */
const compared = (paths: readonly string[]): string[] =>
  paths.filter((path) => path.startsWith("/x/") && !/^\/x\/\.docker(ignore$|file\.)/.test(path)).sort();

const NAMES = ["a", "b", "ab", "a.b", ".a", "b c", "a-b", "[a]", "a*", "é", "#a", "!a", "a\\b", "a$", "aa.log", "("];

/** A tree whose directories and files have few names, so that patterns meet them. */
const tree = fc
  .uniqueArray(fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }), {
    minLength: 3,
    maxLength: 14,
    selector: (path) => path.join("/"),
  })
  .map((paths): Locals => {
    const all = paths.map((path) => path.join("/"));
    // What has something in it is a directory.
    const leaves = all.filter((path) => !all.some((other) => other.startsWith(`${path}/`)));
    return Object.fromEntries(leaves.map((path, n) => [path, n % 5 ? path : { link: "nowhere" }]));
  });

const GLOBS = [
  "*",
  "**",
  "?",
  "a*",
  "*b",
  "*.log",
  "?b",
  "a?",
  "[ab]",
  "[^a]",
  "[a-c]*",
  "\\[a\\]",
  "a\\*",
  "**a",
  "a**",
  ".*",
  "*c",
];

const part = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 3, arbitrary: fc.constantFrom(...GLOBS) },
  { weight: 1, arbitrary: fc.constantFrom("..", ".", "", "*", "**") },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom(..."ab*?[]\\!^-./#() {}|+$é"), maxLength: 5 }) },
);

const pattern = fc
  .tuple(
    fc.constantFrom("", "", "", "", "!", "!", "/", "./", " ", "!/", "! ", "**/", "!**/"),
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
    fc.constantFrom("", "", "", "/", "/**", "/*", " "),
  )
  .map((parts) => parts.join(""))
  .filter((pattern) => pattern.trim() !== "" && !pattern.startsWith("#") && isFollowed(pattern));

/**
 * Whether the client looks for what an exception keeps. It skips a directory that is left out unless an exception begins
 * with its very name (`HasPrefix`, in `archive.TarWithOptions`), so that it loses files below patterns. That is a fault of
 * this client's walk and not of the rules, and BuildKit does not have it: what it can decide are exceptions with a pattern
 * in the last part only.
 */
function isFollowed(pattern: string): boolean {
  if (!/^[\s/.]*!/.test(pattern)) return true;
  const directories = posix
    .normalize(pattern.replace(/^[\s/.]*!/, "").trim())
    .split("/")
    .slice(0, -1);
  return !/[*?[\]\\]/.test(directories.join("/"));
}

const noise = fc.constantFrom("\n", "\n", "\n", "\r\n", "\n\n", "\n# a\n", "\n  \n#!b\n");

const example = fc
  .record({
    tree,
    lines: fc.array(fc.tuple(pattern, noise), { minLength: 1, maxLength: 5 }),
    start: fc.constantFrom("", "", "\ufeff", "# c\n"),
  })
  .map(
    ({ tree, lines, start }): Case => ({
      tree,
      patterns: lines.map(([pattern]) => pattern),
      text: start + lines.flat().join(""),
    }),
  );

describe(`what \`docker build\` leaves out is left out, seed ${SEED}`, () => {
  test.concurrent.each(sampled("ignore rules", PARTS, 1 / 2))("part %i", async (part) => {
    const property = fc.asyncProperty(example, async (example) => {
      const directory = write(example);
      const ours = await Promise.all(WAYS.map((way) => taken(way, directory, example.patterns)));
      fc.pre(ours.every((files) => files !== undefined));
      const docker = await takenByDocker(directory);
      for (const [index, files] of ours.entries()) expect(files, WAYS[index]?.name).toEqual(docker);
      for (const top of topDirectories(example)) {
        const way = ofDirectory(top);
        const below = docker?.filter((path) => path.startsWith(`/x/${top}/`));
        expect(await taken(way, directory, example.patterns), way.name).toEqual(below);
      }
    });
    await fc.assert(property, { seed: SEED + part, numRuns: Math.ceil(RUNS / PARTS.length), endOnFailure: true });
  });

  test("patterns are refused by all ways alike", async () => {
    for (const pattern of ["[a", "a\\", "!", "[z-a]"]) {
      const directory = write({ tree: { a: "a" }, patterns: [pattern], text: pattern });
      for (const way of WAYS) expect(await taken(way, directory, [pattern]), `${way.name}: ${pattern}`).toBeUndefined();
    }
  });
});
