/** The page as one file, with its data in it. */
import { DATA_ID, type PageSpec } from "../src/protocol.ts";
import { createView } from "./view.ts";
import "./page.css";

const page: PageSpec = JSON.parse(document.querySelector(`#${DATA_ID}`)?.textContent ?? "{}");
createView(document.querySelector("#preview") as Element)(page);
