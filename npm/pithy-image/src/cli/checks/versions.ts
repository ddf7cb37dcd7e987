/** The versions of Node, this package and the SDK, and the core that is used. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { backend } from "../../core/load.ts";
import { ownVersion } from "../package-json.ts";
import { installing, packageDirectory } from "../package-manager.ts";
import { type Finding, findings, messageOf } from "./finding.ts";

/** The packages that the SDK is published as. */
export const SDKS = ["@daytonaio/sdk", "@daytona/sdk"] as const;

/** The first minor version that this package supports. */
const OLDEST = 115;

/** The first minor version that supports `ttlMinutes`. */
const WITH_TTL = 199;

/** An installed SDK. */
export interface InstalledSdk {
  readonly name: (typeof SDKS)[number];
  readonly version: string;
}

/** The SDKs that modules in the current directory find. */
export const installedSdks = (): InstalledSdk[] =>
  SDKS.flatMap((name) => {
    const version = installedVersion(name);
    return version === undefined ? [] : [{ name, version }];
  });

function installedVersion(name: string): string | undefined {
  const directory = packageDirectory(name);
  if (directory === undefined) return undefined;
  return (JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as { version: string }).version;
}

/** Node, this package, the SDK. */
export function checkVersions(): Finding[] {
  const { ok } = findings("version");
  return [ok(`Node ${process.versions.node}`), ok(`pithy-image ${ownVersion()}`), ...checkSdks(installedSdks())];
}

function checkSdks(sdks: readonly InstalledSdk[]): Finding[] {
  const { warning, problem } = findings("sdk");
  if (sdks.length === 0) {
    return [problem("No Daytona SDK is installed.", `Install one: \`${installing("@daytonaio/sdk")}\`.`)];
  }
  const both = warning(
    "Both `@daytonaio/sdk` and `@daytona/sdk` are installed.",
    "Remove one: the client of one silently creates a default sandbox for an image of the other.",
  );
  return [...sdks.map(checkSdk), ...(sdks.length > 1 ? [both] : [])];
}

function checkSdk({ name, version }: InstalledSdk): Finding {
  const { ok, warning, problem } = findings("sdk");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const update = `Update it: \`${installing(`${name}@latest`)}\`.`;
  if (major === 0 && minor < OLDEST) return problem(`${name} ${version} is older than 0.${OLDEST}.`, update);
  if (major === 0 && minor < WITH_TTL) {
    return warning(`${name} ${version} is old: it does not support \`ttlMinutes\`.`, update);
  }
  if (major > 0) return warning(`${name} ${version} was not tested.`, "Use 0.x, or pass `daytona.v0` of 2.x.");
  return ok(`${name} ${version}`);
}

/** The core: the addon, or WebAssembly. */
export function checkBackend(): Finding {
  const { ok, warning, problem } = findings("backend");
  const forced = process.env.PITHY_IMAGE_BACKEND;
  try {
    if (backend() === "native") return ok("the native addon");
    if (forced === "wasm") return ok("WebAssembly, because of `PITHY_IMAGE_BACKEND`");
    const hint =
      "Install without `--omit=optional`. If there is no addon for the platform: slower, with identical results.";
    return warning(`WebAssembly: there is no native addon for ${process.platform}-${process.arch}.`, hint);
  } catch (error) {
    return problem(messageOf(error), "Correct `PITHY_IMAGE_BACKEND`, or unset it.");
  }
}
