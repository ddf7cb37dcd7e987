/** `pithy-image build`: builds an image with an engine of this machine, as Daytona would. */
import { type Command, Option } from "commander";
import { examples, FILE_OR_NAME } from "./help.ts";
import { buildImage } from "./local/build-image.ts";
import { interruptible } from "./local/interrupt.ts";
import { type BuildOptions, withBuildOptions } from "./local/options.ts";
import { print, printJson } from "./print.ts";

interface Options extends BuildOptions {
  json?: true;
}

/** Those that every engine has for a build. */
const NETWORKS = ["default", "none", "host"];

/** Adds the command to the program. */
export function build(program: Command): void {
  const command = program
    .command("build")
    .summary("build an image on this machine, with docker, podman or buildah")
    .description(
      "Builds an image on this machine as Daytona would, and prints its tag, `pithy-image/<name>:<digits>`: the digits are those of the image's digest, so that an image that is already there is not built again. The log and what Daytona does differently go to the standard error.",
    )
    .argument("[file-or-name]", FILE_OR_NAME);
  withBuildOptions(command)
    .addOption(new Option("--network <network>", "the network of the build's commands").choices(NETWORKS))
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image build",
        "npx pithy-image build agent --engine podman",
        "npx pithy-image build --engine unix:///run/user/1000/docker.sock",
        "npx pithy-image build --platform linux/arm64 --quiet",
      ),
    )
    .action(run);
}

const run = (fileOrName: string | undefined, options: Options): Promise<void> =>
  interruptible(async (signal) => {
    const { engine, tag, image, resolved, isNew, differences } = await buildImage("build", fileOrName, options, signal);
    const { id, size } = image;
    const result = { tag, id, size, imageDigest: resolved.imageDigest, platform: options.platform, built: isNew };
    if (options.json) printJson({ ...result, engine: engine.name, engineVersion: engine.description, differences });
    else print(`${tag}\n`);
  });
