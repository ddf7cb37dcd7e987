/** The options of the commands that build with an engine of this machine. */
import type { Command } from "commander";
import { PLATFORM } from "./differences.ts";

/** How an image is built here. */
export interface BuildOptions {
  readonly root?: string;
  readonly engine?: string;
  readonly platform: string;
  readonly network?: string;
  readonly pull?: true;
  readonly cache: boolean;
}

/** Adds the options to a command. */
export const withBuildOptions = (command: Command): Command =>
  command
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--engine <engine>", "docker, podman, buildah, or an engine's socket (default: the first that works)")
    .option("--platform <platform>", "the platform; Daytona has only the default", PLATFORM)
    .option("--pull", "fetch base images again, as Daytona does, although they are on this machine")
    .option("--no-cache", "build again, although the image is already there, and all of its steps");
