import { diffArrays } from "diff";
import type { ReactNode } from "react";
import type { Part, Phrase } from "./phrase.ts";

/** A sentence, compared word for word with an earlier one if that is given. */
export function PhraseView({ phrase, before }: { phrase: Phrase; before?: Phrase }): ReactNode {
  if (!before) return parts(phrase, "");
  return diffArrays(before.map(toText), phrase.map(toText)).map(({ value, added, removed }, index) => {
    const shown = parts(value.map(fromText), `${index}`);
    if (added) return <ins key={index}>{shown}</ins>;
    if (removed) return <del key={index}>{shown}</del>;
    return shown;
  });
}

const toText = (part: Part): string => JSON.stringify(part);
const fromText = (text: string): Part => JSON.parse(text);

const parts = (phrase: Phrase, key: string): ReactNode =>
  phrase.map((part, index) => (typeof part === "string" ? part : <code key={`${key}.${index}`}>{part.code}</code>));
