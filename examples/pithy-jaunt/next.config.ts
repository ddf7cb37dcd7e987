import type { NextConfig } from "next";
import { withPithyImage } from "pithy-image/next";

const config: NextConfig = { output: "standalone" };

export default withPithyImage(config);
