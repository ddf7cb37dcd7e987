/** Removes what lint rules found, where that is safe: edits the user's Dockerfiles and modules, and touches nothing else in them. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import MagicString from "magic-string";
import type { ParseResult } from "oxc-parser";
import type { Fix } from "../../shared/wire.generated.ts";
import type { Place } from "../excerpt.ts";
import { installing, requireHere } from "../package-manager.ts";
import { UsageError } from "../usage-error.ts";
import { writeTogether } from "../write.ts";
import { isDockerfile, type Linted, type PlacedFinding } from "./targets.ts";

/** A finding that can be removed. */
type Fixable = PlacedFinding & { readonly fix: Fix; readonly place: Place };

/** Edits the files, and returns what is left. */
export async function fixAll(linted: readonly Linted[]): Promise<{ left: Linted[]; fixed: PlacedFinding[] }> {
  const fixable = linted.flatMap(({ findings }) => findings.filter(isFixable));
  const files = new Map<string, MagicString>();
  const fixed = new Set<PlacedFinding>();
  const parse = fixable.some(({ place }) => !isDockerfile(place.file)) ? await parser() : undefined;
  for (const file of new Set(fixable.map(({ place }) => place.file))) {
    const text = new MagicString(readFileSync(file, "utf8"));
    const edit = parse && !isDockerfile(file) ? callEditor(file, text, parse) : dockerfileEditor(text);
    for (const finding of fixable) if (finding.place.file === file && edit(finding)) fixed.add(finding);
    if (text.hasChanged()) files.set(file, text);
  }
  writeTogether([...files].map(([path, text]) => ({ path, content: text.toString() })));
  const left = linted.map(({ file, findings }) => ({ file, findings: findings.filter((each) => !fixed.has(each)) }));
  return { left, fixed: [...fixed] };
}

const isFixable = (finding: PlacedFinding): finding is Fixable =>
  finding.fix !== undefined && finding.place !== undefined && finding.source === undefined;

/** Edits a text; false if it cannot be done, or something there was edited before. */
type Editor = (finding: Fixable) => boolean;

function editor(text: MagicString): (start: number, end: number, replacement: string) => boolean {
  const done: [number, number][] = [];
  return (start, end, replacement) => {
    if (done.some(([from, to]) => start < to && from < end)) return false;
    done.push([start, end]);
    if (replacement === "") text.remove(start, end);
    else text.update(start, end, replacement);
    return true;
  };
}

function dockerfileEditor(text: MagicString): Editor {
  const edit = editor(text);
  return ({ fix: { at, replacement } }) => {
    const [start, end] = at; // nowhere, for a string in an array
    return start < end && edit(start, end, replacement);
  };
}

/** Edits the strings among the arguments of calls. */
function callEditor(file: string, text: MagicString, parse: Parse): Editor {
  const { program, errors } = parse(file, text.original);
  if (errors.length > 0) return () => false; // what loads it says more
  const strings = stringsOfCalls(program);
  const edit = editor(text);
  return ({ place, fix }) => {
    const inCall = strings.get(offsetOf(text.original, place)) ?? [];
    return inCall.some((literal) => {
      const written = text.original.slice(literal.start + 1, literal.end - 1);
      const start = literal.value === written && literal.value.trim() === fix.within ? written.indexOf(fix.within) : -1;
      const from = literal.start + 1 + start;
      const quote = text.original[literal.start] as string;
      return start >= 0 && edit(from + fix.start, from + fix.end, fix.replacement.replaceAll(quote, `\\${quote}`));
    });
  };
}

const offsetOf = (text: string, { line, column }: Place): number =>
  text
    .split("\n")
    .slice(0, line - 1)
    .reduce((sum, each) => sum + each.length + 1, 0) +
  column -
  1;

/** A string that is written in a module. */
interface Literal {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

/** A node of the syntax tree, as ESTree has it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof Object(value).type === "string";

const childrenOf = (node: Node): Node[] => Object.values(node).flat().filter(isNode);

/** The strings among the arguments of each call, by where the name of its method begins. */
function stringsOfCalls(program: unknown): Map<number, Literal[]> {
  const found = new Map<number, Literal[]>();
  const waiting = [program as Node];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    waiting.push(...childrenOf(node));
    const callee = node.type === "CallExpression" ? (node.callee as Node) : undefined;
    if (callee?.type === "MemberExpression") {
      found.set((callee.property as Node).start, (node.arguments as Node[]).flatMap(literalsIn));
    }
  }
  return found;
}

/** The strings of an expression that are not in a call of their own. */
function literalsIn(node: Node): Literal[] {
  const { type, start, end, value } = node;
  if (type === "CallExpression") return [];
  if (type === "Literal" && typeof value === "string") return [{ start, end, value }];
  if (type === "TemplateLiteral") {
    const [only, another] = node.quasis as { value: { cooked: string } }[];
    return only && !another ? [{ start, end, value: only.value.cooked }] : [];
  }
  return childrenOf(node).flatMap(literalsIn);
}

type Parse = (file: string, text: string) => ParseResult;

/** The parser of the application: it is needed for this alone. */
async function parser(): Promise<Parse> {
  try {
    const path = requireHere().resolve("oxc-parser");
    const { parseSync } = (await import(pathToFileURL(path).href)) as typeof import("oxc-parser");
    return parseSync;
  } catch {
    const hint = `Install it: \`${installing("oxc-parser")}\`. Dockerfiles alone need no parser.`;
    throw new UsageError("`--fix` edits modules with `oxc-parser`, which is not installed.", { hint });
  }
}
