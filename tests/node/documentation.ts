/** The documentation of everything that the package exports, as TypeScript reads it from the source. */
import { join, relative } from "node:path";
import ts from "typescript";
import { TOP } from "./helpers.ts";

const SOURCE = join(TOP, "npm/pithy-image/src");

/** What applications import from. */
const ENTRIES = ["index.ts", "daytona/index.ts"];

/** A block of TypeScript in the documentation. */
export interface Example {
  /** What it is an example of, and where it stands. */
  name: string;
  code: string;
}

/** An export, or a member of one: `ImageBuilder.env`. */
export interface Documented {
  name: string;
  /** `path:line` below the top of the repository. */
  place: string;
  /** Whether it is there when a program runs: a function, a class, a call of an object; a type is not. */
  runs: boolean;
  description: string;
  /** What the description refers to by `{@link …}`. */
  links: string[];
  examples: Example[];
}

/** The contents of the blocks of TypeScript in a text of Markdown. */
const blocks = (markdown: string): string[] =>
  [...markdown.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code ?? "");

/** Everything that the package exports, and its members, except for what the core generates. */
export function documented(): Documented[] {
  const entries = ENTRIES.map((name) => join(SOURCE, name));
  // Nothing is checked, so that types of others are not missed.
  const module = ts.ModuleKind.NodeNext;
  const program = ts.createProgram(entries, { module, allowImportingTsExtensions: true, noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const found = new Map<ts.Node, Documented>();
  const add = (symbol: ts.Symbol, name: string, runs: boolean) => {
    const declaration = symbol.declarations?.[0];
    if (!declaration || !isOurs(declaration) || ts.getJSDocTags(declaration).some(isInternal)) return false;
    if (!found.has(declaration)) found.set(declaration, document(symbol, declaration, name, runs, checker));
    return true;
  };
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.Node) as ts.Symbol;
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (!add(symbol, symbol.name, (symbol.flags & ts.SymbolFlags.Value) !== 0)) continue;
      if (!(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class))) continue;
      for (const member of checker.getDeclaredTypeOfSymbol(symbol).getProperties()) {
        const declared = member.valueDeclaration;
        if (!declared || !ts.isIdentifier(ts.getNameOfDeclaration(declared) ?? declared)) continue;
        const owner = ts.getNameOfDeclaration(declared.parent as ts.Declaration)?.getText();
        add(member, `${owner}.${member.name}`, (member.flags & ts.SymbolFlags.Method) !== 0);
      }
    }
  }
  return [...found.values()];
}

const isOurs = (node: ts.Node): boolean => {
  const { fileName } = node.getSourceFile();
  return fileName.startsWith(SOURCE) && !fileName.endsWith(".generated.ts");
};

const isInternal = (tag: ts.JSDocTag): boolean => tag.tagName.text === "internal";

function document(
  symbol: ts.Symbol,
  declaration: ts.Node,
  name: string,
  runs: boolean,
  checker: ts.TypeChecker,
): Documented {
  const file = declaration.getSourceFile();
  const { line } = file.getLineAndCharacterOfPosition(declaration.getStart());
  const place = `${relative(TOP, file.fileName)}:${line + 1}`;
  const description = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const tags = symbol.getJsDocTags(checker).filter((tag) => tag.name === "example");
  const examples = tags.flatMap((tag) => blocks(ts.displayPartsToString(tag.text)));
  const links = [...description.matchAll(/\{@link ([\w.]+) ?\}/g)].map(([, to]) => to ?? "");
  return {
    name,
    place,
    runs,
    description,
    links,
    examples: examples.map((code) => ({ name: `${name} (${place})`, code })),
  };
}
