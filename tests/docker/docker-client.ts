/**
 * `docker build`, by Docker's own client of today: it applies `.dockerignore` before it sends a context to the legacy builder,
 * and answers what BuildKit asks of one.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Builder } from "./docker-api.ts";
import { newer } from "./engine.ts";
import { scratch } from "./file-tree.ts";

export interface ClientOptions {
  readonly builder: Builder;
  readonly socket: string;
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
}

/**
 * Builds a Dockerfile with a directory as its context, and returns the image's identifier.
 *
 * @throws what the client wrote, if it fails.
 */
export async function dockerBuild(dockerfile: string, context: string, options: ClientOptions): Promise<string> {
  const { builder, socket, target, buildArgs = {} } = options;
  const env = {
    ...process.env,
    DOCKER_HOST: `unix://${socket}`,
    DOCKER_BUILDKIT: builder === "buildkit" ? "1" : "0",
    DOCKER_CONFIG: configuration(),
  };
  const args = ["build", "--quiet", "--no-cache", "--network", "none", "--file", dockerfile];
  if (target !== undefined) args.push("--target", target);
  for (const [name, value] of Object.entries(buildArgs)) args.push("--build-arg", `${name}=${value}`);
  const { stdout } = await promisify(execFile)(newer("bin/docker"), [...args, context], { env });
  return stdout.trim();
}

/** The client's settings: where its part for BuildKit is. */
function configuration(): string {
  if (!directory) {
    directory = mkdtempSync(join(scratch(), "client-"));
    const settings = { cliPluginsExtraDirs: [newer("libexec/docker/cli-plugins")] };
    writeFileSync(join(directory, "config.json"), JSON.stringify(settings));
  }
  return directory;
}

let directory: string | undefined;
