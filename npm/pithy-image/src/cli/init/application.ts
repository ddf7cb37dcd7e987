/** What `init` knows about the application in the current directory. */
import { existsSync } from "node:fs";
import { type Agent, detect } from "package-manager-detector";
import { nextConfig, usesNext } from "../checks/next.ts";
import { type InstalledSdk, installedSdks, SDKS } from "../checks/versions.ts";
import { applicationPackage, type PackageJson } from "../package-json.ts";
import type { NewFile } from "../write.ts";
import { dependsOn, type Layout, layoutOf } from "./layout.ts";

/** What can be written; each also has what an application with Next.js needs. */
export const TEMPLATES = ["node", "python", "pithy-jaunt"] as const;

export type Template = (typeof TEMPLATES)[number];

export interface Application {
  readonly manifest: PackageJson | undefined;
  /** The package's name, with its scope. */
  readonly name: string | undefined;
  /** The SDK that is installed; without its version if package.json alone names it. */
  readonly sdk: Pick<InstalledSdk, "name"> & Partial<InstalledSdk>;
  readonly hasSdk: boolean;
  readonly hasNext: boolean;
  /** The configuration of Next.js; to be written where there is none. */
  readonly nextConfig: string | undefined;
  readonly hasRequirements: boolean;
  readonly template: Template;
  /** Why that template, unless it was asked for. */
  readonly reason: string | undefined;
  readonly layout: Layout;
  /** The package manager. */
  readonly agent: Agent;
}

/** What a template writes, and which of its modules is the test script. */
export interface Written {
  readonly files: NewFile[];
  readonly test: string;
}

/** Looks at the application. */
export async function application(asked: Template | undefined): Promise<Application> {
  const manifest = applicationPackage();
  const hasNext = usesNext();
  const hasRequirements = existsSync("requirements.txt");
  const [found, reason] = fitting(manifest !== undefined, hasRequirements);
  const template = asked ?? found;
  const sdk = installedSdks()[0] ?? named(manifest);
  return {
    manifest,
    name: typeof manifest?.name === "string" && manifest.name !== "" ? manifest.name : undefined,
    sdk: sdk ?? { name: SDKS[0] },
    hasSdk: sdk !== undefined,
    hasNext,
    nextConfig: nextConfig(),
    hasRequirements,
    template,
    reason: asked === undefined ? reason : undefined,
    layout: layoutOf(manifest, hasNext, template === "pithy-jaunt"),
    agent: (await detect())?.agent ?? "npm",
  };
}

/** The template for an application, and why. */
function fitting(hasManifest: boolean, hasRequirements: boolean): [Template, string] {
  if (hasRequirements) return ["python", "there is a requirements.txt"];
  return hasManifest ? ["node", "there is a package.json"] : ["python", "there is no package.json"];
}

/** The SDK that package.json names: Yarn's Plug'n'Play has no directory for it. */
function named(manifest: PackageJson | undefined): Pick<InstalledSdk, "name"> | undefined {
  const name = SDKS.find((each) => manifest && dependsOn(manifest, each));
  return name && { name };
}
