import { buildPithyJauntImage } from "../lib/daytona/declarative-image.ts";

export default buildPithyJauntImage();
