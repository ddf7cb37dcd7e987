import { type ComponentType, memo, type ReactNode } from "react";
import type { InstructionRow } from "../data/compare.ts";
import type { Selection } from "../data/selection.ts";
import { List } from "../parts/list.tsx";
import { CodeLine } from "../text/code-line.tsx";
import { highlightDockerfile } from "../text/highlight.ts";
import { visibleInline } from "../text/visible.ts";

interface DockerfileProps {
  rows: readonly InstructionRow[];
  selection: Selection;
  /** Key of the step below the mouse. */
  hovered?: string;
  onHover: (key: string | undefined) => void;
}

/** The Dockerfile, an instruction or a line between two per row; what the baseline had instead stands before it. */
export function Dockerfile({ rows, selection, hovered, onHover }: DockerfileProps): ReactNode {
  const selected = firstOf(rows, selection.selected);
  return (
    <List
      label="Dockerfile"
      className="pithy-dockerfile"
      items={rows}
      keyOf={({ line, text }, index) => (line ? `${line}` : `removed ${index} ${text.length}`)}
      most={2000}
      estimate={24}
      active={selection.from === "dockerfile" ? selection.instruction : selected}
      reveal={selection.from === "dockerfile" ? -1 : selected}
      isMarked={(row) => isOf(row, hovered)}
      onActive={(index) => selection.select(rows[index]?.record?.step, "dockerfile", index)}
      onHover={(index) => onHover(index === undefined ? undefined : rows[index]?.record?.step)}
      rowClass={(row) => `pithy-${row.change} ${isOf(row, selection.selected) ? "pithy-chosen" : ""}`}
    >
      {instructionLines}
    </List>
  );
}

/** The first row of a step: of those that changed, if there are any. */
function firstOf(rows: readonly InstructionRow[], pointer: string | undefined): number {
  const changed = rows.findIndex((row) => row.change !== "same" && isOf(row, pointer));
  return changed >= 0 ? changed : rows.findIndex((row) => isOf(row, pointer));
}

const instructionLines = (row: InstructionRow): ReactNode => <InstructionLines row={row} />;

/** Whether a step made an instruction; the head of the stage for trees belongs to none, and no line between instructions does. */
const isOf = ({ record }: InstructionRow, pointer: string | undefined): boolean =>
  pointer !== undefined && record?.step === pointer;

/** The sign of a changed line. */
export const SIGN = { same: undefined, added: "+", removed: "−" };

/** An instruction with syntax highlighting, line by line, and its place in the user's own Dockerfile. */
export const InstructionLines: ComponentType<{ row: InstructionRow }> = memo(({ row }) => {
  const { change, line = 0, record } = row;
  // The end of a line of Windows is shown where it may be what changed.
  const text = row.text.replaceAll("\r", change === "same" ? "" : "␍");
  return (
    <>
      {change !== "same" && <span className="pithy-unseen">{change}: </span>}
      {highlightDockerfile(text).map((tokens, index) => (
        <CodeLine key={index} number={line + index} mark={SIGN[change]} tokens={tokens}>
          {index === 0 && <FilePlace place={record?.source} />}
        </CodeLine>
      ))}
    </>
  );
});

/** A line of the user's own Dockerfile; where there is little room, only its number. */
function FilePlace({ place }: { place?: string }): ReactNode {
  if (place === undefined) return null;
  const end = place.lastIndexOf(":");
  return (
    <span className="pithy-file-place" title={visibleInline(place)}>
      <span className="pithy-file">{visibleInline(place.slice(0, end))}</span>
      {place.slice(end)}
    </span>
  );
}
