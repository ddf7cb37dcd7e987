/** @type {import("next").NextConfig} */
export default {
  output: "standalone",
  serverExternalPackages: ["pithy-image"],
};
