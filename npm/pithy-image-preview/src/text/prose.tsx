import type { ReactNode } from "react";
import { visible } from "./visible.ts";

/** A message in which text between backticks is code. */
export function Prose({ text }: { text: string }): ReactNode {
  return visible(text)
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 ? <code key={`${index} ${part}`}>{part}</code> : part));
}
