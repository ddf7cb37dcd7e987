import type { Problem } from "pithy-image";
import type { ReactNode } from "react";
import { useAnchors } from "../data/anchor.ts";
import { stepOf } from "../data/preview.ts";
import { CallSite } from "../text/call-site.tsx";
import { visibleInline } from "../text/visible.ts";
import { FindingView } from "./finding-view.tsx";

interface PlacedProblemsProps {
  problems: readonly Problem[];
  callSites: Record<string, string>;
}

/** Mistakes at the lines of code that made them. */
export function PlacedProblems({ problems, callSites }: PlacedProblemsProps): ReactNode {
  const anchor = useAnchors();
  return (
    <ol className="pithy-found">
      {problems.map((problem, index) => (
        <li key={`${problem.path} ${problem.message}`} id={anchor("finding", index + 1)} className="pithy-problem">
          <CallSite place={problem.callSite ?? callSites[stepOf(problem.path)]} />
          <FindingView said={problem}>
            <span className="pithy-call">{visibleInline(problem.path)}</span>
          </FindingView>
        </li>
      ))}
    </ol>
  );
}
