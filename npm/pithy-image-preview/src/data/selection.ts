import { useCallback, useMemo, useState } from "react";

/** Where a step is chosen. */
export type Side = "review" | "steps" | "dockerfile";

interface Choice {
  /** Key of the step that was clicked, or reached by keys: see `StepRow`. */
  selected?: string;
  /** Where it was chosen: the lists beside it bring it into view. */
  from?: Side;
  /** The row of the Dockerfile it was chosen at: a step may have several. */
  instruction: number;
}

/** The step that all lists show together. */
export interface Selection extends Choice {
  select(key: string | undefined, from: Side, instruction?: number): void;
}

/** `first` is chosen until another one is. */
export function useSelection(first?: string): Selection {
  const [choice, choose] = useState<Choice>({ selected: first, instruction: -1 });
  const select = useCallback<Selection["select"]>(
    (selected, from, instruction = -1) => choose({ selected, from, instruction }),
    [],
  );
  return useMemo(() => ({ ...choice, select }), [choice, select]);
}
