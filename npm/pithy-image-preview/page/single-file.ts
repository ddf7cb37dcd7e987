/** The page as one file, with its data in it. */
import { DATA_ID, type PageSpec } from "../src/protocol.ts";
import { prepared } from "../src/spec.ts";
import { NO_CORE } from "./no-core.ts";
import { createView } from "./view.ts";
import "./page.css";

const page: PageSpec = JSON.parse(document.querySelector(`#${DATA_ID}`)?.textContent ?? "{}");

/** Whether a comparison is missing that nothing else would speak of. */
const isIncomparable = ({ spec, baseline, plan }: PageSpec): boolean =>
  spec !== undefined && prepared(spec).resolved !== undefined && baseline !== undefined && plan === undefined;

createView(document.querySelector("#preview") as Element)(isIncomparable(page) ? { ...page, error: NO_CORE } : page);
