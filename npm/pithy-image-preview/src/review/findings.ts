/** What is said of an image, and of a change to it. */
import type { Finding, Plan } from "pithy-image";
import { removedKey } from "../data/compare.ts";
import { type Preview, stepOf } from "../data/preview.ts";

/** A finding, and what the page knows of it. */
export interface FoundRow {
  finding: Finding;
  /** Its number in the list. */
  number: number;
  /** The key of its step, which may be a removed one; empty if it is about the whole image. */
  step: string;
  /** Whether the change brought it. */
  isNew: boolean;
}

const ORDER = ["error", "warning", "pedantic"];

/** All findings: those of the change first, of them the severe ones, of them what is about the change alone. */
export function foundRows(preview: Preview, plan?: Plan): FoundRow[] {
  const isNew = new Set(plan?.findings.map(identity));
  const isOfImage = new Set(preview.findings.map(identity));
  const all = new Map([...(plan?.findings ?? []), ...preview.findings].map((finding) => [identity(finding), finding]));
  const rank = (finding: Finding) => {
    const [id, severity] = [identity(finding), ORDER.indexOf(finding.severity)];
    return 2 * (severity - (isNew.has(id) ? ORDER.length : 0)) + (isOfImage.has(id) ? 1 : 0);
  };
  return [...all.values()]
    .sort((one, other) => rank(one) - rank(other))
    .map((finding, index) => ({
      finding,
      number: index + 1,
      step: stepKey(finding),
      isNew: isNew.has(identity(finding)),
    }));
}

/** The key of the step that a finding leads to: what a change removed, where that is what it is about. */
export const stepKey = ({ path, before }: Finding): string => (before ? removedKey(before) : stepOf(path));

const identity = ({ code, path, message, line }: Finding): string => JSON.stringify([code, path, message, line]);

/** How many there are of each severity: `1 error, 2 warnings`. */
export function tally(rows: readonly FoundRow[]): string {
  const words = { error: ["error", "errors"], warning: ["warning", "warnings"], pedantic: ["remark", "remarks"] };
  return Object.entries(words)
    .flatMap(([severity, [one, many]]) => {
      const number = rows.filter(({ finding }) => finding.severity === severity).length;
      return number ? [`${number} ${number === 1 ? one : many}`] : [];
    })
    .join(", ");
}
