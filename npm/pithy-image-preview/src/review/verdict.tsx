import type { Plan } from "pithy-image";
import type { ReactNode } from "react";
import { useAnchors } from "../data/anchor.ts";
import type { Comparison, StepRow } from "../data/compare.ts";
import type { Selection } from "../data/selection.ts";
import { anchorName, CHANGE } from "../steps/steps.tsx";
import type { Phrase } from "../text/phrase.ts";
import { PhraseView } from "../text/phrase-view.tsx";
import { Prose } from "../text/prose.tsx";
import { bytes, count } from "../text/quantity.ts";
import { visibleInline } from "../text/visible.ts";
import { type FoundRow, tally } from "./findings.ts";
import { Strip } from "./strip.tsx";
import { type UploadRow, uploadRows } from "./uploads.ts";
import { changedFiles, firstBuilt, reason, valuesText } from "./why.ts";
import { changeSummary, fieldName } from "./words.ts";

interface VerdictProps {
  compared: Comparison;
  plan?: Plan;
  /** Why there is no plan. */
  failure?: string;
  found: readonly FoundRow[];
  /** Whether the files of the image are known. */
  isResolved: boolean;
  /** Whether there is a baseline. */
  isCompared: boolean;
  selection: Selection;
}

/** What a reviewer has to know first: what changed, why it is built again, what is uploaded, whether it is dangerous. */
export function Verdict({
  compared,
  plan,
  failure,
  found,
  isResolved,
  isCompared,
  selection,
}: VerdictProps): ReactNode {
  const steps = compared.steps.filter(({ change }) => change !== "removed").length;
  const changed = compared.steps.filter(({ change }) => change !== "same");
  const first = firstBuilt(compared);
  return (
    <section className="pithy-verdict" aria-label={isCompared ? "Changes since the baseline" : "Summary"}>
      <p className="pithy-summary">
        <strong>{summary({ plan, failure, isCompared, isResolved }, steps)}</strong>
        <span className={`pithy-danger pithy-danger-${worst(found)}`}>{danger(found)}</span>
      </p>
      {failure && (
        <p role="alert">
          <Prose text={failure} /> What changed is not known.
        </p>
      )}
      {plan && <Strip compared={compared} selection={selection} />}
      <dl className="pithy-answers">
        {changed.length > 0 && (
          <Answer question="What changed">
            <ChangedSteps rows={changed} compared={compared} selection={selection} />
          </Answer>
        )}
        {first && (
          <Answer question="Why it is built again">
            <Why first={first} compared={compared} selection={selection} />
          </Answer>
        )}
        {isResolved && (
          <Answer question="What is uploaded">
            <Uploads rows={uploadRows(compared)} isCompared={compared.contextsBefore !== undefined} />
          </Answer>
        )}
        {isCompared && !isResolved && (
          <Answer question="What is uploaded">Changes to the files are unknown until the files are here.</Answer>
        )}
      </dl>
    </section>
  );
}

type Known = Pick<VerdictProps, "plan" | "failure" | "isCompared" | "isResolved">;

function summary({ plan, failure, isCompared, isResolved }: Known, steps: number): string {
  if (!plan) return failure ? "not compared" : isCompared ? "being compared…" : count(steps, "step");
  if (plan.unchanged && !isResolved) return "no step changed";
  return changeSummary(plan, steps);
}

const worst = (found: readonly FoundRow[]): string =>
  ["error", "warning"].find((severity) => found.some(({ finding }) => finding.severity === severity)) ?? "none";

const danger = (found: readonly FoundRow[]): string => (found.length ? tally(found) : "no findings");

function Answer({ question, children }: { question: string; children: ReactNode }): ReactNode {
  return (
    <div className="pithy-answer">
      <dt>{question}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A link to a step, which is chosen by it. */
export function StepLink({ row, selection }: { row: StepRow; selection: Selection }): ReactNode {
  const anchor = useAnchors();
  const number = row.change === "removed" ? "" : `${row.step.number} `;
  return (
    <a href={`#${anchor("step", anchorName(row))}`} onClick={() => selection.select(row.key, "review")}>
      {number}
      {visibleInline(row.step.kind)}
    </a>
  );
}

/** Steps that are named before the rest is counted. */
const NAMED = 8;

interface ChangedStepsProps {
  rows: readonly StepRow[];
  compared: Comparison;
  selection: Selection;
}

function ChangedSteps({ rows, compared, selection }: ChangedStepsProps): ReactNode {
  return (
    <ul>
      {rows.slice(0, NAMED).map((row) => (
        <li key={row.key}>
          {row.change !== "same" && (
            <span className={`pithy-badge pithy-badge-${row.change}`}>{CHANGE[row.change]}</span>
          )}{" "}
          <StepLink row={row} selection={selection} />{" "}
          <span className="pithy-quiet">{visibleInline(detail(row, compared))}</span>
        </li>
      ))}
      {rows.length > NAMED && <li>and {count(rows.length - NAMED, "more step")}</li>}
    </ul>
  );
}

/** What changed in a step, in a line. */
function detail(row: StepRow, compared: Comparison): string {
  if (row.own?.length)
    return few(
      row.own.map(({ place }) => place),
      ", ",
    );
  if (row.fields?.length)
    return few(
      row.fields.map((field) => `${fieldName(field.path)} ${valuesText(field)}`),
      "; ",
    );
  return row.change === "files" ? few(changedFiles(row, compared), ", ") : "";
}

/** The first of some texts, and how many more there are. */
function few(texts: readonly string[], between: string): string {
  const rest = texts.length - NAMED;
  return `${texts.slice(0, NAMED).join(between)}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function Why({
  first,
  compared,
  selection,
}: {
  first: StepRow;
  compared: Comparison;
  selection: Selection;
}): ReactNode {
  const why: Phrase = reason(first, compared);
  return (
    <>
      From step <StepLink row={first} selection={selection} /> on: <PhraseView phrase={why} />.
    </>
  );
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
            <th scope="col">size</th>
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
