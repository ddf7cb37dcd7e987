/** What the package manager of the application does, and finds. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { getUserAgent, resolveCommand } from "package-manager-detector";

/** The command that installs a package, of the package manager that started this program: it says so to what it starts. */
export function installing(name: string): string {
  const agent = getUserAgent() ?? "npm";
  const { command, args } = resolveCommand(agent, "add", [name]) ?? { command: "npm", args: ["install", name] };
  return [command, ...args].join(" ");
}

/** Loads what a module in the current directory would. */
export const requireHere = (): NodeJS.Require => createRequire(resolve("package.json"));

/** The API of Yarn's Plug'n'Play, as far as it is used: https://yarnpkg.com/advanced/pnpapi */
interface PlugAndPlay {
  resolveToUnqualified(request: string, issuer: string): string | null;
}

/** The directory of an installed package, as a module in the current directory finds it. */
export function packageDirectory(name: string): string | undefined {
  if (process.versions.pnp) return plugged(name);
  const directories = requireHere().resolve.paths(name) ?? [];
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(join(path, "package.json")));
}

function plugged(name: string): string | undefined {
  try {
    const api = requireHere()("pnpapi") as PlugAndPlay;
    return api.resolveToUnqualified(name, resolve("package.json")) ?? undefined;
  } catch {
    return undefined; // it throws for what the application does not depend on
  }
}
