/** What `init` knows about the application in the current directory. */
import { existsSync, readFileSync } from "node:fs";
import { nextConfig, usesNext } from "../checks/next.ts";
import { type InstalledSdk, installedSdks } from "../checks/versions.ts";
import { applicationPackage } from "../package-json.ts";
import { UsageError } from "../usage-error.ts";

export interface Application {
  /** The package's name, with its scope. */
  readonly name: string | undefined;
  readonly sdk: InstalledSdk | undefined;
  readonly hasNode: boolean;
  readonly hasNext: boolean;
  /** The configuration of Next.js; to be written where there is none. */
  readonly nextConfig: string | undefined;
  readonly hasRequirements: boolean;
  /** The extension of an imported module: none where a bundler or a loader adds it, `.js` for Node. */
  readonly extension: "" | ".js";
}

/** TypeScript for Node itself, which requires the extensions of modules. */
const NODE_RESOLUTION = /"module(?:Resolution)?"\s*:\s*"node(?:\d+|next)"/i;

export function application(): Application {
  const manifest = applicationPackage();
  if (manifest?.pithyImage !== undefined) {
    throw new UsageError(
      'The field "pithyImage" of package.json already names images: there is nothing to initialize.',
    );
  }
  const hasNext = usesNext();
  const tsconfig = existsSync("tsconfig.json") ? readFileSync("tsconfig.json", "utf8") : "";
  return {
    name: typeof manifest?.name === "string" && manifest.name !== "" ? manifest.name : undefined,
    sdk: installedSdks()[0],
    hasNode: manifest !== undefined,
    hasNext,
    nextConfig: nextConfig(),
    hasRequirements: existsSync("requirements.txt"),
    extension: !hasNext && NODE_RESOLUTION.test(tsconfig) ? ".js" : "",
  };
}
