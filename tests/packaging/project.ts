/**
 * Fresh projects: what `projects/<name>` holds, with the packages that its manifest and lock name, and ours from their
 * tarballs.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { type Command, run } from "./process.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CACHE = join(HERE, ".cache");
const PROJECTS = join(HERE, "projects");
const MANIFESTS = ["package.json", "package-lock.json"];
const INSTALL: Command = [
  "npm",
  "install",
  "--no-save",
  "--prefer-offline",
  "--ignore-scripts",
  "--no-audit",
  "--no-fund",
];

/** The name of the main package. */
export const MAIN = "pithy-image";

/** The name of the package with the native part for this platform. */
export const PLATFORM: string = `@pithy-image/${process.platform}-${process.arch}-gnu`;

/** The name of the package with the preview. */
export const PREVIEW = "pithy-image-preview";

/** The examples, each in a directory. */
export const EXAMPLES: string = fileURLToPath(new URL("../../examples", import.meta.url));

/** Makes a copy of an example, with the packages that the lock of a project names in place of its own. */
export async function freshExample(name: string, packages: string): Promise<string> {
  const cwd = await freshProject([relative(PROJECTS, join(EXAMPLES, name)), packages], [MAIN, PLATFORM, PREVIEW]);
  cpSync(join(EXAMPLES, name, "package.json"), join(cwd, "package.json"));
  return cwd;
}

/** Makes a project of the files in `projects/<sources>`, the later over the earlier; the last has the manifest. */
export async function freshProject(sources: readonly string[], packages: readonly string[] = [MAIN, PLATFORM]) {
  const directories = ["shared", ...sources].map((name) => join(PROJECTS, name));
  const cwd = mkdtempSync(join(inject("scratch"), `${sources.at(-1)}-`));
  for (const directory of directories) cpSync(directory, cwd, { recursive: true });
  await installed(cwd, String(sources.at(-1)));
  await run([...INSTALL, ...packages.map((name) => inject("tarballs")[name] ?? name)], cwd);
  return cwd;
}

/**
 * Gives a project what its lock names: hard links to files that are kept from run to run. npm replaces files, except for
 * its own list, so that the kept ones do not change.
 */
async function installed(cwd: string, name: string): Promise<void> {
  const key = createHash("sha256");
  for (const manifest of MANIFESTS) key.update(readFileSync(join(cwd, manifest)));
  const kept = join(CACHE, `${name}-${process.version}-${key.digest("hex").slice(0, 16)}`);
  if (!existsSync(kept)) await keep(cwd, name, kept);
  const modules = join(kept, "node_modules");
  await run(["cp", "-al", modules, cwd], cwd).catch(() => run(["cp", "-a", modules, cwd], cwd));
  rmSync(join(cwd, "node_modules", ".package-lock.json"));
}

async function keep(cwd: string, name: string, kept: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const fresh = mkdtempSync(join(CACHE, "new-"));
  for (const manifest of MANIFESTS) cpSync(join(cwd, manifest), join(fresh, manifest));
  await run(["npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], fresh);
  for (const old of readdirSync(CACHE)) {
    if (old.startsWith(`${name}-`) && old !== basename(kept))
      rmSync(join(CACHE, old), { recursive: true, force: true });
  }
  try {
    renameSync(fresh, kept);
  } catch (error) {
    rmSync(fresh, { recursive: true });
    if (!existsSync(kept)) throw error; // else another test has just kept the same
  }
}

/** A program of a project's packages. */
export const tool = (name: string): string => join("node_modules", ".bin", name);
