import type { Plan } from "pithy-image";
import { type ReactNode, useContext, useState } from "react";
import { useAnchors } from "../data/anchor.ts";
import type { Comparison, StepRow } from "../data/compare.ts";
import { Texts } from "../files/file-text.tsx";
import { anchorName, CHANGE } from "../steps/steps.tsx";
import { PhraseView } from "../text/phrase-view.tsx";
import { Prose } from "../text/prose.tsx";
import { bytes, count } from "../text/quantity.ts";
import { visibleInline } from "../text/visible.ts";
import { type FoundRow, tally } from "./findings.ts";
import { Strip } from "./strip.tsx";
import { type UploadRow, uploadRows } from "./uploads.ts";
import { builtFrom, detail, reason } from "./why.ts";
import { changeSummary } from "./words.ts";

interface VerdictProps {
  compared: Comparison;
  plan?: Plan;
  /** Why there is no plan. */
  failure?: string;
  found: readonly FoundRow[];
  /** Whether the image has mistakes, so that there are no findings. */
  hasProblems: boolean;
  /** Whether the files of the image are known. */
  isResolved: boolean;
  /** Whether there is a baseline. */
  isCompared: boolean;
  /** Key of the step that was chosen. */
  selected?: string;
}

/** What a reviewer has to know first: whether it is dangerous, what changed, why it is built again, what is uploaded. */
export function Verdict(props: VerdictProps): ReactNode {
  const { compared, plan, failure, found, hasProblems, isResolved, isCompared, selected } = props;
  const changed = compared.steps.filter(({ change }) => change !== "same");
  const starts = builtFrom(compared);
  return (
    <section className="pithy-verdict" aria-label={isCompared ? "Changes since the baseline" : "Summary"}>
      <p className="pithy-summary">
        <strong>{summary(props)}</strong>
        {hasProblems || <Tally found={found} isCompared={plan !== undefined} />}
      </p>
      {failure && (
        <p role="alert">
          <Prose text={failure} />
        </p>
      )}
      {isCompared && <Dangers rows={found.filter(({ isNew }) => isNew)} compared={compared} />}
      {plan && <Strip compared={compared} selected={selected} />}
      <dl className="pithy-answers">
        {changed.length > 0 && (
          <Answer question="What changed" isMain>
            <ChangedSteps rows={changed} found={found} compared={compared} />
          </Answer>
        )}
        {starts.length > 0 && (
          <Answer question="Why it is built again">
            <Reasons rows={starts} compared={compared} />
          </Answer>
        )}
        {isResolved && (
          <Answer question="What is uploaded">
            <Uploads rows={uploadRows(compared)} isCompared={compared.contextsBefore !== undefined} />
          </Answer>
        )}
        {isCompared && !isResolved && (
          <Answer question="What is uploaded">
            {hasProblems
              ? "Unknown until the problems are solved."
              : "Changes to the files are unknown until the files are here."}
          </Answer>
        )}
      </dl>
    </section>
  );
}

function summary({ plan, failure, isCompared, isResolved, hasProblems, compared }: VerdictProps): string {
  if (hasProblems) return "not checked, since it has problems";
  const steps = compared.steps.filter(({ change }) => change !== "removed").length;
  if (!plan) return failure ? "not compared" : isCompared ? "being compared…" : count(steps, "step");
  if (plan.unchanged && !isResolved) return "no step changed";
  return changeSummary(plan, steps);
}

/** How many findings there are, and how many of them the change brought. */
function Tally({ found, isCompared }: Pick<VerdictProps, "found" | "isCompared">): ReactNode {
  const anchor = useAnchors();
  if (found.length === 0) return <span className="pithy-danger pithy-danger-none">no findings</span>;
  const fresh = isCompared ? found.filter(({ isNew }) => isNew) : found;
  const some = fresh.length === 0 ? "none" : fresh.length === found.length ? "all" : `${fresh.length}`;
  return (
    <a className={`pithy-danger pithy-danger-${worst(fresh)}`} href={`#${anchor("finding", 1)}`}>
      {tally(found)}
      {isCompared && `, ${some} new`}
    </a>
  );
}

const worst = (found: readonly FoundRow[]): string =>
  ["error", "warning"].find((severity) => found.some(({ finding }) => finding.severity === severity)) ?? "quiet";

function Answer({
  question,
  isMain = false,
  children,
}: {
  question: string;
  isMain?: boolean;
  children: ReactNode;
}): ReactNode {
  return (
    <div className={`pithy-answer ${isMain ? "pithy-answer-main" : ""}`}>
      <dt>{question}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A link to a step, which is chosen where the address leads to it. */
export function StepLink({ row }: { row: StepRow }): ReactNode {
  const anchor = useAnchors();
  const number = row.change === "removed" ? "" : `${row.step.number} `;
  return (
    <a href={`#${anchor("step", anchorName(row))}`}>
      {number}
      {visibleInline(row.step.kind)}
    </a>
  );
}

/** Rows that are named before the rest is counted. */
const NAMED = 8;
/** A rest too small to hide. */
const FEW = 3;

/** The rows that are named. */
const first = <Row,>(rows: readonly Row[]): readonly Row[] =>
  rows.length <= NAMED + FEW ? rows : rows.slice(0, NAMED);

interface RowsProps<Row> {
  rows: readonly Row[];
  compared: Comparison;
}

/** What the change brought, a line each: the list of findings says what to do. */
function Dangers({ rows, compared }: RowsProps<FoundRow>): ReactNode {
  const anchor = useAnchors();
  if (rows.length === 0) return null;
  const named = first(rows);
  return (
    <ul className="pithy-dangers" aria-label="What the change brought">
      {named.map(({ finding, number, step }) => {
        const row = compared.steps.find(({ key }) => key === step);
        return (
          <li key={number}>
            <span className={`pithy-severity pithy-severity-${finding.severity}`}>{finding.severity}</span>{" "}
            <a href={`#${anchor("finding", number)}`}>
              <Prose text={finding.message} />
            </a>{" "}
            {row && <StepLink row={row} />}
          </li>
        );
      })}
      {rows.length > named.length && (
        <li>
          <a href={`#${anchor("finding", named.length + 1)}`}>
            and {count(rows.length - named.length, "more finding")}
          </a>
        </li>
      )}
    </ul>
  );
}

/** From which step on the image is built again, and each of its stages, and why. */
function Reasons({ rows, compared }: RowsProps<StepRow>): ReactNode {
  const named = first(rows);
  return (
    <>
      {named.map((row) => (
        <p key={row.key}>
          {row.step.stage === undefined ? "From" : `Stage ${visibleInline(row.step.stage)} from`} step{" "}
          <StepLink row={row} /> on: <PhraseView phrase={reason(row, compared)} />.
        </p>
      ))}
      {rows.length > named.length && <p>and {count(rows.length - named.length, "more stage")}</p>}
    </>
  );
}

function ChangedSteps({ rows, found, compared }: RowsProps<StepRow> & { found: readonly FoundRow[] }): ReactNode {
  const [areAll, showAll] = useState(false);
  const textOf = useContext(Texts);
  const named = areAll ? rows : namedRows(rows, found);
  return (
    <ul>
      {named.map((row) => (
        <li key={row.key}>
          {row.change !== "same" && (
            <span className={`pithy-badge pithy-badge-${row.change}`}>{CHANGE[row.change]}</span>
          )}{" "}
          <StepLink row={row} />{" "}
          <span className="pithy-quiet pithy-clamped">
            <PhraseView phrase={detail(row, compared, textOf)} />
          </span>
        </li>
      ))}
      {rows.length > named.length && (
        <li>
          <button type="button" className="pithy-button pithy-small" onClick={() => showAll(true)}>
            and {count(rows.length - named.length, "more step")}
          </button>
        </li>
      )}
    </ul>
  );
}

/** As many rows as are named: those with findings of the change, removed ones, and the first of the others, in their order. */
function namedRows(rows: readonly StepRow[], found: readonly FoundRow[]): readonly StepRow[] {
  const suspicious = new Set(found.filter(({ isNew }) => isNew).map(({ step }) => step));
  const isSuspicious = ({ key, change }: StepRow) => change === "removed" || suspicious.has(key);
  const wanted = new Set(first(rows.toSorted((one, other) => Number(isSuspicious(other)) - Number(isSuspicious(one)))));
  return rows.filter((row) => wanted.has(row));
}

function Uploads({ rows, isCompared }: { rows: readonly UploadRow[]; isCompared: boolean }): ReactNode {
  const [total, missing] = [sum(rows, "size"), sum(rows, "missing")];
  if (rows.length === 0) return "Nothing beside the Dockerfile.";
  return (
    <>
      {missing === 0 ? "Nothing that was not there before." : `${bytes(missing)} of ${bytes(total)}.`}
      <table className="pithy-uploads">
        <thead>
          <tr>
            <th scope="col">source</th>
            <th scope="col">archive</th>
            {isCompared && <th scope="col">before</th>}
            <th scope="col">to upload</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, NAMED).map(({ source, size, before, missing }) => (
            <tr key={source ?? ""}>
              <th scope="row">{source === undefined ? "given in the code" : <code>{visibleInline(source)}</code>}</th>
              <td>{size ? bytes(size) : "none"}</td>
              {isCompared && <td>{before === undefined ? "none" : bytes(before)}</td>}
              <td>{missing ? bytes(missing) : "nothing"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > NAMED && <p>and {count(rows.length - NAMED, "more source")}</p>}
    </>
  );
}

const sum = (rows: readonly UploadRow[], field: "size" | "missing"): number =>
  rows.reduce((total, row) => total + row[field], 0);
