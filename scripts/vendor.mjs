// Makes the packages usable in an application before they are published: `npm run vendor <application> [pithy-image-preview]`, after
// `npm run build`. Packs them into its `vendor/pithy-image`, and names the tarballs in its `package.json`.
//
// The manifest, and so the lockfile, is the same on every system: the package of a platform is an optional dependency, which
// package managers leave out elsewhere. Since that of the main package is in no registry, Yarn has to be told what resolves it. The
// names of tarballs change with what is in them, or else package managers would go on with the old ones.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { TOP } from "./checks.mjs";

const [given, ...others] = process.argv.slice(2);
if (given === undefined) throw new Error("Pass the directory of the application: `npm run vendor ../application`.");
const application = resolve(given);
const vendor = join(application, "vendor", "pithy-image");

const read = (directory) => JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
const write = (directory, manifest) =>
  writeFileSync(join(directory, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);

/** Whether a pattern of a workspace, such as `packages/*`, is for a path. */
function matches(path, pattern) {
  const parts = pattern.replace(/^\.\/|\/$/g, "").split(/(\*\*|\*)/);
  const source = parts.map((part) => ({ "**": ".*", "*": "[^/]*" })[part] ?? part.replace(/[^\w/]/g, "\\$&"));
  return new RegExp(`^${source.join("")}$`).test(path);
}

/** The directory whose manifest decides for all packages of a workspace, or the application itself. */
function rootOf(directory) {
  for (let at = directory; at !== dirname(at); at = dirname(at)) {
    const { workspaces = [] } = existsSync(join(at, "package.json")) ? read(at) : {};
    const patterns = Array.isArray(workspaces) ? workspaces : (workspaces.packages ?? []);
    const path = relative(at, directory).replaceAll("\\", "/");
    if (path === "" ? patterns.length : patterns.some((pattern) => matches(path, pattern))) return at;
  }
  return application;
}

/** The tarballs of some packages, as the manifest in a directory names them. */
const tarballs = (packages, directory) =>
  Object.fromEntries(
    packages.map(({ name, filename }) => {
      const path = relative(directory, join(vendor, filename)).replaceAll("\\", "/");
      return [name, `file:./${path}`];
    }),
  );

/** A package whose tarball has a name of its own for what is in it. */
function named({ name, filename }) {
  const digest = createHash("sha256")
    .update(readFileSync(join(vendor, filename)))
    .digest("hex")
    .slice(0, 8);
  const own = filename.replace(/\.tgz$/, `-${digest}.tgz`);
  renameSync(join(vendor, filename), join(vendor, own));
  return { name, filename: own };
}

const names = readdirSync(join(TOP, "npm")).map((name) => read(join(TOP, "npm", name)).name);
const unknown = others.filter((name) => !names.includes(name));
if (unknown.length) throw new Error(`Unknown package: ${unknown.join(", ")}. There are ${names.join(", ")}.`);

rmSync(vendor, { recursive: true, force: true });
const output = execFileSync(process.execPath, [join(TOP, "scripts", "pack.mjs"), vendor], {
  encoding: "utf8",
  stdio: ["ignore", "pipe", "inherit"],
});
const packed = JSON.parse(output).map(named);
const platforms = packed.filter(({ name }) => name.startsWith("@pithy-image/"));

const manifest = read(application);
const wanted = ["pithy-image", ...others, ...Object.keys(manifest.dependencies ?? {})];
const main = packed.filter(({ name }) => wanted.includes(name));
write(application, {
  ...manifest,
  dependencies: { ...manifest.dependencies, ...tarballs(main, application) },
  optionalDependencies: { ...manifest.optionalDependencies, ...tarballs(platforms, application) },
});
const root = rootOf(application);
const outer = read(root);
write(root, { ...outer, resolutions: { ...outer.resolutions, ...tarballs(platforms, root) } });
console.log(`Wrote vendor/pithy-image and package.json. Install them: \`npm install\`, \`pnpm install\` or \`yarn\`.`);
