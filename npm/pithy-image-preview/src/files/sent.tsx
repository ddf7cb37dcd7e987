import { type ReactNode, useMemo } from "react";
import { Panel } from "../parts/panel.tsx";
import { ignoredTree, ROOT } from "./file-tree.ts";
import { FilesPanel, type FilesPanelProps } from "./files-panel.tsx";
import { TreeView } from "./tree-view.tsx";

/** What is uploaded with the Dockerfile, and what is not. */
export function Sent(props: FilesPanelProps): ReactNode {
  const { ignored } = props.resolved;
  const rules = useMemo(() => ignoredTree(ignored), [ignored]);
  const { detail, end } = rules.get(ROOT) ?? {};
  return (
    <div className="pithy-columns">
      <FilesPanel {...props} />
      {ignored.length > 0 && (
        <Panel title="Left out" about={[detail, end].filter(Boolean).join(", ")}>
          <TreeView label="Left out" tree={rules} />
        </Panel>
      )}
    </div>
  );
}
