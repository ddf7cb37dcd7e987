/** Which engine of this machine is used. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../usage-error.ts";
import { type Engine, Unusable } from "./engine.ts";
import { PROGRAMS, type Program, programEngine } from "./programs.ts";
import { socketEngine } from "./socket-engine.ts";

const isProgram = (name: string): name is Program => PROGRAMS.some((program) => program === name);

const engineOf = (name: string): Promise<Engine> => (isProgram(name) ? programEngine(name) : socketEngine(name));

/** The engine that is asked for, or the first that works. */
export async function chooseEngine(asked: string | undefined): Promise<Engine> {
  if (asked !== undefined && !isProgram(asked) && !/[/\\]/.test(asked)) {
    throw new UsageError(
      `Unknown engine: \`${asked}\`. Name docker, podman, buildah, or a socket: \`unix:///run/docker.sock\`.`,
    );
  }
  const tried = asked === undefined ? candidates() : [asked];
  const failures: [name: string, why: Unusable][] = [];
  for (const name of tried) {
    try {
      return await engineOf(name);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      failures.push([name, error]);
    }
  }
  throw new UsageError(describe(failures, asked));
}

/** What may be an engine, the most likely one first. What the environment names comes before what it does not. */
function candidates(): string[] {
  const { DOCKER_HOST, CONTAINER_HOST } = process.env;
  const all = ["docker", DOCKER_HOST, "podman", CONTAINER_HOST, "buildah", ...usualSockets()];
  return [...new Set(all.filter((name) => name !== undefined && name !== ""))] as string[];
}

/** The sockets that exist where engines usually have them. */
function usualSockets(): string[] {
  if (process.platform === "win32") return ["npipe:////./pipe/docker_engine"];
  const { XDG_RUNTIME_DIR = `/run/user/${process.getuid?.()}` } = process.env;
  const ofUser = [
    ".docker/run/docker.sock",
    ".docker/desktop/docker.sock",
    ".colima/default/docker.sock",
    ".rd/docker.sock",
  ];
  const usual = [
    "/var/run/docker.sock",
    join(XDG_RUNTIME_DIR, "docker.sock"),
    ...ofUser.map((path) => join(homedir(), path)),
    join(XDG_RUNTIME_DIR, "podman/podman.sock"),
    "/run/podman/podman.sock",
  ];
  return usual.filter((path) => existsSync(path));
}

function describe(failures: readonly [string, Unusable][], asked: string | undefined): string {
  const reasons = failures.map(([name, { message }]) => `  ${name}: ${message.replace(/\.$/, "")}`);
  const isMissing = failures.every(([, { hint }]) => hint === undefined);
  const install = "Install Docker or Podman and start it, or name an engine with `--engine`.";
  const hints = new Set(isMissing ? [install] : failures.flatMap(([, { hint }]) => (hint === undefined ? [] : [hint])));
  const what = asked === undefined ? "No engine that builds images works here:" : "The engine does not work:";
  return [what, ...reasons, ...hints].join("\n");
}
