import { withPithyImage } from "pithy-image/next";

/** @type {import("next").NextConfig} */
const config = { output: "standalone" };

export default withPithyImage(config);
