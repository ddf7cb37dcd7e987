import type { ReactNode } from "react";
import { type Comparison, firstRebuilt } from "../data/compare.ts";
import { count } from "../data/step.ts";
import { totalSize } from "../text/size.ts";

const UNKNOWN = "Changes to the files are unknown until the files are here.";

/** What a change does, in a line or two. */
export function Changes({ compared, isResolved }: { compared: Comparison; isResolved: boolean }): ReactNode {
  const { steps, files, uploads = [] } = compared;
  const first = firstRebuilt(compared);
  if (!first && [...steps, ...files].every(({ change }) => change === "same")) {
    return (
      <section className="pithy-changes" aria-label="Changes since the baseline">
        {isResolved ? (
          <strong>Nothing changed since the baseline.</strong>
        ) : (
          <p>
            <strong>No step changed since the baseline.</strong> {UNKNOWN}
          </p>
        )}
      </section>
    );
  }
  return (
    <section className="pithy-changes" aria-label="Changes since the baseline">
      <p>
        <strong>Since the baseline:</strong> {[...tally(steps, "step"), ...tally(files, "file")].join(", ")}.
      </p>
      <p className="pithy-quiet">
        {first ? `The build starts again at step ${first.number}.` : "Nothing is built again."} {!isResolved && UNKNOWN}
        {isResolved && (uploads.length ? `${totalSize(uploads)} to upload.` : "Nothing to upload.")}
      </p>
    </section>
  );
}

const WORDS = { added: "added", removed: "removed", changed: "changed", files: "with other files" };

/** How many there are of each change: `2 steps added`, `1 step changed`. */
function tally(rows: readonly { change: string }[], thing: string): string[] {
  return Object.entries(WORDS).flatMap(([change, word]) => {
    const number = rows.filter((row) => row.change === change).length;
    return number ? [`${count(number, thing)} ${word}`] : [];
  });
}
