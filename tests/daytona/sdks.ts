/**
 * The SDKs under test: each package name and module format that an application may have.
 *
 * Every entry is a set of classes of its own: an `Image` of one entry is not an `instanceof` the `Image` of another,
 * even at the same version. 0.115 is CommonJS only.
 */
import { createRequire } from "node:module";

/**
 * The face that the tests see: the newest SDK's types. The older ones are used through it where they agree (`Daytona`,
 * `Image`, `create`, `snapshot`); 0.115 ignores options it does not know, such as `useDeprecatedPolling`.
 */
export type SdkModule = typeof import("sdk-latest");

/** One SDK in one module format. */
export interface Sdk {
  /** Shown in the names of tests, like `@daytonaio/sdk 0.218 (esm)`. */
  readonly name: string;
  /** The npm alias in this package's `package.json`. */
  readonly alias: "sdk-0115" | "sdk-latest" | "sdk-daytona";
  readonly format: "esm" | "cjs";
  /** Imports or requires it. */
  load(): Promise<SdkModule>;
}

const require = createRequire(import.meta.url);

function cjs(name: string, alias: Sdk["alias"]): Sdk {
  return { name: `${name} (cjs)`, alias, format: "cjs", load: async () => require(alias) as SdkModule };
}

function esm(name: string, alias: Sdk["alias"], load: () => Promise<unknown>): Sdk {
  return { name: `${name} (esm)`, alias, format: "esm", load: async () => (await load()) as SdkModule };
}

/** All of them; for `describe.each(SDKS)`. */
export const SDKS: readonly Sdk[] = [
  cjs("@daytonaio/sdk 0.115", "sdk-0115"),
  cjs("@daytonaio/sdk 0.218", "sdk-latest"),
  esm("@daytonaio/sdk 0.218", "sdk-latest", () => import("sdk-latest")),
  cjs("@daytona/sdk 0.216", "sdk-daytona"),
  esm("@daytona/sdk 0.216", "sdk-daytona", () => import("sdk-daytona")),
];
