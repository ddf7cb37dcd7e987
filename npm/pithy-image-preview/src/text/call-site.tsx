import type { ReactNode } from "react";

/** The line that made a step: below the root if it is there, else its last directories. */
export function CallSite({ place, root }: { place?: string; root?: string }): ReactNode {
  if (place === undefined) return null;
  const isBelow = root !== undefined && place.startsWith(`${root}/`);
  const short = isBelow ? place.slice(root.length + 1) : place.split("/").slice(-3).join("/");
  return (
    <span className="pithy-call-site" title={place}>
      {short}
    </span>
  );
}
