import type { Finding, Problem } from "pithy-image";
import type { ReactNode } from "react";
import { Prose } from "../text/prose.tsx";
import { RuleName } from "./rule-page.tsx";

/** A finding or a mistake: how severe it is, what is wrong, what to do, and the rule. */
export function FindingView({ said, children }: { said: Finding | Problem; children?: ReactNode }): ReactNode {
  const severity = "severity" in said ? said.severity : "error";
  const fix = "fix" in said ? said.fix : undefined;
  return (
    <div className={`pithy-finding pithy-finding-${severity}`}>
      <p>
        <span className={`pithy-severity pithy-severity-${severity}`}>{severity}</span>{" "}
        <strong>
          <Prose text={said.message} />
        </strong>{" "}
        <Prose text={said.hint} />
      </p>
      {fix && (
        <p className="pithy-quiet">
          <code>npx pithy-image lint --fix</code> does that.
        </p>
      )}
      <div className="pithy-origin">
        <RuleName code={said.code} />
        {children}
      </div>
    </div>
  );
}
