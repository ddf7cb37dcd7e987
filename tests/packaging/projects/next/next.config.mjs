import { withPithyImage } from "pithy-image/next";

/** @type {import("next").NextConfig} */
const config = { output: "standalone", experimental: { serverSourceMaps: true } };

export default withPithyImage(config);
