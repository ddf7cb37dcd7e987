/** Commands of the application's package manager. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, resolveCommand } from "package-manager-detector";
import { ancestors } from "../../core/local-path.ts";
import type { Application } from "./application.ts";
import { dependsOn } from "./layout.ts";

/** Something that a package manager does. */
const commandOf = ({ agent }: Pick<Application, "agent">, what: Command, args: string[]): string => {
  const { command, args: all } = resolveCommand(agent, what, args) ?? { command: "npx", args };
  return [command, ...all].join(" ");
};

/** Runs a program of an installed package. */
export const execute = (application: Application, ...args: string[]): string =>
  // `yarn exec` needs other arguments for each version of Yarn.
  commandOf(application, isYarn(application) ? "run" : "execute-local", args);

const isYarn = ({ agent }: Application): boolean => agent.startsWith("yarn");

/** Runs a script of package.json. */
export const runScript = (application: Application, name: string): string => commandOf(application, "run", [name]);

/** Adds a package, for development only if it is not needed otherwise. */
export const add = (application: Application, ...args: string[]): string => commandOf(application, "add", args);

/** Runs a module. */
export function runModule(application: Application, path: string): string {
  const { isTypeScript, extension, imported } = application.layout;
  const isForNode =
    !isTypeScript || (stripsTypes() && imported === extension && application.manifest?.type === "module");
  return isForNode ? `node ${path}` : execute(application, "jiti", path);
}

/**
 * What TypeScript needs, and is not there: the program that runs it, and the types of Node. npm installs both with this package
 * and the SDK; other package managers keep the packages of packages apart.
 */
export function missing(application: Application): string[] {
  const { layout, manifest } = application;
  const needed = {
    ...(layout.isTypeScript && { jiti: ".bin/jiti" }),
    ...(layout.needsNodeTypes && { "@types/node": "@types/node" }),
  };
  // Yarn runs the programs of packages that package.json names, and no others, wherever they are.
  const isUsable = (path: string) => isInstalled(path) && !(isYarn(application) && path.startsWith(".bin/"));
  return Object.entries(needed)
    .filter(([name, path]) => !(manifest && dependsOn(manifest, name)) && !isUsable(path))
    .map(([name]) => name);
}

const isInstalled = (path: string): boolean =>
  ancestors(process.cwd()).some((directory) => existsSync(join(directory, "node_modules", path)));

/** Newer versions of Node remove types themselves. */
const stripsTypes = (): boolean => Boolean(Reflect.get(process.features, "typescript"));
