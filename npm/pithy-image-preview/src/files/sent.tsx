import { type ReactNode, useMemo, useRef, useState } from "react";
import { useAddress, useAnchors } from "../data/anchor.ts";
import { type Comparison, type FileRow, fileKey } from "../data/compare.ts";
import type { Preview } from "../data/preview.ts";
import { Panel } from "../parts/panel.tsx";
import type { ResolvedRecord } from "../spec.ts";
import { count, totalSize } from "../text/quantity.ts";
import { visibleInline } from "../text/visible.ts";
import { FileText } from "./file-text.tsx";
import { bySize, fileTree, ignoredTree, ROOT, type Tree } from "./file-tree.ts";
import { TreeView } from "./tree-view.tsx";
import { Treemap } from "./treemap.tsx";

interface SentProps {
  resolved: ResolvedRecord;
  definition: Preview["definition"];
  compared: Comparison;
  /** Lets the user set the executable bit of dropped files. */
  onExecutable?: (path: string, isExecutable: boolean) => void;
}

/** What is uploaded with the Dockerfile, and what is not. */
export function Sent({ resolved: { contexts, ignored }, definition, compared, onExecutable }: SentProps): ReactNode {
  const { files, contextsBefore } = compared;
  const isCompared = contextsBefore !== undefined;
  const tree = useMemo(
    () => fileTree(contexts, compared, definition, isCompared),
    [contexts, compared, definition, isCompared],
  );
  const [isBySize, setBySize] = useState(false);
  const shown = useMemo(() => (isBySize ? bySize(tree) : tree), [tree, isBySize]);
  const [opened, setOpened] = useState<string>();
  const open = ({ file }: FileRow) => setOpened(fileKey(file));
  const openedRow = files.find(({ file }) => fileKey(file) === opened);
  const anchor = useAnchors();
  const panel = useRef<HTMLDivElement>(null);
  useAddress((wanted) => {
    const row = files.find(({ file }) => anchor("file", file.path) === wanted);
    if (!row) return false;
    open(row);
    panel.current?.scrollIntoView({ block: "nearest" });
    return true;
  });
  const rules = useMemo(() => ignoredTree(ignored), [ignored]);
  const number = files.filter(({ file, change }) => file.kind !== "directory" && change !== "removed").length;
  return (
    <div ref={panel} className="pithy-columns">
      <Panel
        title="Files"
        about={number ? `${count(number, "file")}, ${totalSize(contexts)} to send` : undefined}
        action={
          tree.size > 2 && (
            <button
              type="button"
              className="pithy-button pithy-small"
              aria-pressed={isBySize}
              onClick={() => setBySize(!isBySize)}
            >
              Largest first
            </button>
          )
        }
      >
        {tree.size > 1 ? (
          <>
            {isBySize && <Treemap tree={tree} onOpen={open} />}
            <TreeView label="Files" tree={shown} onExecutable={onExecutable} onOpen={open} />
            <div role="status" className="pithy-unseen">
              {openedRow && `${visibleInline(openedRow.file.path)} is shown below the tree.`}
            </div>
            {openedRow && <FileText row={openedRow} />}
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
      {ignored.length > 0 && (
        <Panel title="Left out" about={leftOut(rules)}>
          <TreeView label="Left out" tree={rules} />
        </Panel>
      )}
    </div>
  );
}

function leftOut(tree: Tree): string {
  const { detail, end } = tree.get(ROOT) ?? {};
  return [detail, end].filter(Boolean).join(", ");
}
