import { diffArrays } from "diff";
import type { ReactNode } from "react";
import { Marked } from "./marked.tsx";
import type { Part, Phrase } from "./phrase.ts";
import { visible } from "./visible.ts";

/** A sentence, compared word for word with an earlier one if that is given. */
export function PhraseView({ phrase, before }: { phrase: Phrase; before?: Phrase }): ReactNode {
  if (!before) return parts(phrase, "");
  return diffArrays(before.map(toText), phrase.map(toText)).map(({ value, added, removed }, index) => (
    <Marked key={index} change={added ? "added" : removed ? "removed" : "same"}>
      {parts(value.map(fromText), `${index}`)}
    </Marked>
  ));
}

const toText = (part: Part): string => JSON.stringify(part);
const fromText = (text: string): Part => JSON.parse(text);

const parts = (phrase: Phrase, key: string): ReactNode =>
  phrase.map((part, index) =>
    typeof part === "string" ? visible(part) : <code key={`${key}.${index}`}>{visible(part.code)}</code>,
  );
