/** An image in a few lines of text, as a reviewer wants to know it first. */
import { given } from "../data/preview.ts";
import type { PageImage, PageSpec } from "../protocol.ts";
import { prepared } from "../spec.ts";
import { count } from "../text/quantity.ts";
import { visible } from "../text/visible.ts";
import { foundRows, tally } from "./findings.ts";

/** How an image is, in a few words. */
export function stateOf({ spec, plan, isNew, error }: PageImage): string {
  if (!spec) return error === undefined ? "" : "cannot be loaded";
  const { length } = prepared(spec).problems ?? [];
  if (length > 0) return count(length, "problem");
  const change = isNew ? "new" : plan && (plan.unchanged ? "unchanged" : "changed");
  return [change, tally(foundRows(given(spec), plan))].filter(Boolean).join(", ");
}

/** What is said of all images of a page. */
export const plainText = ({ images, gone = [], ...image }: PageSpec): string =>
  [...(images ?? [image]).flatMap(imageLines), ...gone.map((name) => `${name}: removed`)].map(visible).join("\n");

function imageLines(image: PageImage): string[] {
  const { spec, plan, title = "Image", error } = image;
  const said = spec
    ? [...(prepared(spec).problems ?? []), ...foundRows(given(spec), plan).map(({ finding }) => finding)]
    : [];
  const lines = said.map((each) => {
    const severity = "severity" in each ? each.severity : "problem";
    return `  ${severity}: ${each.message} ${each.hint}${each.callSite ? ` (${each.callSite})` : ""}`;
  });
  return [`${title}: ${stateOf(image)}`, ...(error === undefined ? [] : [`  ${error}`]), ...lines];
}
