/**
 * What Next.js does not find of the SDK's dependencies with webpack: Node takes the condition `module-sync` of a package's exports,
 * and the file tracer does not where they are arrays. A deployed application would lack those files.
 */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

interface Manifest {
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The directories of all packages with that condition that a package needs, itself included. */
export function modulesWithSync(name: string): string[] {
  const seen = new Map<string, Manifest>();
  visit(name, resolve("package.json"));
  return [...seen]
    .filter(([, { exports }]) => JSON.stringify(exports)?.includes('"module-sync"'))
    .map(([path]) => path);

  function visit(name: string, from: string): void {
    const directory = directoryOf(name, from);
    if (directory === undefined || seen.has(directory)) return;
    const file = join(directory, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    seen.set(directory, manifest);
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, file);
  }
}

/** Where a module finds a package. Other than resolving it, that does not depend on what it exports. */
function directoryOf(name: string, from: string): string | undefined {
  const paths = createRequire(from).resolve.paths(name) ?? [];
  const manifest = paths.map((path) => join(path, name, "package.json")).find(existsSync);
  return manifest && realpathSync(dirname(manifest));
}
