/** Engines that are used through their programs: docker, podman and buildah. */
import { whenAborted } from "../../shared/abort.ts";
import { buildahProgress, type Parser, plainProgress } from "./build-event.ts";
import { type BuildRequest, type Engine, type LocalImage, NotStarted, type RunRequest, Unusable } from "./engine.ts";
import { attach, feed, run } from "./processes.ts";

export const PROGRAMS = ["docker", "podman", "buildah"] as const;
export type Program = (typeof PROGRAMS)[number];

/**
 * An engine by its program.
 *
 * @throws Unusable if it does not work.
 */
export async function programEngine(name: Program): Promise<Engine> {
  if (name === "docker") return dockerEngine();
  if (name === "podman") return new Podman(await asked(name, ["info", "--format", "{{.Version.Version}}"]));
  await asked(name, ["info"]); // whether it can store images
  const [, version = ""] = /version (\S+)/.exec(await asked(name, ["--version"])) ?? [];
  return new Buildah(version);
}

async function dockerEngine(): Promise<Engine> {
  const [client = "", server = ""] = (
    await asked("docker", ["version", "--format", "{{.Client.Version}} {{.Server.Version}}"])
  ).split(" ");
  const hasBuildx = (await run("docker", ["buildx", "version"])).code === 0;
  if (hasBuildx) return new Docker(server, ["buildx", "build", "--load"]);
  // Up to then the client itself had what BuildKit needs.
  if (Number.parseInt(client, 10) < 23) return new Docker(server, ["build"]);
  throw new Unusable("its plugin `buildx` is not installed", "Install it: Docker's package is `docker-buildx-plugin`.");
}

/** What a program answers. */
async function asked(name: Program, args: readonly string[]): Promise<string> {
  const outcome = await run(name, args).catch((error: NodeJS.ErrnoException) => {
    throw new Unusable(error.code === "ENOENT" ? "not installed" : error.message);
  });
  if (outcome.code === 0) return outcome.stdout.trim();
  const reason = lastLine(outcome.stderr) || `it ended with exit code ${outcome.code}`;
  throw new Unusable(reason, hintFor(reason));
}

/** What to do about an engine that does not answer. */
export function hintFor(reason: string): string | undefined {
  if (/permission denied|EACCES/i.test(reason)) {
    return "Add yourself to the group that owns the engine's socket, such as `sudo usermod -aG docker $USER`, and log in again.";
  }
  if (/cannot connect|connection refused|ECONNREFUSED|no such file|ENOENT/i.test(reason)) {
    return "Start the engine, such as by `sudo systemctl start docker`, or start Docker Desktop.";
  }
  return undefined;
}

/** What the program of an engine says of an image. */
interface Inspected {
  readonly Id: string;
  readonly Size?: number;
  readonly Config: { readonly Entrypoint?: readonly string[] | null; readonly WorkingDir?: string };
}

export const localImage = ({ Id: id, Size: size, Config }: Inspected): LocalImage => ({
  id,
  size,
  entrypoint: Config.Entrypoint ?? [],
  workdir: Config.WorkingDir ?? "",
});

/** What docker and podman have in common. */
abstract class ContainerProgram implements Engine {
  abstract readonly name: Program;
  abstract readonly description: string;
  abstract readonly hasBuildKit: boolean;
  abstract build(request: BuildRequest): Promise<boolean>;

  async inspect(tag: string): Promise<LocalImage | undefined> {
    const { code, stdout } = await run(this.name, ["image", "inspect", tag]);
    return code === 0 ? localImage((JSON.parse(stdout) as [Inspected])[0]) : undefined;
  }

  async run(request: RunRequest): Promise<number> {
    const { name, entrypoint, command, tag, signal } = request;
    const { env, args } = variables(request.env);
    const [first = "", ...others] = entrypoint;
    const how = ["--name", name, "--platform", request.platform, "--pull", "never", "--entrypoint", first];
    const options = [...args, ...places(request), ...how];
    const remove = async () => {
      await run(this.name, ["kill", name]); // Podman would wait for it to end
      await run(this.name, ["rm", "--force", "--volumes", name]);
    };
    const unlink = whenAborted(signal, remove); // and with it what is attached to it
    try {
      if (!command) return await attach(this.name, ["run", ...options, tag, ...others], env, "ignore");
      const started = await run(this.name, ["run", "--detach", ...options, tag, ...others], env);
      if (started.code !== 0) throw new NotStarted(lastLine(started.stderr));
      return await attach(this.name, ["exec", "--interactive", ...terminal(), name, ...command], {}, "inherit");
    } finally {
      unlink();
      await remove();
    }
  }
}

class Docker extends ContainerProgram {
  readonly name = "docker";
  readonly hasBuildKit = true;
  readonly description: string;
  readonly #build: readonly string[];

  constructor(version: string, build: readonly string[]) {
    super();
    this.description = `Docker ${version}`;
    this.#build = build;
  }

  async build({ context: input, onEvent, signal, ...request }: BuildRequest): Promise<boolean> {
    const args = [...this.#build, "--progress", "plain", ...flags(request), ...(request.pull ? ["--pull"] : []), "-"];
    const env = { DOCKER_BUILDKIT: "1", BUILDX_NO_DEFAULT_ATTESTATIONS: "1", NO_COLOR: "1" };
    const onLine = reading(plainProgress(), onEvent);
    // The engine ends a build whose client is gone; a client that is asked to end it may wait for ever.
    return (await feed(this.name, args, { input: input(), env, signal, end: "SIGKILL", onLine })) === 0;
  }
}

class Podman extends ContainerProgram {
  readonly name = "podman";
  readonly hasBuildKit = false;
  readonly description: string;

  constructor(version: string) {
    super();
    this.description = `Podman ${version}`;
  }

  build(request: BuildRequest): Promise<boolean> {
    return buildahBuild(this.name, request);
  }
}

class Buildah implements Engine {
  readonly name = "buildah";
  readonly hasBuildKit = false;
  readonly description: string;

  constructor(version: string) {
    this.description = `Buildah ${version}`;
  }

  async inspect(tag: string): Promise<LocalImage | undefined> {
    const { code, stdout } = await run(this.name, ["inspect", "--type", "image", tag]);
    if (code !== 0) return undefined;
    const { FromImageID: Id, Docker } = JSON.parse(stdout) as {
      FromImageID: string;
      Docker: { config: Inspected["Config"] };
    };
    return localImage({ Id, Config: Docker.config });
  }

  build(request: BuildRequest): Promise<boolean> {
    return buildahBuild(this.name, request);
  }

  /** It has no containers that run by themselves: with a command, the entrypoint is not started. */
  async run({ name, entrypoint, command, tag, signal, ...request }: RunRequest): Promise<number> {
    const args = Object.entries(request.env).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    const made = await run(this.name, ["from", "--pull-never", "--name", name, tag]);
    if (made.code !== 0) throw new NotStarted(lastLine(made.stderr));
    const remove = async () => void (await run(this.name, ["rm", name]));
    const tty = command && process.stdin.isTTY && process.stdout.isTTY ? "--terminal" : "--terminal=false";
    const options = [...args, ...places(request), tty, name, "--"];
    try {
      const input = command ? "inherit" : "ignore";
      return await attach(this.name, ["run", ...options, ...(command ?? entrypoint)], {}, input, signal);
    } finally {
      await remove();
    }
  }
}

/** Only the format of Docker has all that an image can say; with `--layers`, steps that were built before are used. */
async function buildahBuild(
  name: Program,
  { context: input, onEvent, isStep, signal, ...request }: BuildRequest,
): Promise<boolean> {
  const pull = request.pull ? "--pull=always" : "--pull=missing";
  const args = ["build", "--format", "docker", "--layers", "--force-rm", ...flags(request), pull, "-"];
  const onLine = reading(buildahProgress(isStep), onEvent);
  return (await feed(name, args, { input: input(), signal, end: "SIGTERM", onLine })) === 0;
}

const reading =
  (parse: Parser, onEvent: BuildRequest["onEvent"]) =>
  async (line: string): Promise<void> => {
    const event = parse(line);
    if (event) await onEvent(event);
  };

/** What all three take for a build. */
const flags = ({ tag, platform, network, cache }: Pick<BuildRequest, "tag" | "platform" | "network" | "cache">) => [
  ...["--tag", tag, "--platform", platform],
  ...(network === undefined ? [] : ["--network", network]),
  ...(cache ? [] : ["--no-cache"]),
];

const places = ({ volumes, network }: Pick<RunRequest, "volumes" | "network">): string[] => [
  ...volumes.flatMap((volume) => ["--volume", volume]),
  ...(network === undefined ? [] : ["--network", network]),
];

/** Variables that the engines' programs themselves read. */
const THEIRS =
  /^(?:PATH|HOME|USER|TMPDIR|.*_PROXY|(?:DOCKER|BUILDKIT|BUILDX|BUILDAH|PODMAN|CONTAINER|STORAGE|REGISTRY|REGISTRIES|XDG|LD|SSL|GO).*)$/i;

/** Values stay out of the command line, which every user of the machine can read. */
function variables(env: Readonly<Record<string, string>>): { env: Record<string, string>; args: string[] } {
  const names = Object.keys(env);
  const passed = names.filter((name) => !THEIRS.test(name));
  return {
    env: Object.fromEntries(passed.map((name) => [name, env[name] ?? ""])),
    args: names.flatMap((name) => ["--env", THEIRS.test(name) ? `${name}=${env[name]}` : name]),
  };
}

const terminal = (): string[] => (process.stdin.isTTY && process.stdout.isTTY ? ["--tty"] : []);

const lastLine = (text: string): string =>
  text
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^Error: /, "") ?? "";
