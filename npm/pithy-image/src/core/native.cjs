// Loads the addon for this platform. The names are literals, so that file tracers see them, and `require` is within `try`, so that
// bundlers let what is not installed be. Nothing else runs while this is imported: a bundle has neither the addon nor, as an
// ES module, `require` and `__dirname`.
"use strict";

/** Each platform's package loads its addon, which no bundler needs to understand. */
function ofPlatform() {
  switch (`${process.platform}-${process.arch}`) {
    case "linux-x64":
      try {
        return { addon: require("@pithy-image/linux-x64-gnu") };
      } catch (error) {
        return { error };
      }
    default:
      return { error: new Error("There is no package for this platform.") };
  }
}

/** What `npm run build` makes on a platform without a package. */
function ofBuild() {
  const module = { exports: {} };
  try {
    process.dlopen(module, `${__dirname}/../../pithy-image.node`);
    return { addon: module.exports };
  } catch (error) {
    return { error };
  }
}

/** The WebAssembly module, for platforms without an addon and for files that are passed in. */
exports.loadWasm = () => require("./wasm.cjs");

exports.load = function load() {
  const causes = [];
  for (const find of [ofPlatform, ofBuild]) {
    const { addon, error } = find();
    if (addon) return addon;
    causes.push(error);
  }
  const reasons = causes.map((cause) => `  ${cause instanceof Error ? cause.message.split("\n")[0] : cause}`);
  throw new Error(
    `pithy-image has no native addon for ${process.platform}-${process.arch}:\n${reasons.join("\n")}\n` +
      "Install without `--omit=optional` on the platform that runs it, or build from source: `npm run build`.",
  );
};
