import type { ReactNode } from "react";

/** A message in which text between backticks is code. */
export function Prose({ text }: { text: string }): ReactNode {
  return text
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 ? <code key={`${index} ${part}`}>{part}</code> : part));
}
