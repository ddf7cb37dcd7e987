import { type ComponentType, memo, type ReactNode } from "react";
import { CodeLine } from "./code-line.tsx";
import type { InstructionRow } from "./compare.ts";
import { highlight } from "./highlight.ts";
import type { Selection } from "./selection.ts";
import { VirtualList } from "./virtual-list.tsx";

/** The Dockerfile, one instruction per row; what the baseline had instead stands before it. */
export function Dockerfile({ rows, selection }: { rows: readonly InstructionRow[]; selection: Selection }): ReactNode {
  const selected = rows.findIndex((row) => isOf(row, selection.selected));
  const active = isOf(rows[selection.instruction] ?? NONE, selection.selected) ? selection.instruction : selected;
  return (
    <VirtualList
      label="Dockerfile"
      className="pithy-dockerfile"
      items={rows}
      keyOf={({ record, text }, index) => (record ? `${record.line}` : `removed ${index} ${text.length}`)}
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

/** Whether a step made an instruction; the head of the stage for trees belongs to none. */
const isOf = ({ record }: InstructionRow, pointer: string | undefined): boolean =>
  pointer !== undefined && record?.step === pointer;

const SIGN = { same: undefined, added: "+", removed: "−" };

/** An instruction with syntax highlighting, line by line. */
export const InstructionLines: ComponentType<{ row: InstructionRow }> = memo(({ row: { text, change, record } }) => (
  <>
    {change !== "same" && <span className="pithy-unseen">{change}: </span>}
    {highlight("dockerfile", text).map((tokens, index) => (
      <CodeLine key={index} number={(record?.line ?? 0) + index} mark={SIGN[change]} tokens={tokens} />
    ))}
  </>
));
