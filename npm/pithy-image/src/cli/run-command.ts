/** `pithy-image run`: runs an image in a container of this machine, as a sandbox of Daytona would. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import type { Command } from "commander";
import { reason } from "../shared/errors.ts";
import { exitWith } from "./exit.ts";
import { examples, FILE_OR_NAME } from "./help.ts";
import { buildImage } from "./local/build-image.ts";
import { entrypointOf, inShell, keeper } from "./local/container.ts";
import { NotStarted } from "./local/engine.ts";
import { interruptible } from "./local/interrupt.ts";
import { type BuildOptions, withBuildOptions } from "./local/options.ts";
import { printError } from "./print.ts";
import { UsageError } from "./usage-error.ts";

interface Options extends BuildOptions {
  env: string[];
  envFrom: string[];
  volume: string[];
}

const each = (value: string, all: readonly string[]): string[] => [...all, value];

/** Adds the command to the program. */
export function run(program: Command): void {
  const command = program
    .command("run")
    .summary("run an image, or a command in it, on this machine")
    .description(
      "Starts a container with the image's entrypoint, as Daytona does: without one, `sleep infinity`. With a command, that runs beside the entrypoint, as in a sandbox: one word is a line for the shell, several are a program and its arguments. The exit code is the command's, or the entrypoint's, and 125 if nothing was started. The container is removed at the end. The image is built first, unless it is there.",
    )
    .argument("[file-or-name]", FILE_OR_NAME)
    .argument("[command...]", "the command, after `--`");
  withBuildOptions(command)
    .option("--env <NAME=value>", "an environment variable; a NAME alone has the value that it has here", each, [])
    // Not `--env-file`, which Node takes for itself, wherever it stands.
    .option("--env-from <file>", "a file of environment variables, as of dotenv; --env comes before it", each, [])
    .option("--volume <host:container>", "a file or directory of this machine, as Docker takes it", each, [])
    .option(
      "--network <network>",
      "the network of the container, such as none or host; none and host are also the build's",
    )
    .addHelpText(
      "after",
      examples(
        "npx pithy-image run",
        "npx pithy-image run --env-from .env.local -- /app/execution.sh",
        "npx pithy-image run -- 'ls /app && cat /etc/os-release'",
        "npx pithy-image run agent --volume ./out:/out -- bash",
      ),
    )
    .action(start);
}

async function start(_file: string | undefined, _words: string[], options: Options, command: Command): Promise<void> {
  await interruptible((signal) => runImage(command, options, signal)).catch(notStarted);
}

async function runImage(given: Command, options: Options, signal: AbortSignal): Promise<void> {
  const { fileOrName, command } = separated(given);
  const request = { env: variables(options), volumes: options.volume.map(absolute), network: options.network, signal };
  const { engine, tag, image, resolved } = await buildImage("run", fileOrName, options, signal);
  const entrypoint = entrypointOf(resolved.dockerfile);
  const code = await engine.run({
    ...{ ...request, tag, platform: options.platform, name: `pithy-image-${randomUUID()}` },
    entrypoint: command ? keeper(entrypoint) : entrypoint,
    command: command && inShell(command, image.workdir),
  });
  if (!signal.aborted) process.exitCode = code;
}

/** Docker's exit code for a container that it could not start: no command has it. */
const NOT_STARTED = 125;

function notStarted(error: unknown): void {
  if (error instanceof NotStarted) {
    printError(`The container could not be started: ${error.message}\n`);
  } else {
    exitWith(error);
  }
  process.exitCode = NOT_STARTED;
}

/** The words before and after `--`. */
function separated({ args, parent }: Command): { fileOrName: string | undefined; command: string[] | undefined } {
  const words = (parent as (Command & { readonly rawArgs: string[] }) | null)?.rawArgs ?? [];
  const command = words.includes("--") ? words.slice(words.indexOf("--") + 1) : undefined;
  const [fileOrName, ...others] = args.slice(0, args.length - (command?.length ?? 0));
  if (others.length > 0) throw new UsageError("Put `--` before the command: `pithy-image run -- ls -l`.");
  if (command?.length === 0) throw new UsageError("Name a command after `--`, or leave `--` out.");
  return { fileOrName, command };
}

/** The variables of the files, then those of the options, of which the last counts. */
function variables({ env, envFrom }: Options): Record<string, string> {
  const files = envFrom.map((file) => parseEnv(readEnvFile(file)) as Record<string, string>);
  return Object.assign({}, ...files, ...env.map(variable));
}

function readEnvFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${reason(error)}.`);
  }
}

function variable(given: string): Record<string, string> {
  const [, name = "", value = process.env[name]] = /^([^=]*)(?:=(.*))?$/s.exec(given) ?? [];
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new UsageError(`Invalid variable: \`${given}\`. Give it as \`--env NAME=value\`.`);
  }
  return value === undefined ? {} : { [name]: value };
}

/** A volume whose place on this machine is absolute; one that has no `/` is a volume with a name. */
function absolute(volume: string): string {
  const [, host = "", container = ""] = /^((?:[A-Za-z]:[\\/])?[^:]*):(\/.*)$/.exec(volume) ?? [];
  if (host === "") throw new UsageError(`Invalid volume: \`${volume}\`. Give it as \`--volume <host>:/<container>\`.`);
  const home = host.replace(/^~(?=\/|$)/, homedir());
  return `${/[\\/]|^\.{1,2}$/.test(home) ? resolve(home) : home}:${container}`;
}
