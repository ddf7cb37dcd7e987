import type { Change, FileRow } from "../data/compare.ts";
import { fileKey } from "../data/compare.ts";
import type { ResolvedRecord } from "../spec.ts";
import { bytes, count } from "../text/quantity.ts";

/** A row of a tree, and what is below it. */
export interface TreeNode {
  id: string;
  name: string;
  children?: string[];
  change?: Change;
  /** Words beside the name, such as where a file goes. */
  detail?: string;
  /** Words at the end, such as a size. */
  end?: string;
  /** Path of a file whose executable bit can be chosen. */
  path?: string;
  mode?: number;
}

/** Nodes by id; the one of {@link ROOT} holds the others. */
export type Tree = ReadonlyMap<string, TreeNode>;

/** The id of what holds everything. */
export const ROOT = "";

type ContextRecord = ResolvedRecord["contexts"][number];

/** The contexts and their files. Contexts of one source stand together, since a file only names its source. */
export function fileTree(contexts: readonly ContextRecord[], files: readonly FileRow[]): Tree {
  const tree = new TreeBuilder();
  const sources = [...new Set(contexts.map(({ source }) => source))].sort(
    (left, right) => (right?.length ?? 0) - (left?.length ?? 0),
  );
  for (const context of contexts) tree.context(context);
  for (const row of files)
    tree.file(
      row,
      sources.find((source) => holds(source, row)),
    );
  return tree.done();
}

/** Whether a file comes from a source; one without a source is given in the code, and its path is its destination. */
function holds(source: string | undefined, { file }: FileRow): boolean {
  if (source === undefined) return file.path === file.destination;
  return source === "." || file.path === source || file.path.startsWith(`${source}/`);
}

const INLINE = "given in the code";
const GONE = "no longer sent";

class TreeBuilder {
  readonly #nodes = new Map<string, TreeNode>([[ROOT, { id: ROOT, name: "", children: [] }]]);
  readonly #sizes = new Map<string, number>();

  context({ source, archivePath, size }: ContextRecord): void {
    const node = this.#below(ROOT, `context:${source ?? ""}`, source ?? INLINE);
    node.detail = [node.detail, archivePath].filter(Boolean).join(", ");
    this.#sizes.set(node.id, (this.#sizes.get(node.id) ?? 0) + size);
    node.end = bytes(this.#sizes.get(node.id) ?? 0);
  }

  file({ file, change }: FileRow, source: string | undefined): void {
    const id = source === undefined && file.path !== file.destination ? "gone" : `context:${source ?? ""}`;
    const top = this.#below(ROOT, id, id === "gone" ? GONE : (source ?? INLINE));
    const isWhole = file.path === source;
    const within = source === undefined || source === "." ? file.path : file.path.slice(source.length + 1);
    const parts = isWhole ? [file.path.slice(file.path.lastIndexOf("/") + 1)] : within.split("/").filter(Boolean);
    const name = parts.pop();
    if (name === undefined) return; // the source itself
    let parent = top;
    for (const part of parts) parent = this.#below(parent.id, `${parent.id}/${part}`, part);
    if (file.kind === "directory") {
      const directory = this.#below(parent.id, `${parent.id}/${name}`, name);
      if (change !== "same") directory.change = change;
      return;
    }
    const leaf = this.#below(parent.id, `${parent.id}/${name}\0${fileKey(file)}`, name);
    leaf.children = undefined;
    leaf.change = change;
    leaf.detail = file.kind === "link" ? `→ ${file.target ?? ""}` : file.destination;
    leaf.end = file.kind === "link" ? "link" : bytes(file.size);
    leaf.mode = file.kind === "file" ? file.mode : undefined;
    leaf.path = file.kind === "file" && source !== undefined ? file.path : undefined;
    if (change !== "same") this.#mark(leaf.id);
  }

  done(): Tree {
    return this.#nodes;
  }

  /** The node of an id, made if it is not there. */
  #below(parent: string, id: string, name: string): TreeNode {
    const there = this.#nodes.get(id);
    if (there) return there;
    const node: TreeNode = { id, name, children: [] };
    this.#nodes.set(id, node);
    this.#parents.set(id, parent);
    this.#nodes.get(parent)?.children?.push(id);
    return node;
  }

  readonly #parents = new Map<string, string>();

  /** Says of all directories above a file that something in them changed. */
  #mark(id: string): void {
    for (let up = this.#parents.get(id); up; up = this.#parents.get(up)) {
      const node = this.#nodes.get(up);
      if (!node || node.change) return;
      node.change = "files";
    }
  }
}

/** What ignore rules leave out, below the rules that do. */
export function ignoredTree(ignored: ResolvedRecord["ignored"]): Tree {
  const nodes = new Map<string, TreeNode>([[ROOT, { id: ROOT, name: "", children: [] }]]);
  for (const { path, file = "exclude", line, pattern } of ignored) {
    const detail = line ? `${file}:${line}` : "built-in rule";
    const id = `${detail} ${pattern}`;
    const rule = nodes.get(id) ?? { id, name: pattern, detail, children: [] };
    if (!nodes.has(id)) nodes.get(ROOT)?.children?.push(id);
    nodes.set(id, rule);
    const leaf = `${id}\0${path}`;
    if (!nodes.has(leaf)) rule.children?.push(leaf);
    nodes.set(leaf, { id: leaf, name: path });
    rule.end = count(rule.children?.length ?? 0, "entry").replace("entrys", "entries");
  }
  return nodes;
}
