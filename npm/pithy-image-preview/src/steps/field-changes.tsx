import { type ReactNode, useMemo } from "react";
import type { FieldChange } from "../data/compare.ts";
import { TextDiff } from "../parts/text-diff.tsx";
import { fieldName, hasLines } from "../review/words.ts";
import { visibleInline } from "../text/visible.ts";

/** Texts of several lines that a step has, such as a script or the content of a file, compared with what they were. */
export function FieldChanges({ fields }: { fields: readonly FieldChange[] }): ReactNode {
  const texts = useMemo(() => fields.filter(({ before, after }) => hasLines(before) || hasLines(after)), [fields]);
  return texts.map(({ path, before, after }) => (
    <TextDiff
      key={path}
      name={<code>{visibleInline(fieldName(path))}</code>}
      before={typeof before === "string" ? before : ""}
      after={typeof after === "string" ? after : ""}
    />
  ));
}
