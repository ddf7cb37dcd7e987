/** The configuration of Next.js, if the application uses it. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { EVERY_ROUTE, MARK } from "../../next/mark.ts";
import { importModule } from "../import-module.ts";
import { hasImages } from "../module.ts";
import { applicationPackage } from "../package-json.ts";
import { type Finding, findings, messageOf } from "./finding.ts";
import { installedSdks } from "./versions.ts";

/** The names that a configuration may have. */
const FILES = ["js", "mjs", "cjs", "ts", "mts"].map((extension) => `next.config.${extension}`);

/** What to do with a configuration. */
export const WRAP =
  'Wrap it: `import { withPithyImage } from "pithy-image/next"; export default withPithyImage(config);`.';

interface Config {
  readonly serverExternalPackages?: readonly string[];
  readonly outputFileTracingIncludes?: object;
  readonly [MARK]?: true;
}

/** Checks that the package and the SDK stay outside the bundles, and that local files are deployed. */
export async function checkNext(): Promise<Finding[]> {
  const { warning, problem } = findings("next");
  if (!usesNext()) return [];
  const file = nextConfig();
  if (!file) return [problem("Next.js has no configuration.", `Write a next.config.ts. ${WRAP}`)];
  try {
    return checkConfig(file, await read(file));
  } catch (error) {
    return [warning(`${file} cannot be loaded here: ${messageOf(error)}`, `Make sure that it is wrapped. ${WRAP}`)];
  }
}

function checkConfig(file: string, config: Config): Finding[] {
  const { ok, warning, problem } = findings("next");
  const { serverExternalPackages = [], outputFileTracingIncludes = {} } = config;
  const needed = ["pithy-image", ...installedSdks().map(({ name }) => name)];
  const bundled = needed.filter((name) => !serverExternalPackages.includes(name)).join(" and ");
  // What another wrapper leaves of ours is not known from its own patterns.
  const traced = Object.keys(outputFileTracingIncludes);
  const isTraced = !hasImages() || (config[MARK] ? traced.includes(EVERY_ROUTE) : traced.length > 0);
  return [
    bundled
      ? problem(`${file} lets Next.js bundle ${bundled}, which then lacks files of its package.`, WRAP)
      : ok(`${file} keeps ${needed.join(" and ")} out of the bundles`),
    ...(isTraced
      ? []
      : [warning(`${file} does not deploy the local files of images: only the lock works there.`, WRAP)]),
  ];
}

/** The file of the configuration, if there is one. */
export const nextConfig = (): string | undefined => FILES.find((name) => existsSync(name));

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
