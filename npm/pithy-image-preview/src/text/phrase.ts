/** Part of a sentence: words, or what is shown as code. */
export type Part = string | { code: string };

/** A sentence of words and code. */
export type Phrase = readonly Part[];

/** Names in a sentence: `a`, `b` and `c`. */
export function names(items: readonly string[]): Phrase {
  return items.flatMap((item, index): Part[] => {
    const before = index === 0 ? [] : [index === items.length - 1 ? " and " : ", "];
    return [...before, { code: item }];
  });
}

/** A sentence: inserted strings are code, and inserted phrases are part of it. */
export function say(words: TemplateStringsArray, ...values: (string | number | Phrase)[]): Phrase {
  const parts = words.flatMap((text, index): Part[] => {
    const value = values[index];
    if (value === undefined) return [text];
    return [text, ...(typeof value === "object" ? value : [{ code: String(value) }])];
  });
  return parts.filter((part) => part !== "");
}
