import type { KeyboardEvent, ReactNode } from "react";
import { useAnchors } from "../data/anchor.ts";
import type { Comparison, StepRow } from "../data/compare.ts";
import { anchorName } from "../steps/steps.tsx";
import { visibleInline } from "../text/visible.ts";

/** What happens to a step, in a word. */
const stateOf = ({ change, isBuilt }: StepRow): string =>
  change === "same" ? (isBuilt ? "rebuilt" : "kept") : change === "files" ? "changed" : change;

interface Lane {
  /** The stage; the image itself has none. */
  stage?: string;
  rows: StepRow[];
}

interface StripProps {
  compared: Comparison;
  /** Key of the step that was chosen. */
  selected?: string;
}

/** All steps at a glance, a cell each, and each stage in a line of its own. */
export function Strip({ compared, selected }: StripProps): ReactNode {
  return (
    <div className="pithy-strip">
      {lanesOf(compared.steps).map(({ stage, rows }) => (
        <div key={stage ?? ""} className="pithy-lane">
          {stage !== undefined && <span className="pithy-quiet">{visibleInline(stage)}</span>}
          <ol
            aria-label={stage === undefined ? "Steps at a glance" : `Stage ${visibleInline(stage)} at a glance`}
            onKeyDown={moveBetweenLinks}
          >
            {cellsOf(rows).map((cell, index) =>
              "words" in cell ? (
                <li key={`from ${cell.key}`} className="pithy-quiet">
                  {cell.words}
                </li>
              ) : (
                <Cell key={cell.key} row={cell} isFirst={index === 0} selected={selected} />
              ),
            )}
          </ol>
        </div>
      ))}
      <ul className="pithy-legend" aria-hidden="true">
        {["kept", "rebuilt", "changed", "moved", "added", "removed"].map((state) => (
          <li key={state}>
            <span className={`pithy-cell pithy-cell-${state}`} />
            {state}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Cells that a lane has at most; in a longer one, steps in a row to which nothing happens have one together. */
const CELLS = 80;

/** Words in place of the steps behind one. */
interface Rest {
  key: string;
  words: string;
}

function cellsOf(rows: readonly StepRow[]): readonly (StepRow | Rest)[] {
  if (rows.length <= CELLS) return rows;
  const cells: (StepRow | Rest)[] = [];
  for (let start = 0; start < rows.length; ) {
    const row = rows[start] as StepRow;
    const other = rows.findIndex((next, index) => index > start && stateOf(next) !== stateOf(row));
    const end = other < 0 ? rows.length : other;
    const isCalm = row.change === "same" && end - start > 2;
    if (cells.length >= CELLS) return [...cells, { key: row.key, words: `and ${rows.length - start} more` }];
    cells.push(row);
    if (isCalm) cells.push({ key: row.key, words: `… ${end - start - 1} ${stateOf(row)}` });
    start = isCalm ? end : start + 1;
  }
  return cells;
}

/** One link of a list is reached by Tab, the others by the arrow keys. */
function moveBetweenLinks(event: KeyboardEvent<HTMLElement>): void {
  const links = [...event.currentTarget.querySelectorAll("a")];
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const next = by && links[links.indexOf(document.activeElement as HTMLAnchorElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Cell({ row, isFirst, selected }: { row: StepRow; isFirst: boolean; selected?: string }): ReactNode {
  const anchor = useAnchors();
  const [state, { step, key }] = [stateOf(row), row];
  const words = `${step.number} ${visibleInline(step.kind)}: ${state}`;
  return (
    <li>
      <a
        href={`#${anchor("step", anchorName(row))}`}
        className={`pithy-cell pithy-cell-${state}`}
        tabIndex={isFirst ? 0 : -1}
        aria-current={selected === key || undefined}
        aria-label={words}
        title={words}
      >
        {row.change === "removed" ? "−" : step.number}
      </a>
    </li>
  );
}

/** The image's own steps, then those of each stage. */
function lanesOf(rows: readonly StepRow[]): Lane[] {
  const lanes = new Map<string | undefined, Lane>([[undefined, { rows: [] }]]);
  for (const row of rows) {
    const { stage } = row.step;
    const lane = lanes.get(stage) ?? { stage, rows: [] };
    lane.rows.push(row);
    lanes.set(stage, lane);
  }
  return [...lanes.values()].filter((lane) => lane.rows.length > 0);
}
