// Packs what is published: `npm run pack [destination]`, after `npm run build`. Prints what npm prints with `--json`.
//
// A package is put together in a temporary directory, where the main one gets what would not resolve in this
// repository: the platform packages as optional dependencies.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const destination = resolve(process.argv[2] ?? ".");
const SHARED = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];

const packages = readdirSync(join(top, "npm")).map((name) => {
  const directory = join(top, "npm", name);
  return { directory, manifest: JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) };
});
const platforms = packages.filter(({ manifest }) => manifest.os);

/** The manifest as it is published. */
function published(manifest) {
  const { scripts, ...rest } = { ...manifest, files: [...manifest.files, ...SHARED] };
  if (manifest.name !== "pithy-image") return rest;
  const optional = platforms.map(({ manifest }) => [manifest.name, manifest.version]);
  return { ...rest, optionalDependencies: Object.fromEntries(optional) };
}

function pack({ directory, manifest }) {
  const stage = mkdtempSync(join(tmpdir(), "pithy-image-pack-"));
  try {
    for (const name of manifest.files) cpSync(join(directory, name), join(stage, name), { recursive: true });
    for (const name of SHARED) cpSync([directory, top].map((at) => join(at, name)).find(existsSync), join(stage, name));
    writeFileSync(join(stage, "package.json"), `${JSON.stringify(published(manifest), null, 2)}\n`);
    const args = ["pack", "--json", "--pack-destination", destination];
    return JSON.parse(
      execFileSync("npm", args, { cwd: stage, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
    );
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

const lacking = packages.filter(({ directory, manifest }) => !existsSync(join(directory, manifest.main)));
if (lacking.length) throw new Error(`Not built: ${lacking.map(({ manifest }) => manifest.name).join(", ")}.`);
mkdirSync(destination, { recursive: true });
console.log(JSON.stringify(packages.flatMap(pack), null, 2));
