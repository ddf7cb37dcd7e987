/** What an author sees of the types: the first line of an error, and the description of every option. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { HERE } from "./helpers.ts";

/** A module that is edited: it lies here, where it finds the packages. */
const FILE = join(HERE, "edited.ts");

let text = "";
let version = 0;

/** What an editor asks, of the types that are published. */
const service = ts.createLanguageService(
  {
    getCompilationSettings: () => ({
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      resolveJsonModule: true,
      skipLibCheck: true,
      types: ["node"],
    }),
    getScriptFileNames: () => [FILE],
    getScriptVersion: (path) => (path === FILE ? String(version) : "0"),
    getScriptSnapshot: (path) => {
      const content = path === FILE ? text : ts.sys.readFile(path);
      return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
    },
    getCurrentDirectory: () => HERE,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (path) => path === FILE || ts.sys.fileExists(path),
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
  },
  ts.createDocumentRegistry(),
);

function edit(code: string): void {
  text = code;
  version += 1;
}

const PRELUDE = `import { Image, buildPithyJauntImage } from "pithy-image";
import { pithyDaytona } from "pithy-image/daytona";
import { Daytona, Image as SdkImage } from "@daytonaio/sdk";
const daytona = new Daytona();
const { createSandbox, ensureSnapshot } = pithyDaytona({ daytona, Image: SdkImage });
const lock = { format: "pithy-image-lock/1", images: { agent: {} } };
const image = Image.base("debian:12");
`;

/** The first line of each error. */
function firstLines(code: string): string[] {
  edit(PRELUDE + code);
  return service
    .getSemanticDiagnostics(FILE)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n").split("\n")[0] ?? "");
}

describe("the first line of an error names what is wrong", () => {
  test.each<[string, string]>([
    [
      "await createSandbox({ lock, image, ttlMinutes: 60 });",
      "Argument of type '{ lock: { format: string; images: { agent: {}; }; }; image: Image; ttlMinutes: number; }' is not assignable to parameter of type 'CreateSandboxOptions<Daytona>'.",
    ],
    [
      "await createSandbox({ ttlMinutes: 60 });",
      "Argument of type '{ ttlMinutes: number; }' is not assignable to parameter of type 'CreateSandboxOptions<Daytona>'.",
    ],
    ["await ensureSnapshot({});", "Argument of type '{}' is not assignable to parameter of type 'SnapshotSource'."],
    [
      'await ensureSnapshot(SdkImage.base("debian:12"));',
      "Argument of type 'Image' is not assignable to parameter of type 'SnapshotSource'.",
    ],
    [
      'Image.debianSlim("3.7");',
      `Argument of type '"3.7"' is not assignable to parameter of type '"3.9" | "3.10" | "3.11" | "3.12" | "3.13" | "3.14" | undefined'.`,
    ],
    [
      'image.pipInstall(["a"], { extraIndexUrl: "https://a" });',
      "Object literal may only specify known properties, but 'extraIndexUrl' does not exist in type 'PipInstallOptions'. Did you mean to write 'extraIndexUrls'?",
    ],
    ['image.aptInstal(["git"]);', "Property 'aptInstal' does not exist on type 'Image'. Did you mean 'aptInstall'?"],
    ["await daytona.create({ image });", "No overload matches this call."],
  ])("%s", (code, line) => {
    expect(firstLines(code)).toEqual([line]);
  });
});

/** The exported types of an entry that have fields, by their names, with arguments for their parameters. */
function typesOf(entry: string): string[] {
  edit(`import * as entry from "${entry}";\nexport { entry };\n`);
  const program = service.getProgram() as ts.Program;
  const checker = program.getTypeChecker();
  const [statement] = program.getSourceFile(FILE)?.statements ?? [];
  const module = checker.getSymbolAtLocation((statement as ts.ImportDeclaration).moduleSpecifier) as ts.Symbol;
  return checker
    .getExportsOfModule(module)
    .map((exported) => (exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported))
    .filter(
      ({ flags }) => flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias) && !(flags & ts.SymbolFlags.Value),
    )
    .map((symbol) => {
      const declaration = symbol.declarations?.[0] as ts.InterfaceDeclaration | ts.TypeAliasDeclaration;
      const parameters = (declaration.typeParameters ?? []).filter((parameter) => !parameter.default).map(() => "any");
      return parameters.length > 0 ? `${symbol.name}<${parameters.join(", ")}>` : symbol.name;
    });
}

/** What an editor offers between the braces of a literal of a type, and what it says of it. */
function offered(entry: string, type: string): { name: string; description: string }[] {
  edit(`import type * as entry from "${entry}";\nexport const literal: entry.${type} = {  };\n`);
  const at = text.lastIndexOf("{") + 2;
  const { entries = [], isMemberCompletion } = service.getCompletionsAtPosition(FILE, at, {}) ?? {};
  if (!isMemberCompletion) return []; // it has no fields
  return entries.map(({ name, source }) => {
    const details = service.getCompletionEntryDetails(FILE, at, name, {}, source, {}, undefined);
    return { name, description: ts.displayPartsToString(details?.documentation) };
  });
}

describe.each(["pithy-image", "pithy-image/daytona"])("in %s", (entry) => {
  test("every field of every exported type has a description in the editor", () => {
    const types = typesOf(entry);
    expect(types.length).toBeGreaterThan(0);
    const bare = types.flatMap((type) =>
      offered(entry, type)
        // A step has one field, named by its call, whose description is that of the type of the field.
        .filter(({ description }) => description === "" && type !== "Step")
        .map(({ name }) => `${type}.${name}`),
    );
    expect(bare).toEqual([]);
  });
});

test("the descriptions are of the fields, not of nothing", () => {
  const names = (type: string) => offered("pithy-image/daytona", type).map(({ name }) => name);
  expect(names("CreateSandboxOptions")).toEqual(
    expect.arrayContaining(["lock", "image", "snapshot", "ttlMinutes", "deadline"]),
  );
  expect(names("EnsureSnapshotOptions")).toEqual(expect.arrayContaining(["check", "resources", "onLog"]));
  const pip = offered("pithy-image", "PipInstallOptions").find(({ name }) => name === "indexUrl");
  expect(pip?.description).toMatch(/\w+ .*\./);
});

test("every option of every call has a description", () => {
  edit(`${PRELUDE}export { image };\n`);
  const program = service.getProgram() as ts.Program;
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(FILE) as ts.SourceFile;
  const bare: string[] = [];
  let options = 0;
  const visit = (owner: string, type: ts.Type) => {
    for (const call of type.getProperties()) {
      for (const signature of checker.getTypeOfSymbolAtLocation(call, source).getCallSignatures()) {
        for (const parameter of signature.parameters) {
          const given = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, source));
          for (const option of given.isUnion()
            ? given.types.flatMap((each) => each.getProperties())
            : given.getProperties()) {
            const { fileName } = option.declarations?.[0]?.getSourceFile() ?? { fileName: "" };
            if (!fileName.includes("pithy-image/dist")) continue; // of the language, or of the SDK
            options += 1;
            const description = ts.displayPartsToString(option.getDocumentationComment(checker));
            if (description === "") bare.push(`${owner}.${call.name}(${parameter.name}.${option.name})`);
          }
        }
      }
    }
  };
  const typeOf = (name: string) => {
    const declaration = source.statements
      .filter(ts.isVariableStatement)
      .flatMap(({ declarationList }) => [...declarationList.declarations])
      .find((each) => each.name.getText() === name);
    return checker.getTypeAtLocation(declaration as ts.Node);
  };
  visit("image", typeOf("image"));
  const calls = source.statements.filter(ts.isVariableStatement).map((each) => each.declarationList.declarations[0]);
  const bound = calls.find((each) => each?.name.kind === ts.SyntaxKind.ObjectBindingPattern);
  visit("pithyDaytona", checker.getTypeAtLocation(bound?.initializer as ts.Node));
  expect(options).toBeGreaterThan(80);
  expect(bare).toEqual([]);
});

test("the published types name no type in a way that only the compiler reads", () => {
  const published = readFileSync(join(HERE, "../../npm/pithy-image/dist/node/index.d.mts"), "utf8");
  expect(published).toContain("PipInstallOptions");
  edit(
    `${PRELUDE}image.pipInstall(["a"], {});\nawait createSandbox({ lock, ttlMinutes: 1 });\nawait ensureSnapshot(image);\n`,
  );
  for (const call of ["pipInstall(", "createSandbox({", "ensureSnapshot(image"]) {
    const info = service.getQuickInfoAtPosition(FILE, text.lastIndexOf(call) + 1);
    const shown = ts.displayPartsToString(info?.displayParts);
    expect(shown).toMatch(/Options|Source/);
    expect(shown).not.toMatch(/Omit<|Pick<|OrUndefined</);
  }
});
