/** `pithy-image run`: runs an image in a container of this machine, as a sandbox of Daytona would. */
import type { Command } from "commander";
import { examples, FILE_OR_NAME } from "./help.ts";
import { type BuildOptions, withBuildOptions } from "./local/options.ts";
import { UsageError } from "./usage-error.ts";

interface Options extends BuildOptions {
  env: string[];
  envFile: string[];
  volume: string[];
}

const each = (value: string, all: readonly string[]): string[] => [...all, value];

/** Adds the command to the program. */
export function run(program: Command): void {
  const command = program
    .command("run")
    .summary("run an image, or a command in it, on this machine")
    .description(
      "Starts a container with the image's entrypoint, as Daytona does: without one, `sleep infinity`. With a command, that runs beside the entrypoint, as in a sandbox: one word is a line for the shell, several are a program and its arguments. The exit code is the command's, or the entrypoint's. The container is removed at the end. The image is built first, unless it is there.",
    )
    .argument("[file-or-name]", FILE_OR_NAME)
    .argument("[command...]", "the command, after `--`");
  withBuildOptions(command)
    .option("--env <NAME=value>", "an environment variable; a NAME alone has the value that it has here", each, [])
    .option("--env-file <file>", "a file of environment variables, as of dotenv; --env comes before it", each, [])
    .option("--volume <host:container>", "a file or directory of this machine, as Docker takes it", each, [])
    .option(
      "--network <network>",
      "the network of the container, such as none or host; none and host are also the build's",
    )
    .addHelpText(
      "after",
      examples(
        "npx pithy-image run",
        "npx pithy-image run --env-file .env.local -- /app/execution.sh",
        "npx pithy-image run -- 'python --version && pip list'",
        "npx pithy-image run agent --volume ./out:/out -- bash",
      ),
    )
    .action(start);
}

async function start(_fileOrName: string | undefined, _command: string[], _options: Options): Promise<void> {
  throw new UsageError("Not there yet.");
}
