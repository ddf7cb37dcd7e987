import type { ReactNode } from "react";
import { useAnchors } from "../data/anchor.ts";
import type { Comparison } from "../data/compare.ts";
import { Panel } from "../parts/panel.tsx";
import { CallSite } from "../text/call-site.tsx";
import { visibleInline } from "../text/visible.ts";
import { FindingView } from "./finding-view.tsx";
import { type FoundRow, tally } from "./findings.ts";
import { StepLink } from "./verdict.tsx";

interface FoundProps {
  rows: readonly FoundRow[];
  compared: Comparison;
  root?: string;
}

/** All findings in a list; each is at its step as well. */
export function Found({ rows, compared, root }: FoundProps): ReactNode {
  const anchor = useAnchors();
  return (
    <Panel title="Findings" about={tally(rows)}>
      <ol className="pithy-found">
        {rows.map(({ finding, number, step, isNew }) => {
          const row = compared.steps.find(({ key }) => key === step);
          return (
            <li key={number} id={anchor("finding", number)}>
              <FindingView said={finding}>
                {isNew && <span className="pithy-badge pithy-badge-added">new</span>}
                {row && <StepLink row={row} />}
                {finding.source && <span className="pithy-call">{visibleInline(finding.source)}</span>}
                <CallSite place={finding.callSite} root={root} />
              </FindingView>
            </li>
          );
        })}
      </ol>
    </Panel>
  );
}
