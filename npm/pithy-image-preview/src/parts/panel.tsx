import { type ReactNode, useId } from "react";
import { Heading } from "./heading.tsx";

interface PanelProps {
  title: string;
  /** A few words beside the title. */
  about?: string;
  action?: ReactNode;
  children: ReactNode;
}

/** A part of the page with a heading. */
export function Panel({ title, about, action, children }: PanelProps): ReactNode {
  const heading = useId();
  return (
    <section className="pithy-panel" aria-labelledby={heading}>
      <div className="pithy-panel-head">
        <Heading below={1} id={heading}>
          {title}
        </Heading>
        {about && <span className="pithy-quiet">{about}</span>}
        {action}
      </div>
      {children}
    </section>
  );
}
