/** How the application's own modules are written: where they are, in which language, and how they import each other. */
import { existsSync } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import { getTsconfig, type TsConfigJson } from "get-tsconfig";
import { LOCK_FILE } from "../lock-file.ts";
import type { PackageJson } from "../package-json.ts";
import { UsageError } from "../usage-error.ts";
import type { NewFile } from "../write.ts";

type CompilerOptions = TsConfigJson.CompilerOptions;

export interface Layout {
  readonly isTypeScript: boolean;
  /** The extension of a module, and what an import of it ends with. */
  readonly extension: string;
  readonly imported: string;
  /** The directory of the application's source, `src/` if it is not the package's own. */
  readonly source: "" | "src/";
  /** The directory of what is compiled, if nothing outside of it may be. */
  readonly compiled: "" | "src/";
  /** Whether a module may import JSON, as bundlers allow; a program of Node reads it. */
  readonly importsLock: boolean;
  /** Whether the types of Node have to be installed; Next.js does that itself. */
  readonly needsNodeTypes: boolean;
  /** Whether a module has to ask for them. */
  readonly namesNodeTypes: boolean;
}

/** Compilers for Node, which requires the extensions of imported modules. */
const FOR_NODE = /^node(?:1[68]|[2-9]\d|next)$/i;

/** The layout of the application. */
export function layoutOf(manifest: PackageJson | undefined, hasNext: boolean, isTypeScriptAsked: boolean): Layout {
  const { path, options } = tsconfig();
  const source = (hasNext ? ["src/app", "src/pages"] : ["src"]).some((each) => existsSync(each)) ? "src/" : "";
  const isTypeScript = isTypeScriptAsked || path !== undefined || !manifest || dependsOn(manifest, "typescript");
  if (!isTypeScript) {
    const extension = manifest.type === "module" ? ".js" : ".mjs";
    const types = { needsNodeTypes: false, namesNodeTypes: false };
    return { isTypeScript, extension, imported: extension, source, compiled: "", importsLock: hasNext, ...types };
  }
  const { rootDir, verbatimModuleSyntax } = options;
  const isForNode = !hasNext && [options.module, options.moduleResolution].some((each) => FOR_NODE.test(each ?? ""));
  const needsNodeTypes = path !== undefined && !hasNext;
  // Where a module is CommonJS because of its name, no import may be compiled to `require`.
  const kind = isForNode && manifest?.type !== "module" && verbatimModuleSyntax ? "m" : "";
  return {
    isTypeScript,
    extension: `.${kind}ts`,
    imported: allowsTs(path, options) ? `.${kind}ts` : isForNode ? `.${kind}js` : "",
    source,
    compiled: path && source && rootDir && resolve(dirname(path), rootDir) === resolve("src") ? "src/" : "",
    importsLock: hasNext || importsJson(options),
    needsNodeTypes,
    namesNodeTypes: needsNodeTypes && !options.types?.includes("node"),
  };
}

/** What the compiler takes here, and where it finds it. */
function tsconfig(): { readonly path: string | undefined; readonly options: CompilerOptions } {
  try {
    const { path, config } = getTsconfig() ?? {};
    return { path, options: config?.compilerOptions ?? {} };
  } catch (error) {
    throw new UsageError(`tsconfig.json cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}

/** Whether a package.json names a package. */
export const dependsOn = ({ dependencies, devDependencies }: PackageJson, name: string): boolean =>
  name in { ...dependencies, ...devDependencies };

/** Without a compiler, a module is run as it is: by Node, which wants its own name, or by what takes that name, too. */
const allowsTs = (path: string | undefined, options: CompilerOptions): boolean =>
  path === undefined || Boolean(options.allowImportingTsExtensions || options.rewriteRelativeImportExtensions);

/** Whether the compiler takes an import of JSON with its attribute, from outside of the source. */
const importsJson = ({ module = "esnext", moduleResolution, resolveJsonModule, rootDir }: CompilerOptions): boolean =>
  /^(?:esnext|preserve)$/i.test(module) &&
  (moduleResolution?.toLowerCase() === "bundler" || module.toLowerCase() === "preserve") &&
  resolveJsonModule !== false &&
  rootDir === undefined;

/** Where a file of a template goes. Modules of the application's own are named as if written in TypeScript, without `src`. */
export function place(path: string, { extension, source, compiled }: Layout): string {
  if (!isModule(path)) return path;
  const directory = /^(?:lib|daytona)\//.test(path) ? source : compiled;
  return directory + path.replace(/\.ts$/, extension);
}

const isModule = (path: string): boolean => path.endsWith(".ts");

/** An import of a module of the application's own. */
const IMPORT = /(?<=\b(?:from |import\())"(\.[^"]+)"/g;

/** A file of a template in its place: its imports lead to where the others went. */
export function placed(file: NewFile, layout: Layout): NewFile {
  const { path, content } = file;
  const at = place(path, layout);
  if (!isModule(path)) return file;
  const text = content.replaceAll(IMPORT, (_, specifier: string) => {
    const isLock = specifier.endsWith(LOCK_FILE);
    const target = posix.join(dirname(path), isLock ? specifier : `${specifier}.ts`);
    const relative = posix.relative(dirname(at), place(target, layout)).replace(/^(?!\.)/, "./");
    return JSON.stringify(isLock ? relative : relative.slice(0, -layout.extension.length) + layout.imported);
  });
  const own = layout.importsLock ? text : readingLock(text);
  return { path: at, content: layout.namesNodeTypes && USE_OF_NODE.test(own) ? `${NODE_TYPES}${own}` : own };
}

const USE_OF_NODE = /"node:|\bprocess\./;
const NODE_TYPES = '/// <reference types="node" />\n';

const LOCK_IMPORT = /^import lock from .*\n/m;

/** The same module, which reads the lock when it needs it: below the directory in which the program runs, as local paths are. */
function readingLock(text: string): string {
  if (!LOCK_IMPORT.test(text)) return text;
  const read = `    const lock = JSON.parse(readFileSync("${LOCK_FILE}", "utf8"));\n`;
  const production = /^ {2}if \(process\.env\.NODE_ENV === "production"\) \{\n/m;
  return `import { readFileSync } from "node:fs";\n${text.replace(LOCK_IMPORT, "").replace(production, (line) => line + read)}`;
}
