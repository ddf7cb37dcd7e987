/**
 * The configuration of a Next.js application that uses pithy-image.
 *
 * @packageDocumentation
 */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { EVERY_ROUTE, MARK } from "./mark.ts";

/** What is left out of the bundles: an addon and the files of the Daytona SDK are found beside their packages only. */
const EXTERNAL = ["pithy-image", "@daytonaio/sdk", "@daytona/sdk"];

/** The fields that are extended. */
interface Fields {
  readonly serverExternalPackages?: readonly string[];
  readonly outputFileTracingIncludes?: Readonly<Record<string, readonly string[]>>;
}

type ConfigFunction = (...given: unknown[]) => unknown;

/**
 * Makes Next.js run and deploy pithy-image: it leaves the package and the Daytona SDK out of the bundles, and adds the local
 * files of the application's images to what `next build` deploys (`outputFileTracingIncludes`), so that they are also there with
 * `output: "standalone"` and on Vercel. The images are those that the command line shows: `daytona/image.ts`, or what the
 * field `pithyImage` of `package.json` names. Files of the SDK's dependencies that Next.js overlooks are added, too.
 *
 * @param config - The configuration, or a function that returns it; other wrappers may be within it or around it.
 * @returns The same kind of value.
 * @throws Error during `next build` if the images or their files have problems.
 *
 * @example
 * ```ts
 * // next.config.ts
 * import { withPithyImage } from "pithy-image/next";
 *
 * export default withPithyImage({ output: "standalone" });
 * ```
 */
export function withPithyImage<Config extends object>(config: Config = {} as Config): Config {
  if (typeof config !== "function") return extended(config, isBuild());
  const configure = config as unknown as ConfigFunction;
  const wrapped = async (...given: unknown[]) =>
    extended(Object(await configure(...given)), given[0] === BUILD_PHASE && !process.env.IS_NEXT_WORKER);
  return wrapped as unknown as Config;
}

function extended<Config extends object>(config: Config, isDeployed: boolean): Config {
  const { serverExternalPackages = [], outputFileTracingIncludes = {} } = config as Fields;
  const files = isDeployed ? deployedFiles() : [];
  return {
    ...config,
    serverExternalPackages: [...new Set([...serverExternalPackages, ...EXTERNAL])],
    outputFileTracingIncludes: {
      ...outputFileTracingIncludes,
      [EVERY_ROUTE]: [...(outputFileTracingIncludes[EVERY_ROUTE] ?? []), ...files],
    },
    [MARK]: true,
  };
}

/** `PHASE_PRODUCTION_BUILD` of Next.js, which it passes to a function. */
const BUILD_PHASE = "phase-production-build";

/** An object is not told the phase: whether this process is the program `next build`, rather than one of its workers, or a server. */
const isBuild = (): boolean => /[\\/]next(?:\.[cm]?js)?$/.test(process.argv[1] ?? "") && process.argv[2] === "build";

/** The directory of the application, which `next build <directory>` may name. Next.js does not change into it. */
function application(): string {
  const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return process.argv.slice(3).find((word) => !word.startsWith("-") && isDirectory(word)) ?? ".";
}

/** Seconds in which images that load at all have loaded. */
const PATIENCE = 300;

/** In a process of its own: Next.js wants the answer at once, and the images' modules stay out of its process. */
function deployedFiles(): string[] {
  const script = fileURLToPath(new URL("./deployed-files.mjs", import.meta.url));
  const how = { encoding: "utf8", maxBuffer: Number.POSITIVE_INFINITY, timeout: PATIENCE * 1000 } as const;
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [script], { ...how, cwd: application() });
  if (status !== 0) {
    throw new Error(`withPithyImage: the files to deploy cannot be found.\n${stderr || error?.message}`);
  }
  if (stderr) console.warn(stderr.trimEnd());
  return JSON.parse(stdout) as string[];
}
