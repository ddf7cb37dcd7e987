import { type AnyNode, type DocumentNode, parse } from "@humanwhocodes/momoa";

/** A place in a text, from one character to another. */
export interface Place {
  start: number;
  end: number;
}

/** A parsed JSON text: its value and the places of its parts, or the place where it is not JSON. */
export type ReadJson = { value: unknown; place(pointer: string): Place } | { message: string; place: Place };

/** Reads a JSON text. */
export function readJson(text: string): ReadJson {
  try {
    const value: unknown = JSON.parse(text);
    const document = parse(text);
    return { value, place: (pointer) => placeOf(document, pointer) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error), place: failedAt(text) };
  }
}

/** The place of a JSON pointer, or of its longest prefix that exists. */
function placeOf(document: DocumentNode, pointer: string): Place {
  let node: AnyNode = document.body;
  for (const key of pointer.split("/").slice(1).map(unescapeKey)) {
    const next = childOf(node, key);
    if (!next) break;
    node = next;
  }
  return { start: node.loc.start.offset, end: node.loc.end.offset };
}

const unescapeKey = (key: string): string => key.replaceAll("~1", "/").replaceAll("~0", "~");

function childOf(node: AnyNode, key: string): AnyNode | undefined {
  if (node.type === "Array") return node.elements[Number(key)]?.value;
  if (node.type !== "Object") return undefined;
  return node.members.find(({ name }) => (name.type === "String" ? name.value : name.name) === key)?.value;
}

/** Where a text stops being JSON. */
function failedAt(text: string): Place {
  try {
    parse(text);
    return { start: 0, end: text.length };
  } catch (error) {
    const offset: unknown = Reflect.get(Object(error), "offset");
    const start = Math.min(typeof offset === "number" ? offset : text.length, Math.max(text.length - 1, 0));
    return { start, end: start + 1 };
  }
}
