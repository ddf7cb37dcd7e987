export default {
  entry: ["request.mjs", "core.mjs"],
  format: ["esm", "cjs"],
  outDir: "tsup",
  noExternal: [/^pithy-image/],
  silent: true,
};
