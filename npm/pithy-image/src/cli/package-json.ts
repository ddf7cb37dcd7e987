/** The package.json of the application, in the current directory, and that of this package. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./usage-error.ts";

/** The fields of a package.json that are used. */
export interface PackageJson {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly type?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>>;
  readonly pithyImage?: unknown;
  readonly pithyImageLint?: unknown;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly devDependencies?: Readonly<Record<string, unknown>>;
}

/** The version of this package. */
export function ownVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The application's package.json, if it has one; of an earlier version in another directory. */
export function applicationPackage(directory = ""): PackageJson | undefined {
  const path = join(directory, "package.json");
  if (!existsSync(path)) return undefined;
  try {
    const json: unknown = JSON.parse(readFileSync(path, "utf8").replace(/^\uFEFF/, ""));
    return typeof json === "object" && json !== null ? json : {};
  } catch (error) {
    throw new UsageError(`package.json cannot be read: ${error instanceof Error ? error.message : error}.`);
  }
}
