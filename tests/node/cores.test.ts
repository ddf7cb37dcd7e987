/** The addon and WebAssembly have the same results for the same files: images, contexts and problems, to the word. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import type { Problem, ResolvedImage } from "pithy-image";
import { expect, test } from "vitest";
import { files, HERE, node } from "./helpers.ts";

/** A definition, and the root that it is resolved below. */
interface Case {
  definition: object;
  root: string;
}

/** What a case comes to. */
type Outcome = { image: object; sent: [string, string][] } | { problems: Problem[] };

/** The outcomes in a process of its own that has this core at work. */
async function outcomesIn(core: string, cases: readonly Case[]): Promise<Outcome[]> {
  const list = join(files({ "cases.json": JSON.stringify(cases) }), "cases.json");
  const { stdout, stderr } = await node([join(HERE, "outcome.mjs"), list], { env: { PITHY_IMAGE_BACKEND: core } });
  expect(stderr).toBe("");
  const found = JSON.parse(stdout) as { core: string; outcomes: Outcome[] };
  expect(found.core).toBe(core);
  return found.outcomes;
}

/** The outcomes, once both cores agree. */
async function same(cases: readonly Case[]): Promise<Outcome[]> {
  const native = await outcomesIn("native", cases);
  expect(await outcomesIn("wasm", cases)).toEqual(native);
  return native;
}

const define = (...steps: object[]) => ({
  format: "pithy-image/1",
  steps: [{ base: { image: "debian:12" } }, ...steps],
});
const addFile = (source: string) => ({ addLocalFile: { source, destination: "/file" } });
const addDirectory = (source: string, exclude?: string[]) => ({
  addLocalDir: { source, destination: "/app", ...(exclude && { exclude }) },
});
const codes = (outcome: Outcome | undefined) =>
  outcome && "problems" in outcome ? outcome.problems.map(({ code }) => code) : [];

/** A byte that is not UTF-8, in a path. */
const odd = (directory: string, name: Buffer): Buffer => Buffer.concat([Buffer.from(`${directory}/`), name]);

test("a value that is too long for a Dockerfile hides no file, and no file hides it", async () => {
  const long = { env: { variables: { A: " ".repeat(66_000) } } };
  const [found, missing] = await same([
    { definition: define(long, addFile("a")), root: files({ a: "" }) },
    { definition: define(long, addFile("a")), root: files() },
  ]);
  expect(codes(found)).toEqual(["too_long"]);
  expect(codes(missing)).toEqual(["source_missing"]);
});

test("a link that leads out of the root is an error that says where to, whether or not anything is there", async () => {
  const root = files();
  const targets = ["/etc/nope", "/etc/passwd", "../nope", "..", "a/../../b"];
  for (const [i, target] of targets.entries()) symlinkSync(target, join(root, `${i}`));
  const outcomes = await same(targets.map((_, i) => ({ definition: define(addFile(`${i}`)), root })));
  expect(outcomes.slice(0, 4).map(codes)).toEqual(Array(4).fill(["source_outside_root"]));
  expect(JSON.stringify(outcomes[0])).toContain("to `/etc/nope`");
  expect(codes(outcomes[4])).toEqual(["source_missing"]);
});

test.runIf(process.platform === "linux")("a name that is not UTF-8 is one error, whatever is below it", async () => {
  const root = files({ "app/a": "" });
  mkdirSync(odd(join(root, "app"), Buffer.from([0xff])));
  writeFileSync(odd(join(root, "app"), Buffer.from([0xff, 0x2f, 0x61])), "");
  symlinkSync(Buffer.from([0xff]), join(root, "app/link"));
  const [outcome] = await same([{ definition: define(addDirectory("app")), root }]);
  expect(codes(outcome)).toEqual(["invalid_file_name", "invalid_file_name"]);
});

test.runIf(process.platform === "linux")("a name that is not UTF-8 does not matter where it is left out", async () => {
  const root = files({ "app/a": "" });
  mkdirSync(odd(join(root, "app"), Buffer.from([0xff])));
  writeFileSync(odd(join(root, "app"), Buffer.from([0xff, 0x2f, 0x61])), "");
  writeFileSync(odd(join(root, "app"), Buffer.from([0xff, 0x78])), "");
  const excludes = [["?*", "!a"], ["*", "!a"], ["*", "!**/a"], ["?", "!a"], ["a"]];
  const outcomes = await same(excludes.map((exclude) => ({ definition: define(addDirectory("app", exclude)), root })));
  const refused = ["invalid_file_name"];
  expect(outcomes.map(codes)).toEqual([[], [], refused, refused, [...refused, ...refused]]);
});

test("what git keeps is left out, and a script that Linux cannot start is found", async () => {
  const root = files({ "app/.git/HEAD": "x", "app/lib/.git": "gitdir: /x\n", "app/run.sh": "#!/bin/sh\r\ntrue\r\n" });
  const excludes = [[], ["!**"], ["!.git", "run.sh"]];
  const outcomes = await same(excludes.map((exclude) => ({ definition: define(addDirectory("app", exclude)), root })));
  const images = outcomes.map((outcome) => ("image" in outcome ? (outcome.image as ResolvedImage) : undefined));
  expect(images.map((image) => image?.ignored.map(({ path }) => path))).toEqual([
    ["app/.git/", "app/lib/.git"],
    [],
    ["app/lib/.git", "app/run.sh"],
  ]);
  expect(images.map((image) => image?.findings.length)).toEqual([1, 2, 1]); // `.git` itself is worth a word where it is taken in
});

test("a root that cannot be used is reported in the same words", async () => {
  const root = files({ file: "" });
  const roots = [join(root, "none"), join(root, "file"), join(root, "file/below")];
  const outcomes = await same(roots.map((root) => ({ definition: define(addFile("a")), root })));
  expect(outcomes.map(codes)).toEqual(Array(3).fill(["invalid_root"]));
});

test("another spelling is proposed", async () => {
  const root = files({ "Caf\u00e9/run.sh": "" });
  const paths = [
    "caf\u00e9/run.sh",
    "Cafe\u0301/run.sh",
    "Caf\u00e9/Run.sh",
    "Caf\u00e9/run.sh/x",
    "caf\u00e9\\run.sh",
  ];
  const outcomes = await same(paths.map((path) => ({ definition: define(addFile(path)), root })));
  expect(outcomes.slice(0, 3).map((outcome) => JSON.stringify(outcome).includes("Caf\u00e9/run.sh"))).toEqual(
    Array(3).fill(true),
  );
});

/** What there is at a path of a generated tree. */
type Thing = { text: string; mode: number } | { target: string } | { directory: true } | { pipe: true };

const name = fc.constantFrom(
  ".git",
  "a",
  "a",
  "b",
  "A",
  "d",
  "d",
  "d",
  "caf\u00e9",
  "cafe\u0301",
  ".wh.a",
  "CON",
  "a b",
);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
const text = fc.constantFrom("", "text\n", "a==1\n-r b\n", "**\n", "d\n!d/a\n", "\ufeffa", "#!/bin/sh\r\n");
/** `ROOT` is replaced by the path of the root. */
const target = fc.constantFrom(
  ...[
    "a",
    "b",
    "d",
    "../a",
    "../d/",
    "../../a",
    "./b/../a",
    "/etc/nope",
    "ROOT",
    "ROOT/a",
    "ROOT/../x",
    "nowhere",
    ".",
  ],
  ...["..", "../../../../../../../../../../ROOT/d", "a/", "d//a"],
);
const thing: fc.Arbitrary<Thing> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ text, mode: fc.constantFrom(0o644, 0o755, 0o611) }) },
  { weight: 6, arbitrary: fc.constant({ directory: true as const }) },
  { weight: 6, arbitrary: target.map((target) => ({ target })) },
  { weight: 1, arbitrary: fc.constant({ pipe: true as const }) },
);
const tree = fc.tuple(fc.array(fc.tuple(path, thing), { maxLength: 10 }), fc.option(text)).map(([things, ignore]) => {
  const ignoreFile: [string, Thing][] = ignore === null ? [] : [[".dockerignore", { text: ignore, mode: 0o644 }]];
  return [...things, ...ignoreFile].reduce(insert, new Map());
});

/** Adds a thing and the directories above it, unless something else is there. */
function insert(tree: Map<string, Thing>, [path, thing]: [string, Thing]): Map<string, Thing> {
  for (let above = dirname(path); above !== "."; above = dirname(above)) {
    if (!("directory" in (tree.get(above) ?? { directory: true }))) return tree;
  }
  for (let above = dirname(path); above !== "."; above = dirname(above)) tree.set(above, { directory: true });
  if (!tree.has(path)) tree.set(path, thing);
  return tree;
}

/** Writes a tree, those above first. */
function write(root: string, tree: ReadonlyMap<string, Thing>): void {
  for (const [path, thing] of [...tree].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = join(root, path);
    if ("directory" in thing) mkdirSync(at);
    else if ("target" in thing) symlinkSync(thing.target.replace(/\/?ROOT/, root), at);
    else if ("pipe" in thing) execFileSync("mkfifo", [at]);
    else {
      writeFileSync(at, thing.text);
      chmodSync(at, thing.mode);
    }
  }
}

/** Steps that read what is in a tree, or nearly. */
const steps = (tree: ReadonlyMap<string, Thing>) => {
  const known = fc.constantFrom(...tree.keys(), ".");
  const source = fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: path });
  const fitting = source.map((path) => {
    const thing = tree.get(path);
    return thing && "directory" in thing ? addDirectory(path) : addFile(path);
  });
  const step = fc.oneof(
    { weight: 5, arbitrary: fitting },
    { weight: 1, arbitrary: source.map((path) => addDirectory(path)) },
    { weight: 1, arbitrary: fc.constant(addDirectory(".", ["**/a", "!d"])) },
    { weight: 1, arbitrary: source.map((source) => ({ pipInstallFromRequirements: { source } })) },
  );
  return fc.array(step, { minLength: 1, maxLength: 3 });
};

test("any definition over any tree has one result", async () => {
  const generated = fc.sample(
    tree.chain((tree) => fc.tuple(fc.constant(tree), steps(tree))),
    { seed: 13, numRuns: 300 },
  );
  const cases = generated.map(([tree, steps]) => {
    const root = files();
    write(root, tree);
    return { definition: define(...steps), root };
  });
  const outcomes = await same(cases);
  const images = outcomes.filter((outcome) => "image" in outcome).length;
  expect(images).toBeGreaterThan(30);
  expect(outcomes.length - images).toBeGreaterThan(30);
});
