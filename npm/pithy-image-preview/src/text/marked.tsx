import type { ReactNode } from "react";

/** A part of a text that came or went, for the eye and for screen readers, which do not tell `ins` and `del` apart. */
export function Marked({ change, children }: { change: "same" | "added" | "removed"; children: ReactNode }): ReactNode {
  if (change === "same") return children;
  const Element = change === "added" ? "ins" : "del";
  return (
    <Element>
      <span className="pithy-unseen">{change === "added" ? "[new: " : "[old: "}</span>
      {children}
      <span className="pithy-unseen">]</span>
    </Element>
  );
}
