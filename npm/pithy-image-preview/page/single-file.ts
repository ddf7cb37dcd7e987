/** The page as one file, with its data in it. */
import { DATA_ID, type PageImage, type PageSpec } from "../src/protocol.ts";
import { prepared } from "../src/spec.ts";
import { NO_CORE } from "./no-core.ts";
import { createView } from "./view.ts";
import "./page.css";

const page: PageSpec = JSON.parse(document.querySelector(`#${DATA_ID}`)?.textContent ?? "{}");

/** Whether a comparison is missing that nothing else would speak of. */
const isIncomparable = ({ spec, baseline, plan }: PageImage): boolean =>
  spec !== undefined && prepared(spec).resolved !== undefined && baseline !== undefined && plan === undefined;

const told = <Image extends PageImage>(image: Image): Image =>
  isIncomparable(image) ? { ...image, error: NO_CORE } : image;

createView(document.querySelector("#preview") as Element)({
  ...told(page),
  ...(page.images && { images: page.images.map(told) }),
});
