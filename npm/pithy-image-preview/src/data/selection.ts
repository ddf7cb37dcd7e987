import { useMemo, useState } from "react";

/** Where a step is chosen. */
export type Side = "steps" | "dockerfile";

interface Choice {
  /** Pointer of the step that was clicked, or reached by keys. */
  selected?: string;
  /** The list it was chosen in: the other one brings it into view. */
  from?: Side;
  /** The row of the Dockerfile it was chosen at: a step may have several. */
  instruction: number;
}

/** The step that both lists show together. */
export interface Selection extends Choice {
  /** Pointer of the step below the mouse. */
  hovered?: string;
  hover(pointer: string | undefined): void;
  select(pointer: string | undefined, from: Side, instruction?: number): void;
}

export function useSelection(): Selection {
  const [hovered, hover] = useState<string>();
  const [choice, choose] = useState<Choice>({ instruction: -1 });
  return useMemo(
    () => ({
      ...choice,
      hovered,
      hover,
      select: (selected, from, instruction = -1) => choose({ selected, from, instruction }),
    }),
    [hovered, choice],
  );
}
