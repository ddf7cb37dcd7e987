import { type ComponentType, memo, type ReactNode } from "react";
import type { InstructionRow } from "../data/compare.ts";
import type { Selection } from "../data/selection.ts";
import { VirtualList } from "../parts/virtual-list.tsx";
import { CodeLine } from "../text/code-line.tsx";
import { highlightDockerfile } from "../text/highlight.ts";

/** The Dockerfile, an instruction or a line between two per row; what the baseline had instead stands before it. */
export function Dockerfile({ rows, selection }: { rows: readonly InstructionRow[]; selection: Selection }): ReactNode {
  const selected = rows.findIndex((row) => isOf(row, selection.selected));
  const active = isOf(rows[selection.instruction] ?? NONE, selection.selected) ? selection.instruction : selected;
  return (
    <VirtualList
      label="Dockerfile"
      className="pithy-dockerfile"
      items={rows}
      keyOf={({ line, text }, index) => (line ? `${line}` : `removed ${index} ${text.length}`)}
      estimate={24}
      active={active}
      reveal={selection.from === "steps" ? selected : -1}
      isMarked={(row) => isOf(row, selection.hovered)}
      isDisabled={({ record }) => record === undefined}
      onActive={(index) => selection.select(rows[index]?.record?.step, "dockerfile", index)}
      onHover={(index) => selection.hover(index === undefined ? undefined : rows[index]?.record?.step)}
      rowClass={(row) => `pithy-${row.change} ${isOf(row, selection.selected) ? "pithy-chosen" : ""}`}
    >
      {(row) => <InstructionLines row={row} />}
    </VirtualList>
  );
}

const NONE: InstructionRow = { text: "", change: "same" };

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
    <span className="pithy-file-place" title={place}>
      <span className="pithy-file">{place.slice(0, end)}</span>
      {place.slice(end)}
    </span>
  );
}
