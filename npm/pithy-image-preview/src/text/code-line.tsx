import type { ReactNode } from "react";
import type { Token } from "./highlight.ts";
import { visible } from "./visible.ts";

interface CodeLineProps {
  number?: number;
  tokens: Token[];
  /** A sign in the place of the number. */
  mark?: string;
  /** What stands at the end of the line. */
  children?: ReactNode;
}

/** A line of text in its colours, with its number. */
export function CodeLine({ number, tokens, mark, children }: CodeLineProps): ReactNode {
  return (
    <span className="pithy-line">
      <span className="pithy-number" aria-hidden="true">
        {mark ?? number}
      </span>
      <code>
        {tokens.map(({ text, className }, index) => (
          <span key={index} className={className}>
            {visible(text)}
          </span>
        ))}
        {tokens.length === 0 && "\u200b"}
      </code>
      {children}
    </span>
  );
}
