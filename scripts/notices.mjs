// The licence notices of what is linked into the files of a package, or bundled into them.
//
// Crates are those that cargo links: no macros, no build scripts. npm packages are those that a bundler says it took; see
// `bundled.mjs`.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BUNDLED } from "./bundled.mjs";
import { TOP } from "./checks.mjs";

/** The crates whose code is in files with these endings, and the platform that they are compiled for. */
const BINARIES = {
  ".node": { crate: "pithy-image-node" },
  ".wasm": { crate: "pithy-image-wasm", target: "wasm32-unknown-unknown" },
};

const LICENCE_FILE = /^(licen[cs]e|copying|notice|unlicense|copyright)/i;
const [APACHE, MIT] = ["APACHE", "MIT"].map((name) => readFileSync(join(TOP, `LICENSE-${name}`), "utf8"));

/** What is linked into every binary. */
const STANDARD_LIBRARY = {
  name: "The Rust standard library",
  licence: "MIT OR Apache-2.0",
  source: "https://github.com/rust-lang/rust",
  texts: [APACHE],
};

const cargo = (...args) => execFileSync("cargo", args, { cwd: TOP, encoding: "utf8", maxBuffer: 2 ** 28 });

/** The texts of a package's licences: its own, or else the usual one. */
function textsOf(directory, licence, authors) {
  const names = readdirSync(directory, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && LICENCE_FILE.test(entry.name),
  );
  const texts = names.map(({ name }) => readFileSync(join(directory, name), "utf8"));
  if (texts.length) return texts;
  if (/Apache-2\.0/.test(licence)) return [APACHE];
  if (/MIT/.test(licence) && authors.length)
    return [MIT.replace(/^Copyright .*$/m, `Copyright (c) ${authors.join(", ")}`)];
  throw new Error(`${directory} has no text of its licence, ${licence}.`);
}

/** The crates that are linked with another. */
function cratesOf({ crate, target }) {
  const { packages } = JSON.parse(cargo("metadata", "--format-version", "1", "--locked"));
  const platform = target ? ["--target", target] : [];
  const edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
  const linked = new Set(
    cargo("tree", "--locked", "--package", crate, ...platform, ...edges)
      .split("\n")
      .map((line) => line.split(" ").slice(0, 2).join(" ")),
  );
  const others = packages.filter(({ name, version, source }) => source && linked.has(`${name} v${version}`));
  return [
    STANDARD_LIBRARY,
    ...others.map(({ name, version, license, repository, manifest_path, authors }) => ({
      name: `${name} ${version}`,
      licence: license,
      source: repository,
      texts: textsOf(dirname(manifest_path), license, authors),
    })),
  ];
}

/** The npm package in a directory. */
function npmPackage(directory) {
  const { name, version, license, repository, author } = JSON.parse(
    readFileSync(join(directory, "package.json"), "utf8"),
  );
  const [source, authors] = [repository?.url ?? repository, [author?.name ?? author].filter(Boolean)];
  return { name: `${name} ${version}`, licence: license, source, texts: textsOf(directory, license, authors) };
}

/** All that is in the files of a directory and is not ours. */
function partsOf(directory) {
  const files = readdirSync(directory, { recursive: true }).map(String);
  const binaries = Object.entries(BINARIES).filter(([ending]) => files.some((file) => file.endsWith(ending)));
  const lists = files.filter((file) => BUNDLED.test(basename(file)));
  const bundled = new Set(lists.flatMap((file) => JSON.parse(readFileSync(join(directory, file), "utf8"))));
  const parts = [...binaries.flatMap(([, binary]) => cratesOf(binary)), ...[...bundled].map(npmPackage)];
  return [...new Map(parts.map((part) => [part.name, part])).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A licence's text with the names of all that are under it. */
function section([text, names]) {
  return `${"=".repeat(80)}\n${names.join(", ")}\n${"=".repeat(80)}\n\n${text}\n`;
}

/** The notices for the files of a directory. */
export function noticesOf(directory) {
  const parts = partsOf(directory);
  const under = new Map();
  for (const { name, texts } of parts) {
    for (const text of texts.map((each) => each.replaceAll("\r\n", "\n").trim()))
      under.set(text, [...(under.get(text) ?? []), name]);
  }
  const list = parts.map(({ name, licence, source }) => `${name} (${licence})${source ? ` ${source}` : ""}`);
  return `This package contains code of:\n\n${list.join("\n")}\n\n${[...under].map(section).join("\n")}`;
}
