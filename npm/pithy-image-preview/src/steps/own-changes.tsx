import type { ReactNode } from "react";
import type { OwnChange } from "../data/compare.ts";
import { CodeLine } from "../text/code-line.tsx";
import { count } from "../text/quantity.ts";
import { visibleInline } from "../text/visible.ts";
import { SIGN } from "./dockerfile.tsx";

/** Changed instructions that are shown, and lines of each. */
const SHOWN = 12;
const LINES = 40;

/** What changed in the user's own Dockerfile, at its lines. */
export function OwnChanges({ changes }: { changes: readonly OwnChange[] }): ReactNode {
  return (
    <div className="pithy-own-changes">
      {changes.length === 0 && <p className="pithy-more">Only comments, blank lines or directives changed.</p>}
      {changes.slice(0, SHOWN).map(({ place, lines }) => (
        <div key={place}>
          <p className="pithy-own-place">
            {visibleInline(place)}
            {lines.length === 0 && ": the files differ"}
          </p>
          {lines.slice(0, LINES).map(({ text, change }, index) => (
            <div key={index} className={`pithy-${change}`}>
              {change !== "same" && <span className="pithy-unseen">{change}: </span>}
              <CodeLine mark={SIGN[change] ?? ""} tokens={[{ text: text.replaceAll("\r", "␍") }]} />
            </div>
          ))}
          {lines.length > LINES && <p className="pithy-more">and {count(lines.length - LINES, "more line")}</p>}
        </div>
      ))}
      {changes.length > SHOWN && (
        <p className="pithy-more">and {count(changes.length - SHOWN, "more changed instruction")}</p>
      )}
    </div>
  );
}
