/** What differs between two trees of files, to be read by people. */
import type { Node, Tree } from "./file-tree.ts";

/** What a tree has otherwise than another; `null` for what it lacks. Modes are octal digits. */
export function changes(before: Tree, after: Tree): Record<string, object | null> {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  const changed = paths.filter((path) => !same(before.get(path), after.get(path)));
  return Object.fromEntries(changed.map((path) => [path, readable(after.get(path))]));
}

const readable = (node: Node | undefined) => (node ? { ...node, mode: node.mode.toString(8) } : null);

const FIELDS = ["kind", "mode", "owner", "bytes", "target"] as const;

const same = (a: Node | undefined, b: Node | undefined): boolean => FIELDS.every((field) => a?.[field] === b?.[field]);
