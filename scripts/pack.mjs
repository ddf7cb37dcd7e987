// Packs what is published: `npm run pack [destination]`, after `npm run build`. Prints what npm prints with `--json`.
//
// A package is put together in a temporary directory, where the main one gets what would not resolve in this
// repository: the platform packages as optional dependencies.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { BUNDLED } from "./bundled.mjs";
import { TOP } from "./checks.mjs";
import { noticesOf } from "./notices.mjs";

const destination = resolve(process.argv[2] ?? ".");
const SHARED = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];
const NOTICES = "THIRD-PARTY-NOTICES";

/** Lists for the notices are not published. */
const isList = (path) => BUNDLED.test(basename(path));

const packages = readdirSync(join(TOP, "npm")).map((name) => {
  const directory = join(TOP, "npm", name);
  return { directory, manifest: JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) };
});
const built = packages.filter(({ directory, manifest }) =>
  manifest.files.every((name) => existsSync(join(directory, name))),
);
const platforms = built.filter(({ manifest }) => manifest.os);

/** The manifest as it is published. */
function published(manifest) {
  const { scripts, ...rest } = { ...manifest, files: [...manifest.files, ...SHARED, NOTICES] };
  if (manifest.name !== "pithy-image") return rest;
  const optional = platforms.map(({ manifest }) => [manifest.name, manifest.version]);
  return { ...rest, optionalDependencies: Object.fromEntries(optional) };
}

function pack({ directory, manifest }) {
  const assembled = mkdtempSync(join(tmpdir(), "pithy-image-pack-"));
  try {
    for (const name of manifest.files) cpSync(join(directory, name), join(assembled, name), { recursive: true });
    writeFileSync(join(assembled, NOTICES), noticesOf(assembled));
    for (const name of readdirSync(assembled, { recursive: true }).filter(isList)) rmSync(join(assembled, name));
    for (const name of SHARED)
      cpSync([directory, TOP].map((at) => join(at, name)).find(existsSync), join(assembled, name));
    writeFileSync(join(assembled, "package.json"), `${JSON.stringify(published(manifest), null, 2)}\n`);
    const args = ["pack", "--json", "--pack-destination", destination];
    return JSON.parse(
      execFileSync("npm", args, { cwd: assembled, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }),
    );
  } finally {
    rmSync(assembled, { recursive: true, force: true });
  }
}

const names = (them) => them.map(({ manifest }) => manifest.name).join(", ");
const lacking = packages.filter((each) => !built.includes(each));
const missing = lacking.filter(({ manifest }) => !manifest.os);
if (missing.length) throw new Error(`Not built: ${names(missing)}.`);
// Another platform builds these; without them there is WebAssembly.
if (lacking.length) console.error(`Left out, since they are not built: ${names(lacking)}.`);
mkdirSync(destination, { recursive: true });
console.log(JSON.stringify(built.flatMap(pack), null, 2));
