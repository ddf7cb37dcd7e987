/** An image in a few lines of text, as a reviewer wants to know it first. */
import type { Problem } from "pithy-image";
import { type Comparison, compare } from "../data/compare.ts";
import { given } from "../data/preview.ts";
import type { PageImage, PageSpec } from "../protocol.ts";
import { prepared } from "../spec.ts";
import type { Phrase } from "../text/phrase.ts";
import { count, totalSize } from "../text/quantity.ts";
import { visible } from "../text/visible.ts";
import { type FoundRow, foundRows, tally } from "./findings.ts";
import { builtFrom, detail, reason } from "./why.ts";

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
  const { spec, baseline, plan, title = "Image", error } = image;
  const said: Said[] = spec ? [...(prepared(spec).problems ?? []), ...foundRows(given(spec), plan).map(toSaid)] : [];
  const lines = said.map(({ severity = "problem", message, hint, callSite }) => {
    return `  ${severity}: ${message} ${hint}${callSite ? ` (${callSite})` : ""}`;
  });
  const changes = spec && plan ? changeLines(compare(given(spec), baseline && given(baseline), plan)) : [];
  return [`${title}: ${stateOf(image)}`, ...(error === undefined ? [] : [`  ${error}`]), ...lines, ...changes];
}

interface Said extends Pick<Problem, "message" | "hint" | "callSite"> {
  severity?: string;
}

const toSaid = ({ finding, isNew }: FoundRow): Said => ({
  ...finding,
  severity: isNew ? `new ${finding.severity}` : finding.severity,
});

function changeLines(compared: Comparison): string[] {
  const changed = compared.steps.filter(({ change }) => change !== "same");
  return [
    ...changed.map((row) => {
      const number = row.change === "removed" ? "" : `${row.step.number} `;
      return `  ${row.change} ${number}${row.step.kind} ${textOf(detail(row, compared, () => undefined))}`;
    }),
    ...builtFrom(compared).map((row) => {
      const { number, stage } = row.step;
      return `  ${stage === undefined ? "" : `stage ${stage} `}built again from step ${number} on: ${textOf(reason(row, compared))}`;
    }),
    `  to upload: ${totalSize(compared.uploads ?? [])} of ${totalSize(compared.contexts)}`,
  ];
}

const textOf = (phrase: Phrase): string => phrase.map((part) => (typeof part === "string" ? part : part.code)).join("");
