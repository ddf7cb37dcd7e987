import type { Finding, Problem } from "pithy-image";
import type { ReactNode } from "react";
import type { Change, Comparison, StepRow } from "../data/compare.ts";
import { stepOf } from "../data/preview.ts";
import type { Selection } from "../data/selection.ts";
import { count } from "../data/step.ts";
import { VirtualList } from "../parts/virtual-list.tsx";
import { CallSite } from "../text/call-site.tsx";
import { PhraseView } from "../text/phrase-view.tsx";
import { Prose } from "../text/prose.tsx";
import { InstructionLines } from "./dockerfile.tsx";
import { OwnChanges } from "./own-changes.tsx";

/** The label of a change, for the eye and for screen readers. */
export const CHANGE: Record<Exclude<Change, "same">, string> = {
  added: "added",
  removed: "removed",
  changed: "changed",
  files: "files changed",
};

interface StepsProps {
  compared: Comparison;
  callSites: Record<string, string>;
  /** Call sites are shown relative to it. */
  root?: string;
  /** Mistakes and findings. */
  problems: readonly (Problem | Finding)[];
  selection: Selection;
}

/** The steps in order: the purpose of each, the code that made it, and its findings. */
export function Steps({ compared, callSites, root, problems, selection }: StepsProps): ReactNode {
  const rows = compared.steps;
  const active = rows.findIndex((row) => isOf(row, selection.selected));
  const said = problemsByStep(problems);
  return (
    <VirtualList
      label="Steps"
      className="pithy-steps"
      items={rows}
      keyOf={({ step, change }) => (change === "removed" ? `removed ${step.pointer}` : step.pointer)}
      estimate={58}
      active={active}
      reveal={selection.from === "dockerfile" ? active : -1}
      isMarked={(row) => isOf(row, selection.hovered)}
      isDisabled={({ change }) => change === "removed"}
      onActive={(index) => selection.select(rows[index]?.step.pointer, "steps")}
      onHover={(index) => selection.hover(index === undefined ? undefined : pointerOf(rows[index]))}
      rowClass={({ change, step }) => `pithy-step pithy-${change} ${step.depth ? "pithy-nested" : ""}`}
    >
      {(row) => (
        <>
          {row.startsRebuild && (
            <p className="pithy-rebuild">From here the {row.step.depth ? "stage" : "image"} is built again.</p>
          )}
          <div className="pithy-step-body">
            <span className="pithy-number">{row.change === "removed" ? "−" : row.step.number}</span>
            <div className="pithy-step-text">
              <p className="pithy-purpose">
                <PhraseView phrase={row.step.purpose} before={row.before?.purpose} />
              </p>
              <p className="pithy-origin">
                <span className="pithy-call">{row.step.kind}</span>
                {row.change !== "same" && (
                  <span className={`pithy-badge pithy-badge-${row.change}`}>{CHANGE[row.change]}</span>
                )}
                {row.change !== "removed" && <CallSite place={callSites[row.step.pointer]} root={root} />}
              </p>
              {row.change !== "removed" &&
                said.get(row.step.pointer)?.map(({ code, message, hint, path }) => (
                  <p key={`${code} ${path} ${message}`} className="pithy-finding">
                    <strong>
                      <Prose text={message} />
                    </strong>{" "}
                    <Prose text={hint} />
                  </p>
                ))}
              {row.own && <OwnChanges changes={row.own} />}
              {isOf(row, selection.selected) && <StepLines compared={compared} step={row.step.pointer} />}
            </div>
          </div>
        </>
      )}
    </VirtualList>
  );
}

/** Instructions of a step that are shown with it: a Dockerfile may have a thousand. */
const SHOWN = 40;

/** The instructions of a step. */
function StepLines({ compared, step }: { compared: Comparison; step: string }): ReactNode {
  const own = compared.instructions.filter(({ record }) => record?.step === step);
  return (
    <div className="pithy-step-lines">
      {own.slice(0, SHOWN).map((instruction) => (
        <InstructionLines key={instruction.line} row={instruction} />
      ))}
      {own.length > SHOWN && <p className="pithy-more">and {count(own.length - SHOWN, "more instruction")}</p>}
    </div>
  );
}

const pointerOf = (row: StepRow | undefined): string | undefined =>
  row && row.change !== "removed" ? row.step.pointer : undefined;

const isOf = (row: StepRow, pointer: string | undefined): boolean =>
  pointer !== undefined && pointerOf(row) === pointer;

/** Problems by their steps. */
function problemsByStep(problems: readonly (Problem | Finding)[]): Map<string, (Problem | Finding)[]> {
  const found = new Map<string, (Problem | Finding)[]>();
  for (const problem of problems) {
    const step = stepOf(problem.path);
    found.set(step, [...(found.get(step) ?? []), problem]);
  }
  return found;
}
