import { type ReactNode, useMemo } from "react";
import type { FileRow } from "../data/compare.ts";
import { Panel } from "../parts/panel.tsx";
import type { ResolvedRecord } from "../spec.ts";
import { count, totalSize } from "../text/quantity.ts";
import { fileTree, ignoredTree, ROOT } from "./file-tree.ts";
import { TreeView } from "./tree-view.tsx";

interface SentProps {
  resolved: ResolvedRecord;
  files: readonly FileRow[];
  /** Lets the user set the executable bit of dropped files. */
  onExecutable?: (path: string, isExecutable: boolean) => void;
}

/** What is uploaded with the Dockerfile, and what is not. */
export function Sent({ resolved: { contexts, ignored }, files, onExecutable }: SentProps): ReactNode {
  const tree = useMemo(() => fileTree(contexts, files), [contexts, files]);
  const rules = useMemo(() => ignoredTree(ignored), [ignored]);
  const number = files.filter(({ file, change }) => file.kind !== "directory" && change !== "removed").length;
  return (
    <div className="pithy-columns">
      <Panel title="Files" about={number ? `${count(number, "file")}, ${totalSize(contexts)} to send` : undefined}>
        {tree.size > 1 ? (
          <TreeView label="Files" tree={tree} onExecutable={onExecutable} />
        ) : (
          <p className="pithy-empty">Nothing is sent beside the Dockerfile.</p>
        )}
        {onExecutable && (
          <p className="pithy-note">
            A browser does not see which files are executable. Choose it by their mode: <code>0644</code> or{" "}
            <code>0755</code>.
          </p>
        )}
      </Panel>
      {ignored.length > 0 && (
        <Panel title="Left out" about={leftOut(ignored.length, rules.get(ROOT)?.children?.length ?? 0)}>
          <TreeView label="Left out" tree={rules} />
        </Panel>
      )}
    </div>
  );
}

const leftOut = (paths: number, rules: number): string => `${count(paths, "path")} by ${count(rules, "rule")}`;
