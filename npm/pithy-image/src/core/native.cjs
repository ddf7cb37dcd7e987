// Loads the addon. Each `require` names a literal within `try`: file tracers see it, and bundlers skip what is not installed.
// Importing this runs nothing: a bundle may have neither `require` nor `__dirname`.
"use strict";

/** The platform as its package is called. */
function platform() {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${name}-${isGlibc() ? "gnu" : "musl"}` : name;
}

/** Some package managers install a package for another C library. With musl, an addon for glibc may load, and crash later. */
function isGlibc() {
  const linker = linkerOf(process.execPath);
  return linker === undefined ? isGlibcReported() : linker === "linux";
}

/**
 * What the name of a program's dynamic linker says, which is at the beginning of the program.
 * @param {string} program
 */
function linkerOf(program) {
  const { closeSync, openSync, readSync } = require("node:fs");
  const bytes = Buffer.alloc(4096);
  try {
    const file = openSync(program, "r");
    try {
      readSync(file, bytes);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  return /\/ld-(linux|musl)/.exec(bytes.toString("latin1"))?.[1];
}

/** As Node itself says it, which takes longer than all else that is loaded. */
function isGlibcReported() {
  const report = /** @type {any} */ (process.report);
  const { excludeNetwork } = report;
  report.excludeNetwork = true; // else it looks up the names of all peers
  try {
    return report.getReport().header.glibcVersionRuntime !== undefined;
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

/** @param {string} name */
function ofPlatform(name) {
  switch (name) {
    case "linux-x64-gnu":
      try {
        return { addon: require("@pithy-image/linux-x64-gnu") };
      } catch (error) {
        return { error };
      }
    default:
      return {};
  }
}

/** What `npm run build` makes on a platform without a package. */
function ofBuild() {
  const module = { exports: {} };
  try {
    const path = `${__dirname}/../../pithy-image.node`;
    if (!require("node:fs").existsSync(path)) return {};
    process.dlopen(module, path);
    return { addon: module.exports };
  } catch (error) {
    return { error };
  }
}

/** Node's own module, where it has no `process.getBuiltinModule`. */
exports.fs = () => require("node:fs");

/** Node's source maps, which take long to load. */
exports.module = () => require("node:module");

/** The WebAssembly module, for platforms without an addon and for files that are passed in. */
exports.loadWasm = () => require("./wasm.cjs");

/** Whether this file is where the package has it, not in a bundle. */
exports.isInPackage = function isInPackage() {
  try {
    return require("node:fs").existsSync(`${__dirname}/native.cjs`);
  } catch {
    return false; // a bundle may have neither `require` nor `__dirname`
  }
};

exports.load = function load() {
  const name = platform();
  const causes = [];
  for (const find of [() => ofPlatform(name), ofBuild]) {
    const { addon, error } = find();
    if (addon) return addon;
    if (error) causes.push(error);
  }
  const reasons = causes.map(({ message }) => `\n  ${message.split("\n")[0]}`);
  const hint = causes.length
    ? "Install without `--omit=optional` on the platform that runs it, or build from source: `npm run build`."
    : "There is one for linux-x64-gnu, and `npm run build` in the sources makes one for your platform.";
  throw new Error(
    `pithy-image has no native addon for ${name}${causes.length ? ":" : "."}${reasons.join("")}\n${hint}`,
  );
};
