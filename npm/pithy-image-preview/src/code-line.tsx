import type { ReactNode } from "react";
import type { Token } from "./highlight.ts";

/** A line of text in its colours, with its number. */
export function CodeLine({ number, tokens, mark }: { number?: number; tokens: Token[]; mark?: string }): ReactNode {
  return (
    <span className="pithy-line">
      <span className="pithy-number" aria-hidden="true">
        {mark ?? number}
      </span>
      <code>
        {tokens.map(({ text, className }, index) => (
          <span key={index} className={className}>
            {text}
          </span>
        ))}
        {tokens.length === 0 && "\u200b"}
      </code>
    </span>
  );
}
