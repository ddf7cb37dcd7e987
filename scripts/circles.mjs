// Fails where modules of a crate use each other in a circle.
//
// `cargo modules` says which module uses which. At each level of a crate a module counts with all that is below it; that a module
// uses what it is in, or what is in it, is not a circle. (`cargo modules dependencies --acyclic` takes a type's own methods for one.)
import { execFileSync } from "node:child_process";
import { TOP, withTools } from "./checks.mjs";

const OPTIONS = { cwd: TOP, env: withTools(), encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
const cargo = (...args) => execFileSync("cargo", args, OPTIONS);

/** Pairs of modules of a crate, the first of which uses the second. */
function usesIn(crate) {
  const only = ["externs", "sysroot", "fns", "types", "traits", "owns"].map((kind) => `--no-${kind}`);
  const graph = cargo("modules", "dependencies", "--package", crate, "--lib", ...only);
  const uses = [...graph.matchAll(/^\s*"([\w:]+)" -> "([\w:]+)"/gm)];
  if (uses.length === 0) throw new Error(`\`cargo modules\` shows nothing that a module of ${crate} uses.`);
  return uses.map(([, user, used]) => [user.split("::"), used.split("::")]);
}

/** Where two modules part: the first that is not in both paths, of each; none if one is in the other. */
function parting([user, used]) {
  const at = user.findIndex((name, index) => name !== used[index]);
  return at < 0 || at >= used.length ? undefined : [user, used].map((path) => path.slice(0, at + 1).join("::"));
}

/** The groups of nodes that reach each other. */
function circlesOf(edges) {
  const next = new Map();
  for (const [from, to] of edges) next.set(from, new Set([...(next.get(from) ?? []), to]));
  const reached = (from) => {
    const seen = new Set();
    for (const queue = [from]; queue.length > 0; ) {
      for (const to of next.get(queue.pop()) ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        queue.push(to);
      }
    }
    return seen;
  };
  const reach = new Map([...next.keys()].map((node) => [node, reached(node)]));
  const groups = [...reach]
    .filter(([node, to]) => to.has(node))
    .map(([node, to]) =>
      [...to]
        .filter((other) => reach.get(other)?.has(node))
        .sort()
        .join(", "),
    );
  return [...new Set(groups)];
}

const { packages } = JSON.parse(cargo("metadata", "--format-version", "1", "--no-deps"));
const crates = packages
  .filter(({ targets }) => targets.some(({ kind }) => kind.includes("lib")))
  .map(({ name }) => name);
const circles = crates.flatMap((crate) => circlesOf(usesIn(crate).map(parting).filter(Boolean)));
for (const circle of circles) console.error(`a circle: ${circle}`);
console.log(`circles: ${circles.length} in ${crates.length} crates`);
process.exitCode = circles.length ? 1 : 0;
