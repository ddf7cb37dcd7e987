import type { Finding } from "pithy-image";
import { type ReactNode, useCallback, useMemo } from "react";
import { useAnchors } from "../data/anchor.ts";
import { type Change, type Comparison, type FileRow, fileKey, isInstruction, type StepRow } from "../data/compare.ts";
import type { Selection } from "../data/selection.ts";
import { FileText } from "../files/file-text.tsx";
import { List } from "../parts/list.tsx";
import { FindingView } from "../review/finding-view.tsx";
import { stepKey } from "../review/findings.ts";
import { changedRows } from "../review/why.ts";
import { CallSite } from "../text/call-site.tsx";
import { PhraseView } from "../text/phrase-view.tsx";
import { count } from "../text/quantity.ts";
import { visibleInline } from "../text/visible.ts";
import { InstructionLines } from "./dockerfile.tsx";
import { FieldChanges } from "./field-changes.tsx";
import { OwnChanges } from "./own-changes.tsx";

/** The label of a change, for the eye and for screen readers. */
export const CHANGE: Record<Exclude<Change, "same">, string> = {
  added: "added",
  removed: "removed",
  changed: "changed",
  files: "files changed",
  moved: "moved",
};

/** The name of a step in the page's address. */
export const anchorName = ({ change, step }: StepRow): string =>
  change === "removed" ? `was-${step.number}` : step.number;

interface StepsProps {
  compared: Comparison;
  callSites: Record<string, string>;
  /** Call sites are shown relative to it. */
  root?: string;
  said: readonly Finding[];
  selection: Selection;
  /** Pointer of the step below the mouse. */
  hovered?: string;
  onHover: (pointer: string | undefined) => void;
}

/** The steps in order: the purpose of each, the code that made it, and its findings. */
export function Steps({ compared, callSites, root, said, selection, hovered, onHover }: StepsProps): ReactNode {
  const rows = compared.steps;
  const anchor = useAnchors();
  const active = rows.findIndex(({ key }) => key === selection.selected);
  const saidOf = useMemo(() => byStep(said), [said]);
  const content = useCallback(
    (row: StepRow, _: number, isActive: boolean) => (
      <StepContent
        row={row}
        callSite={row.change === "removed" ? undefined : callSites[row.step.pointer]}
        root={root}
        said={saidOf.get(row.key)}
        compared={isActive ? compared : undefined}
      />
    ),
    [callSites, root, saidOf, compared],
  );
  return (
    <List
      label="Steps"
      className="pithy-steps"
      items={rows}
      keyOf={({ key }) => key}
      anchorOf={(row) => anchor("step", anchorName(row))}
      most={5000}
      estimate={58}
      active={active}
      reveal={selection.from === "steps" ? -1 : active}
      isMarked={({ key }) => key === hovered}
      onActive={(index) => selection.select(rows[index]?.key, "steps")}
      onHover={(index) => onHover(index === undefined ? undefined : rows[index]?.key)}
      rowClass={({ change, step }) => `pithy-step pithy-${change} ${step.depth ? "pithy-nested" : ""}`}
    >
      {content}
    </List>
  );
}

interface StepContentProps {
  row: StepRow;
  callSite?: string;
  root?: string;
  said?: readonly Finding[];
  /** Given for the chosen step, whose instructions are shown. */
  compared?: Comparison;
}

function StepContent({ row, callSite, root, said, compared }: StepContentProps): ReactNode {
  const { step, change, before, own, fields } = row;
  const anchor = useAnchors();
  return (
    <>
      {row.startsRebuild && (
        <p className="pithy-rebuild">From here the {step.depth ? "stage" : "image"} is built again.</p>
      )}
      <div className="pithy-step-body">
        <a
          tabIndex={compared ? 0 : -1}
          className="pithy-number"
          href={`#${anchor("step", anchorName(row))}`}
          aria-label={`Address of step ${step.number}`}
        >
          {change === "removed" ? "−" : step.number}
        </a>
        <div className="pithy-step-text">
          <p className="pithy-purpose">
            <PhraseView phrase={step.purpose} before={before?.purpose} />
          </p>
          <p className="pithy-origin">
            <span className="pithy-call">{visibleInline(step.kind)}</span>
            {change !== "same" && <span className={`pithy-badge pithy-badge-${change}`}>{CHANGE[change]}</span>}
            {row.formerPlace && <span className="pithy-quiet">{row.formerPlace}</span>}
            <CallSite place={callSite} root={root} isReached={compared !== undefined} />
          </p>
          {said?.map((each) => (
            <FindingView key={`${each.code} ${each.path} ${each.line} ${each.message}`} said={each} />
          ))}
          {fields && <FieldChanges fields={fields.filter((field) => !isInstruction(field))} />}
          {own && (own.length > 0 || fields?.length === 0) && <OwnChanges changes={own} />}
          {compared && change !== "removed" && <ChangedFiles rows={changedRows(row, compared)} />}
          {compared && change !== "removed" && <StepLines compared={compared} step={step.pointer} />}
        </div>
      </div>
    </>
  );
}

/** Files that are compared with their step. */
const FILES = 8;

/** The changed files of a step; all are in the tree of files. */
function ChangedFiles({ rows }: { rows: readonly FileRow[] }): ReactNode {
  return (
    <>
      {rows.slice(0, FILES).map((row) => (
        <FileText key={fileKey(row.file)} row={row} />
      ))}
      {rows.length > FILES && <p className="pithy-more">and {count(rows.length - FILES, "more changed file")}</p>}
    </>
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

/** Findings by their steps. */
function byStep(said: readonly Finding[]): Map<string, Finding[]> {
  const found = new Map<string, Finding[]>();
  for (const each of said) {
    const step = stepKey(each);
    const there = found.get(step);
    if (there) there.push(each);
    else found.set(step, [each]);
  }
  return found;
}
