import { hotkeysCoreFeature, selectionFeature, syncDataLoaderFeature } from "@headless-tree/core";
import { useTree } from "@headless-tree/react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import type { FileRow } from "../data/compare.ts";
import { CHANGE } from "../steps/steps.tsx";
import { modeText } from "../text/quantity.ts";
import { visibleInline } from "../text/visible.ts";
import { growth, ROOT, type Tree, type TreeNode } from "./file-tree.ts";

/** Rows that are open at first, of a tree of which nobody says how many. */
const FEW = 30;

/** What is open at first: everything in a small tree; in a large one what leads to changes, as long as it is not much. */
function openFirst(tree: Tree, few: number): string[] {
  const isSmall = tree.size <= few;
  const tops = tree.get(ROOT)?.children ?? [];
  const isWanted = ({ id, change, children = [] }: TreeNode) =>
    isSmall ||
    id === ROOT ||
    (tops.length === 1 && id === tops[0]) ||
    (change !== undefined && rows + children.length <= few);
  const opened: string[] = [];
  let rows = 0;
  const pending = [ROOT];
  for (const id of pending) {
    const node = tree.get(id) ?? NOTHING;
    const { children } = node;
    if (!children || !isWanted(node)) continue;
    rows += children.length;
    if (id !== ROOT) opened.push(id);
    for (const child of children) pending.push(child);
  }
  return opened;
}

/** As the style sheet has it. */
const ROW = 30;
/** Letters of names that never need to be cut. */
const SHORT = 8;
const NOTHING: TreeNode = { id: ROOT, name: "", size: 0 };

interface TreeViewProps {
  label: string;
  tree: Tree;
  /** Lets the mode of files be chosen. */
  onExecutable?: (path: string, isExecutable: boolean) => void;
  /** Opens a file that was chosen. */
  onOpen?: (row: FileRow) => void;
  /** The file that is open. */
  opened?: FileRow;
  /** Rows that are to be seen from the start, if there are as many. */
  few?: number;
}

/** Rows that are all in the document; of more, only those in view are. */
const MANY = 5000;

/** A tree that is opened and walked through with the arrow keys. */
export function TreeView({ label, tree, onExecutable, onOpen, opened, few = FEW }: TreeViewProps): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const state = useTree<TreeNode>({
    rootItemId: ROOT,
    getItemName: (item) => item.getItemData().name,
    isItemFolder: (item) => item.getItemData().children !== undefined,
    dataLoader: { getItem: (id) => tree.get(id) ?? NOTHING, getChildren: (id) => tree.get(id)?.children ?? [] },
    initialState: { expandedItems: openFirst(tree, few) },
    indent: 0,
    onPrimaryAction: (item) => {
      const { row } = item.getItemData();
      if (row) onOpen?.(row);
    },
    hotkeys: { customOpen: { hotkey: "Enter", handler: (_, tree) => tree.getFocusedItem().primaryAction() } },
    scrollToItem: (item) => {
      if (items.length > MANY) virtualizer.scrollToIndex(item.getItemMeta().index);
      else item.getElement()?.scrollIntoView({ block: "nearest" });
    },
    features: [syncDataLoaderFeature, selectionFeature, hotkeysCoreFeature],
  });
  useEffect(() => state.rebuildTree(), [tree]);
  const items = state.getItems();
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
    initialRect: { width: 0, height: 400 },
  });
  const isWhole = items.length <= MANY;
  const isOpen = ({ row }: TreeNode) => row !== undefined && row.file === opened?.file;
  const rows = isWhole ? items.map((_, index) => ({ index, start: 0 })) : virtualizer.getVirtualItems();
  return (
    <div ref={scroller} className={`pithy-list pithy-tree ${isWhole ? "" : "pithy-scrolled"}`}>
      <div
        {...state.getContainerProps(label)}
        className={isWhole ? "" : "pithy-list-all"}
        style={isWhole ? undefined : { height: virtualizer.getTotalSize() }}
      >
        {rows.map(({ index, start }) => {
          const item = items[index];
          if (!item) return null;
          const node = item.getItemData();
          return (
            <div
              {...item.getProps()}
              key={item.getId()}
              aria-label={undefined /* its text says more than its name */}
              aria-current={isOpen(node) || undefined}
              className={`pithy-row pithy-node pithy-${node.change ?? "same"} ${isOpen(node) ? "pithy-open-file" : ""}`}
              style={isWhole ? undefined : { transform: `translateY(${start}px)` }}
            >
              <Node
                node={node}
                onExecutable={onExecutable}
                level={item.getItemMeta().level}
                isOpen={item.isExpanded()}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface NodeProps {
  node: TreeNode;
  level: number;
  isOpen: boolean;
  onExecutable: TreeViewProps["onExecutable"];
}

function Node({ node, level, isOpen, onExecutable }: NodeProps): ReactNode {
  const { name, children, change = "same", detail, end } = node;
  return (
    <>
      <span className={`pithy-indent pithy-indent-${Math.min(level, 12)}`} />
      <span
        className={`pithy-chevron ${children ? (isOpen ? "pithy-open" : "pithy-closed") : ""}`}
        aria-hidden="true"
      />
      <span className={`pithy-node-name ${name.length > SHORT ? "pithy-long-name" : ""}`} title={visibleInline(name)}>
        {visibleInline(name)}
      </span>
      {change !== "same" && <span className={`pithy-badge pithy-badge-${change}`}>{CHANGE[change]}</span>}
      <span className="pithy-node-detail" title={detail && visibleInline(detail)}>
        {detail && visibleInline(detail)}
      </span>
      <Mode node={node} onExecutable={onExecutable} />
      <span className="pithy-node-growth">{growth(node)}</span>
      <span className="pithy-node-end">{end}</span>
    </>
  );
}

const EXECUTABLE = 0o755;
const PLAIN = 0o644;

/** The mode of a file; a button where it can be chosen. */
function Mode({ node: { name, row, path }, onExecutable }: Pick<NodeProps, "node" | "onExecutable">): ReactNode {
  if (row?.file.kind !== "file") return null;
  const { mode } = row.file;
  const text = modeText(mode);
  const isChoice = onExecutable && path !== undefined && (mode === EXECUTABLE || mode === PLAIN);
  if (!isChoice) return <span className="pithy-node-mode">{text}</span>;
  return (
    <button
      type="button"
      className="pithy-node-mode pithy-button pithy-small"
      aria-label={`${visibleInline(name)} is executable`}
      aria-pressed={mode === EXECUTABLE}
      onClick={(event) => {
        event.stopPropagation();
        onExecutable(path, mode !== EXECUTABLE);
      }}
    >
      {text}
    </button>
  );
}
