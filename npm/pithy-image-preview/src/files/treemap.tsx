import { type HierarchyRectangularNode, hierarchy, treemap } from "d3-hierarchy";
import { type ReactNode, useMemo } from "react";
import type { FileRow } from "../data/compare.ts";
import { visibleInline } from "../text/visible.ts";
import { ROOT, type Tree, type TreeNode } from "./file-tree.ts";

/** Areas that are drawn: smaller files are not to be seen. */
const DRAWN = 200;

/** The largest files as areas; a screen reader has the tree. */
export function Treemap({ tree, onOpen }: { tree: Tree; onOpen: (row: FileRow) => void }): ReactNode {
  const areas = useMemo(() => areasOf(tree), [tree]);
  return (
    <div className="pithy-treemap" aria-hidden="true">
      {areas.map(({ data, x0, x1, y0, y1 }) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the tree beside it has the keys
        // biome-ignore lint/a11y/useKeyWithClickEvents: the same
        <div
          key={data.id}
          className={`pithy-area pithy-${data.change ?? "same"}`}
          title={`${visibleInline(data.row?.file.path ?? data.name)}: ${data.end}`}
          style={{ left: `${x0}%`, top: `${y0}%`, width: `${x1 - x0}%`, height: `${y1 - y0}%` }}
          onClick={() => data.row && onOpen(data.row)}
        >
          {x1 - x0 > 6 && y1 - y0 > 12 && visibleInline(data.name)}
        </div>
      ))}
    </div>
  );
}

function areasOf(tree: Tree): HierarchyRectangularNode<TreeNode>[] {
  const top = tree.get(ROOT);
  if (!top) return [];
  const childrenOf = ({ children = [] }: TreeNode) => children.flatMap((id) => tree.get(id) ?? []);
  const root = hierarchy(top, childrenOf)
    .sum(({ children, size }) => (children ? 0 : size))
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
  const leaves = treemap<TreeNode>().size([100, 100])(root).leaves();
  return leaves.sort((one, other) => (other.value ?? 0) - (one.value ?? 0)).slice(0, DRAWN);
}
