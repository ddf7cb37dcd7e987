export default {
  mode: "production",
  target: "node20",
  entry: { request: "./request.mjs", core: "./core.mjs" },
  externals: { "@daytonaio/sdk": "commonjs @daytonaio/sdk" },
  output: { path: `${import.meta.dirname}/webpack`, filename: "[name].cjs" },
};
