/** Examples as modules: what their statements make is exported, with what the comments after a statement say of it. */
import { join } from "node:path";
import ts from "typescript";
import { HERE } from "./helpers.ts";

/** What a statement made, and what the comments after it say of that. */
export interface Result {
  value: unknown;
  lines: string[];
}

/** A module of an example, which exports what its statements made. */
export function moduleOf(code: string): string {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ESNext, true);
  const taken = new Set(source.statements.flatMap(namesIn));
  const names = PRELUDE.filter((name) => !taken.has(name.replace("type ", "")));
  const imports = source.statements.filter(ts.isImportDeclaration).map((statement) => statement.getText());
  const statements = source.statements.filter((statement) => !ts.isImportDeclaration(statement));
  const body = statements.flatMap((statement) => {
    const lines = JSON.stringify(commentsAfter(statement, code));
    if (ts.isExpressionStatement(statement)) {
      return `results.push({ value: ${statement.expression.getText()}, lines: ${lines} });`;
    }
    const made = ts.isVariableStatement(statement) ? namesIn(statement) : [];
    if (made.length === 0 && lines !== "[]") throw new Error(`Comments after what makes nothing:\n${code}`);
    return [statement.getText(), ...made.map((name) => `results.push({ value: ${name}, lines: ${lines} });`)];
  });
  const prelude = `import { ${names.join(", ")} } from "../prelude.ts";`;
  const results = "export const results: { value: unknown; lines: string[] }[] = [];";
  return [...imports, prelude, results, ...body, ""].join("\n");
}

/** The names that a statement declares or imports. */
function namesIn(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => bound(name));
  }
  if (!ts.isImportDeclaration(statement)) return [];
  const { name, namedBindings: bindings } = statement.importClause ?? {};
  const named = bindings && ts.isNamedImports(bindings) ? bindings.elements.map((element) => element.name.text) : [];
  return name ? [name.text, ...named] : named;
}

const bound = (name: ts.BindingName): string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : bound(element.name)));

/** The comments between a statement and the next one. */
function commentsAfter(statement: ts.Statement, code: string): string[] {
  const end = statement.getEnd();
  const ranges = [...(ts.getTrailingCommentRanges(code, end) ?? []), ...(ts.getLeadingCommentRanges(code, end) ?? [])];
  return ranges.map(({ pos, end }) => code.slice(pos, end).replace(/^\/\/ ?/, ""));
}

/** The names that the prelude has, types with the word. */
const PRELUDE = (() => {
  const source = ts.createSourceFile(
    "prelude.ts",
    ts.sys.readFile(join(HERE, "prelude.ts")) ?? "",
    ts.ScriptTarget.ESNext,
  );
  return source.statements.flatMap((statement) => {
    if (ts.isVariableStatement(statement)) return namesIn(statement);
    if (!ts.isExportDeclaration(statement) || !statement.exportClause || !ts.isNamedExports(statement.exportClause))
      return [];
    return statement.exportClause.elements.map(({ name, isTypeOnly }) => `${isTypeOnly ? "type " : ""}${name.text}`);
  });
})();

/** What is wrong with modules, by their paths. */
export function compile(paths: string[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(HERE, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, HERE);
  const program = ts.createProgram(paths, options);
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const source = program.getSourceFile(path);
    const wrong = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    found.set(
      path,
      wrong.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    );
  }
  return found;
}
