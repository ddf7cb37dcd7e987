import type { Definition } from "pithy-image";
import type { Change, Comparison, FileRow } from "../data/compare.ts";
import { fileKey } from "../data/compare.ts";
import { at } from "../data/pointer.ts";
import type { LeftOut, ResolvedRecord } from "../spec.ts";
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
  /** Bytes of a file, or of all files below it; and what they were, if that is known. */
  size: number;
  sizeBefore?: number;
  /** The file that it is. */
  row?: FileRow;
  /** Path of a file whose executable bit can be chosen. */
  path?: string;
}

/** Nodes by id; the one of {@link ROOT} holds the others. */
export type Tree = ReadonlyMap<string, TreeNode>;

/** The id of what holds everything. */
export const ROOT = "";

type ContextRecord = ResolvedRecord["contexts"][number];

/** What a step sends: all files of a source that go to one place. */
interface Group {
  id: string;
  /** Absent for what is given in the code. */
  source?: string;
  /** Where it goes, if the step says so. */
  destination?: string;
  /** The stage that it goes to. */
  stage?: string;
}

/** The files under the sources that send them, each where its step puts it. */
export function fileTree(
  contexts: readonly ContextRecord[],
  { files, changedSources }: Pick<Comparison, "files" | "changedSources">,
  definition: Definition,
  isCompared: boolean,
): Tree {
  const tree = new TreeBuilder(isCompared);
  const groups = groupsOf(contexts, definition);
  for (const group of groups) {
    const node = tree.group(group);
    if (changedSources.includes(group.source ?? "")) node.change = "files";
  }
  const found = grouped(groups, ({ source }) => source);
  for (const row of files) tree.file(row, groupOf(row, found));
  return tree.done();
}

function groupsOf(contexts: readonly ContextRecord[], definition: Definition): Group[] {
  const groups = new Map<string, Group>();
  for (const { source, steps: pointers } of contexts) {
    for (const pointer of pointers) {
      const destination = source === undefined ? undefined : destinationOf(pointer, definition);
      const stage = source === undefined ? undefined : stageOf(pointer, definition);
      const id = source === undefined ? "inline" : `source:${source}\0${destination ?? ""}\0${stage ?? ""}`;
      groups.set(id, { id, source, destination, stage });
    }
  }
  return [...groups.values()];
}

/** The stage that a step is in. */
function stageOf(pointer: string, definition: unknown): string | undefined {
  const end = pointer.lastIndexOf("/stage/");
  return end < 0 ? undefined : textOf(Object(at(definition, pointer.slice(0, end + "/stage".length))).name);
}

/** Where a step puts what it copies. */
function destinationOf(pointer: string, definition: unknown): string | undefined {
  const [given] = Object.values(Object(at(definition, pointer)));
  return textOf(Object(given).destination);
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** Groups by their sources. */
type Groups = ReadonlyMap<string | undefined, readonly Group[]>;

function grouped<Key, Item>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const there = groups.get(key);
    if (there) there.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** A path and what it is in, the longest first; at the end the root. */
function* withParents(path: string): Generator<string> {
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) yield path.slice(0, end);
  yield ".";
}

/** The group of a file: of those that hold its path, the one whose place it is in, else the one with the longest path. */
function groupOf({ file }: FileRow, groups: Groups): Group | undefined {
  if (file.inline || file.path === file.destination) return groups.get(undefined)?.[0];
  const sources = [...withParents(file.path)].flatMap((path) => groups.get(path) ?? []);
  const inStage = sources.filter(({ stage }) => stage === file.stage);
  const holding = inStage.length > 0 ? inStage : sources;
  return (
    holding.find(
      ({ source = "", destination }) =>
        destination && isPut(file.destination, destination, withinOf(source, file.path)),
    ) ?? holding[0]
  );
}

/** The path below a source, empty for the source itself; nothing for what is elsewhere. */
function withinOf(source: string, path: string): string | undefined {
  if (source === "." || source === "") return path;
  if (path === source) return "";
  return path.startsWith(`${source}/`) ? path.slice(source.length + 1) : undefined;
}

function isPut(destination: string, top: string, within = ""): boolean {
  const start = top.replace(/\/$/, "");
  return (destination === start || destination.startsWith(`${start}/`)) && destination.endsWith(within);
}

const INLINE: Group = { id: "inline" };
const GONE: Group = { id: "gone" };
const NAMES: Readonly<Record<string, string>> = { inline: "given in the code", gone: "no longer sent" };

class TreeBuilder {
  readonly #nodes = new Map<string, TreeNode>([[ROOT, { id: ROOT, name: "", children: [], size: 0 }]]);
  readonly #parents = new Map<string, string>();
  /** What happened to directories themselves: to one that came at one place and went from another, something in it. */
  readonly #directories = new Map<string, Change>();
  readonly #isCompared: boolean;

  constructor(isCompared: boolean) {
    this.#isCompared = isCompared;
  }

  group({ id, source, destination }: Group): TreeNode {
    const node = this.#below(ROOT, id, source ?? NAMES[id] ?? id);
    if (destination !== undefined) node.detail = `→ ${destination}`;
    return node;
  }

  file(row: FileRow, group: Group | undefined): void {
    const { file, change } = row;
    const top = this.group(group ?? (file.inline ? INLINE : GONE));
    const within = withinOf(group?.source ?? "", file.path) ?? file.path;
    const parts = within.split("/").filter(Boolean);
    const name = parts.pop();
    if (name === undefined) {
      if (file.kind !== "directory") this.#leaf(top, row); // the source is the file
      return;
    }
    let parent = top;
    for (const part of parts) parent = this.#below(parent.id, `${parent.id}/${part}`, part);
    if (file.kind === "directory") {
      const directory = this.#below(parent.id, `${parent.id}/${name}`, name);
      const known = this.#directories.get(directory.id) ?? change;
      this.#directories.set(directory.id, known === change ? change : "files");
      if (change !== "same") this.#mark(directory.id);
      return;
    }
    this.#leaf(this.#below(parent.id, `${parent.id}/${name}\0${fileKey(file)}`, name), row);
  }

  done(): Tree {
    for (const [id, change] of [...this.#directories].reverse()) this.#settle(id, change);
    this.#sizes(ROOT);
    return this.#nodes;
  }

  /** A directory came or went if all that is in it did. */
  #settle(id: string, change: Change): void {
    const node = this.#nodes.get(id);
    if (!node || change === "same") return;
    const isAll = (node.children ?? []).every((child) => this.#nodes.get(child)?.change === change);
    node.change = change === "changed" || isAll ? change : "files";
  }

  #leaf(node: TreeNode, row: FileRow): void {
    const { file, change, before, twin } = row;
    const isLink = file.kind === "link";
    node.children = undefined;
    node.row = row;
    node.change = change;
    node.detail = isLink ? `→ ${file.target ?? ""}` : `→ ${file.destination}`;
    if (twin) node.detail += change === "added" ? `, was ${twin.path}` : `, is ${twin.path} now`;
    node.size = isLink || change === "removed" ? 0 : file.size;
    node.sizeBefore = this.#isCompared ? (before?.size ?? 0) : undefined;
    node.end = isLink ? "link" : undefined;
    node.path = file.kind === "file" && !file.inline ? file.path : undefined;
    if (change !== "same") this.#mark(node.id);
  }

  /** The node of an id, made if it is not there. */
  #below(parent: string, id: string, name: string): TreeNode {
    const there = this.#nodes.get(id);
    if (there) return there;
    const node: TreeNode = { id, name, children: [], size: 0 };
    this.#nodes.set(id, node);
    this.#parents.set(id, parent);
    this.#nodes.get(parent)?.children?.push(id);
    return node;
  }

  /** Says of all directories above a file that something in them changed. */
  #mark(id: string): void {
    for (let up = this.#parents.get(id); up; up = this.#parents.get(up)) {
      const node = this.#nodes.get(up);
      if (!node || node.change) return;
      node.change = "files";
    }
  }

  /** Adds up what is below each directory, which may be nested deeper than calls can be. */
  #sizes(id: string): void {
    const order = [id];
    for (const each of order) for (const child of this.#nodes.get(each)?.children ?? []) order.push(child);
    for (const each of order.reverse()) {
      const node = this.#nodes.get(each);
      if (!node) continue;
      node.end ??= bytes(node.size);
      const parent = this.#nodes.get(this.#parents.get(each) ?? ROOT);
      if (!parent || parent === node) continue;
      parent.size += node.size;
      if (node.sizeBefore !== undefined) parent.sizeBefore = (parent.sizeBefore ?? 0) + node.sizeBefore;
    }
  }
}

/** By how much a file, or all below a directory, grew or shrank; nothing if it did not, or nobody knows. */
export function growth({ size, sizeBefore = size }: TreeNode): string | undefined {
  const by = size - sizeBefore;
  return by === 0 ? undefined : `${by > 0 ? "+" : "−"}${bytes(Math.abs(by))}`;
}

/** The tree with the largest first in each directory. */
export function bySize(tree: Tree): Tree {
  const size = (id: string) => tree.get(id)?.size ?? 0;
  const sorted = (node: TreeNode): TreeNode =>
    node.children ? { ...node, children: [...node.children].sort((one, other) => size(other) - size(one)) } : node;
  return new Map([...tree].map(([id, node]) => [id, sorted(node)]));
}

/** The tree without what did not change. */
export function onlyChanges(tree: Tree): Tree {
  const isChanged = (id: string) => tree.get(id)?.change !== undefined && tree.get(id)?.change !== "same";
  const left = [...tree].filter(([id]) => id === ROOT || isChanged(id));
  return new Map(left.map(([id, node]) => [id, { ...node, children: node.children?.filter(isChanged) }]));
}

/** What ignore rules leave out, below the rules that do; the largest first. */
export function ignoredTree(ignored: readonly LeftOut[]): Tree {
  const nodes = new Map<string, TreeNode>();
  const rules = grouped(ignored, ({ file = "exclude", line, pattern }) =>
    JSON.stringify([pattern, line ? `${file}:${line}` : "built-in rule"]),
  );
  for (const [id, all] of rules) {
    const [name, place] = JSON.parse(id) as [string, string];
    const each = once(all);
    const children = each.map(({ path }) => `${id}${path}`);
    nodes.set(id, { id, name, children, detail: `${place}, ${count(each.length, "path")}`, ...sizeOfAll(each) });
    for (const entry of each) nodes.set(`${id}${entry.path}`, leftOutNode(`${id}${entry.path}`, entry));
  }
  const paths = once(ignored);
  const detail = `${count(paths.length, "path")} by ${count(rules.size, "rule")}`;
  nodes.set(ROOT, { id: ROOT, name: "", children: [...rules.keys()], detail, ...sizeOfAll(paths) });
  return bySize(nodes);
}

/** Several steps may leave out the same. */
const once = (all: readonly LeftOut[]): LeftOut[] => [...new Map(all.map((entry) => [entry.path, entry])).values()];

function leftOutNode(id: string, entry: LeftOut): TreeNode {
  const { path, files = 0 } = entry;
  return {
    id,
    name: path,
    ...(path.endsWith("/") && files > 0 && { detail: count(files, "file") }),
    ...sizeOfAll([entry]),
  };
}

/** The size of what was left out, and what to say of it; nothing where it is not known. */
function sizeOfAll(all: readonly LeftOut[]): Pick<TreeNode, "size" | "end"> {
  const size = all.reduce((sum, { size = 0 }) => sum + size, 0);
  if (all.every((entry) => entry.size === undefined)) return { size };
  const isWhole = all.every((entry) => entry.size !== undefined && !entry.isPart);
  return { size, end: isWhole ? bytes(size) : `over ${bytes(size)}` };
}
