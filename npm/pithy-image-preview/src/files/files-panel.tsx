import { type ReactNode, useMemo, useState } from "react";
import type { Comparison } from "../data/compare.ts";
import type { Preview } from "../data/preview.ts";
import { Panel } from "../parts/panel.tsx";
import { Toggle } from "../parts/toggle.tsx";
import type { ResolvedRecord } from "../spec.ts";
import { count, totalSize } from "../text/quantity.ts";
import { bySize, fileTree, onlyChanges } from "./file-tree.ts";
import { OpenedFile, useOpenedFile } from "./opened-file.tsx";
import { TreeView } from "./tree-view.tsx";
import { Treemap } from "./treemap.tsx";

export interface FilesPanelProps {
  resolved: ResolvedRecord;
  definition: Preview["definition"];
  compared: Comparison;
  /** Lets the user set the executable bit of dropped files. */
  onExecutable?: (path: string, isExecutable: boolean) => void;
}

/** Changes that are all open at first. */
const CHANGES = 150;

/** Entries of a tree of which only what changed is shown at first. */
const MANY = 500;

/** All files that are sent, in a tree, and the one that was opened. */
export function FilesPanel({ resolved: { contexts }, definition, compared, onExecutable }: FilesPanelProps): ReactNode {
  const { files, contextsBefore } = compared;
  const isCompared = contextsBefore !== undefined;
  const whole = useMemo(
    () => fileTree(contexts, compared, definition, isCompared),
    [contexts, compared, definition, isCompared],
  );
  const changes = useMemo(() => onlyChanges(whole), [whole]);
  const hasBoth = changes.size > 1 && changes.size < whole.size;
  const [areChanges, setChanges] = useState(whole.size > MANY);
  const tree = hasBoth && areChanges ? changes : whole;
  const [isBySize, setBySize] = useState(false);
  const shown = useMemo(() => (isBySize ? bySize(tree) : tree), [tree, isBySize]);
  const opened = useOpenedFile(files);
  const number = files.filter(({ file, change }) => file.kind !== "directory" && change !== "removed").length;
  return (
    <Panel
      title="Files"
      about={number ? `${count(number, "file")}, ${totalSize(contexts)} to send` : undefined}
      action={
        <div className="pithy-actions">
          {hasBoth && (
            <Toggle isOn={areChanges} onToggle={setChanges}>
              Changes only
            </Toggle>
          )}
          {tree.size > 2 && (
            <Toggle isOn={isBySize} onToggle={setBySize}>
              Largest first
            </Toggle>
          )}
        </div>
      }
    >
      {tree.size > 1 ? (
        <>
          {isBySize && <Treemap tree={tree} onOpen={opened.open} />}
          <TreeView
            key={tree === changes ? "changes" : "whole"}
            label="Files"
            tree={shown}
            onExecutable={onExecutable}
            onOpen={opened.open}
            opened={opened.row}
            few={tree === changes ? CHANGES : undefined}
          />
          {opened.row && <OpenedFile row={opened.row} onClose={opened.close} />}
        </>
      ) : (
        <p className="pithy-empty">Nothing is sent beside the Dockerfile.</p>
      )}
      {onExecutable && (
        <p className="pithy-note">
          A browser does not see links, empty directories, and which files are executable. Choose the last by their
          mode: <code>0644</code> or <code>0755</code>. If there are links or empty directories, the digest is another
          one.
        </p>
      )}
    </Panel>
  );
}
