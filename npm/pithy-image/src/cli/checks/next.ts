/** The configuration of Next.js, if the application uses it. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { importModule } from "../import-module.ts";
import { applicationPackage } from "../package-json.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

const FILES = ["js", "mjs", "cjs", "ts", "mts"].map((extension) => `next.config.${extension}`);

const LINE = '`serverExternalPackages: ["pithy-image"]`';

interface Config {
  readonly serverExternalPackages?: readonly string[];
  /** Its name before Next.js 15. */
  readonly experimental?: { readonly serverComponentsExternalPackages?: readonly string[] };
}

/** Checks that the addon stays outside the bundles. */
export async function checkNext(): Promise<Finding[]> {
  const { ok, warning, problem } = findings("next");
  if (!usesNext()) return [];
  const file = FILES.find((name) => existsSync(name));
  if (!file) return [problem("Next.js has no configuration.", `Write a next.config.ts with ${LINE}.`)];
  try {
    const { serverExternalPackages = [], experimental } = await read(file);
    const external = [...serverExternalPackages, ...(experimental?.serverComponentsExternalPackages ?? [])];
    if (external.includes("pithy-image")) return [ok(`${file} keeps pithy-image out of the bundles`)];
    return [problem(`${file} lets Next.js bundle pithy-image, which fails because of its addon.`, `Add ${LINE}.`)];
  } catch (error) {
    return [warning(`${file} cannot be loaded here: ${messageOf(error)}`, `Make sure that it has ${LINE}.`)];
  }
}

/** Whether package.json names Next.js. */
export function usesNext(): boolean {
  const manifest = applicationPackage();
  return "next" in { ...manifest?.dependencies, ...manifest?.devDependencies };
}

async function read(file: string): Promise<Config> {
  const module = await importModule(resolve(file));
  const exported: unknown = module.default ?? module;
  const config: unknown =
    typeof exported === "function" ? await exported("phase-production-build", { defaultConfig: {} }) : exported;
  return typeof config === "object" && config !== null ? config : {};
}
