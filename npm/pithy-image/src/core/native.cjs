// Loads the addon for this platform. The names are literals, so that file tracers see them, and `require` is within `try`, so that
// bundlers let what is not installed be. Nothing else runs while this is imported: a bundle has neither the addon nor, as an
// ES module, `require` and `__dirname`.
"use strict";

/** The platform as its package is called. */
function platform() {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === "linux" ? `${name}-${isGlibc() ? "gnu" : "musl"}` : name;
}

/** Not every client leaves out a package for another C library, and a library for glibc may load with musl, and crash later. */
function isGlibc() {
  const report = /** @type {{ excludeNetwork?: boolean, getReport(): object }} */ (process.report);
  const { excludeNetwork } = report;
  report.excludeNetwork = true; // else it looks up the names of all peers
  try {
    const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (report.getReport());
    return header.glibcVersionRuntime !== undefined;
  } finally {
    report.excludeNetwork = excludeNetwork;
  }
}

/**
 * Each platform's package loads its addon, which no bundler needs to understand.
 *
 * @param {string} name
 */
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

/** The WebAssembly module, for platforms without an addon and for files that are passed in. */
exports.loadWasm = () => require("./wasm.cjs");

exports.load = function load() {
  const name = platform();
  const causes = [];
  for (const find of [() => ofPlatform(name), ofBuild]) {
    const { addon, error } = find();
    if (addon) return addon;
    if (error) causes.push(error);
  }
  const reasons = causes.map((cause) => `\n  ${cause instanceof Error ? cause.message.split("\n")[0] : cause}`);
  const hint = causes.length
    ? "Install without `--omit=optional` on the platform that runs it, or build from source: `npm run build`."
    : "There is one for linux-x64-gnu, and `npm run build` in the sources makes one for your platform.";
  throw new Error(
    `pithy-image has no native addon for ${name}${causes.length ? ":" : "."}${reasons.join("")}\n${hint}`,
  );
};
