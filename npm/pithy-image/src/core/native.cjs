// Loads the addon for this platform. The names are literals, so that file tracers see them.
"use strict";

/** @type {unknown[]} */
const causes = [];

/** @param {() => unknown} load */
function attempt(load) {
  try {
    return load();
  } catch (error) {
    causes.push(error);
  }
}

function ofPlatform() {
  switch (`${process.platform}-${process.arch}`) {
    case "linux-x64":
      return attempt(() => require("@pithy-image/linux-x64-gnu"));
  }
}

/** The WebAssembly module, for platforms without an addon and for files that are passed in. */
exports.loadWasm = () => require("./wasm.cjs");

exports.load = function load() {
  causes.length = 0;
  const addon = ofPlatform() ?? attempt(() => require("../../pithy-image.node"));
  if (addon) return addon;
  const reasons = causes.map((cause) => `  ${cause instanceof Error ? cause.message.split("\n")[0] : cause}`);
  throw new Error(
    `pithy-image has no native addon for ${process.platform}-${process.arch}:\n${reasons.join("\n")}\n` +
      "Install without `--omit=optional` on the platform that runs it, or build from source: `npm run build`.",
  );
};
