/** Imports modules of the application, in TypeScript or JavaScript. */
import { Console } from "node:console";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";

/** The exports of a module. */
export interface Exports {
  readonly default?: unknown;
  readonly [name: string]: unknown;
}

const JAVASCRIPT = [".js", ".mjs", ".cjs"];

/** What Node cannot load although a bundler can: imports without extensions, enums, JSON without attributes. */
const UNSUPPORTED =
  /^ERR_(?:MODULE_NOT_FOUND|UNSUPPORTED_\w+|UNKNOWN_FILE_EXTENSION|INVALID_TYPESCRIPT_SYNTAX|IMPORT_ATTRIBUTE_MISSING)$/;

/** The modules that Node has loaded, and keeps: one that is imported again may have changed. */
const loaded = new Set<string>();

/**
 * Imports a module as it is now: with Node where it can load it, otherwise with jiti. What it prints goes to the standard error: it is
 * no result of ours.
 */
export async function importModule(path: string): Promise<Exports> {
  globalThis.console = new Console(process.stderr, process.stderr);
  if (!isNative(path) || loaded.has(path)) return importWithJiti(path);
  loaded.add(path);
  try {
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (error) {
    if (error instanceof SyntaxError || UNSUPPORTED.test(codeOf(error))) return importWithJiti(path);
    throw error;
  }
}

/** Newer versions of Node remove types themselves. */
const isNative = (path: string): boolean =>
  JAVASCRIPT.includes(extname(path)) || Boolean(Reflect.get(process.features, "typescript"));

const codeOf = (error: unknown): string => (error instanceof Error ? String(Reflect.get(error, "code")) : "");

async function importWithJiti(path: string): Promise<Exports> {
  const { createJiti } = await import("jiti");
  const jiti = createJiti(pathToFileURL(path).href, { fsCache: false, moduleCache: false, interopDefault: false });
  return jiti.import<Exports>(path);
}
