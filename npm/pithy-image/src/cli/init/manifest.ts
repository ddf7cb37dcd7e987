/** What `init` adds to files that the application has already. */
import { existsSync, readFileSync } from "node:fs";
import type { PackageJson } from "../package-json.ts";
import { UsageError } from "../usage-error.ts";
import type { NewFile } from "../write.ts";

/** The fields that are added. */
export type Fields = Pick<PackageJson, "pithyImage" | "scripts">;

const PATH = "package.json";

/** package.json with more fields, formatted as it was; its own scripts stay. Nothing, if none are added. */
export function added(manifest: PackageJson | undefined, { pithyImage, scripts = {} }: Fields): NewFile[] {
  if (manifest?.pithyImage !== undefined && manifest.pithyImage !== pithyImage) {
    throw new UsageError(`The field "pithyImage" of ${PATH} already names images: there is nothing to initialize.`);
  }
  if (pithyImage === undefined) return [];
  const { type = manifest ? undefined : "module" } = manifest ?? {};
  const start = manifest ?? { private: true, type };
  const all = { ...scripts, ...manifest?.scripts };
  const content = { ...start, ...(Object.keys(all).length > 0 && { scripts: all }), pithyImage };
  const isSame = JSON.stringify(content) === JSON.stringify(manifest);
  const before = existsSync(PATH) ? readFileSync(PATH, "utf8") : "";
  const indent = /^[ \t]+(?=")/m.exec(before)?.[0] ?? "  ";
  return [{ path: PATH, content: isSame ? before : `${JSON.stringify(content, null, indent)}\n`, isAddition: true }];
}
