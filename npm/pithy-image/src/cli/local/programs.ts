/** Engines that are used through their programs: docker, podman and buildah. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whenAborted } from "../../shared/abort.ts";
import { buildahProgress, type Parser, plainProgress } from "./build-event.ts";
import { quoted } from "./container.ts";
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
    const [first = "", ...others] = entrypoint;
    const how = ["--name", name, "--platform", request.platform, "--pull", "never", "--entrypoint", first];
    const remove = async () => {
      await run(this.name, ["kill", name]); // Podman would wait for it to end
      await run(this.name, ["rm", "--force", "--volumes", name]);
    };
    const unlink = whenAborted(signal, remove); // and with it what is attached to it
    try {
      await withVariables(request.env, ({ env, args }) =>
        this.#started(["create", ...args, ...places(request), ...how, tag, ...others], signal, env),
      );
      if (!command) return await attach(this.name, ["start", "--attach", name], {}, "ignore");
      await this.#started(["start", name], signal);
      return await attach(this.name, ["exec", "--interactive", ...terminal(), name, ...command], {}, "inherit");
    } finally {
      unlink();
      await remove();
    }
  }

  /** One step on the way to a container that runs. What the signal could not remove before it was there is removed after it. */
  async #started(args: readonly string[], signal: AbortSignal, env?: NodeJS.ProcessEnv): Promise<void> {
    signal.throwIfAborted();
    const { code, stderr } = await run(this.name, args, env);
    signal.throwIfAborted();
    if (code !== 0) throw new NotStarted(lastLine(stderr));
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
    signal.throwIfAborted();
    const made = await run(this.name, ["from", "--pull-never", "--name", name, tag]);
    if (made.code !== 0) throw new NotStarted(lastLine(made.stderr));
    const remove = async () => void (await run(this.name, ["rm", name]));
    const tty = command && process.stdin.isTTY && process.stdout.isTTY ? "--terminal" : "--terminal=false";
    const input = command ? "inherit" : "ignore";
    try {
      signal.throwIfAborted();
      return await withExports(request.env, (before, volumes) => {
        const options = [...places(request), ...volumes, tty, name, "--"];
        return attach(this.name, ["run", ...options, ...before, ...(command ?? entrypoint)], {}, input, signal);
      });
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

/** Variables that the engines' programs read themselves: their own environment must not have the container's values of them. */
const THEIRS =
  /^(?:PATH|HOME|USER|TMPDIR|.*_PROXY|(?:DOCKER|BUILDKIT|BUILDX|PODMAN|CONTAINERS?|STORAGE|REGISTRY|XDG|LD|SSL|GO).*)$/i;

interface Passed {
  readonly env: Record<string, string>;
  readonly args: string[];
}

/**
 * Passes variables without their values in the command line, which every user of the machine can read: by name, from the program's
 * environment; and in a file those that would change the program.
 */
async function withVariables<T>(
  env: Readonly<Record<string, string>>,
  use: (passed: Passed) => Promise<T>,
): Promise<T> {
  const all = Object.entries(env);
  const [theirs, others] = [all.filter(([name]) => THEIRS.test(name)), all.filter(([name]) => !THEIRS.test(name))];
  const broken = theirs.find(([, value]) => value.includes("\n"));
  if (broken) throw new NotStarted(`The value of \`${broken[0]}\` has a line end, with which it cannot be passed.`);
  const args = others.flatMap(([name]) => ["--env", name]);
  if (theirs.length === 0) return use({ env: Object.fromEntries(others), args });
  const text = theirs.map(([name, value]) => `${name}=${value}\n`).join("");
  return withPrivateFile(text, (file) => use({ env: Object.fromEntries(others), args: ["--env-file", file, ...args] }));
}

/** The same for Buildah, which takes values from the command line alone: a shell in the container reads them from a file. */
async function withExports<T>(
  env: Readonly<Record<string, string>>,
  use: (before: readonly string[], volumes: readonly string[]) => Promise<T>,
): Promise<T> {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  if (exports.length === 0) return use([], []);
  const before = ["sh", "-c", `. ${EXPORTS}; exec "$@"`, "sh"];
  return withPrivateFile(exports.join(""), (file) => use(before, ["--volume", `${file}:${EXPORTS}:ro`]));
}

const EXPORTS = "/run/pithy-image-variables";

/** A file in a directory that only this user can enter; whoever sees it otherwise, such as the container's user, may read it. */
async function withPrivateFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "pithy-image-"));
  try {
    const file = join(directory, "variables");
    await writeFile(file, text, { mode: 0o644 });
    return await use(file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const terminal = (): string[] => (process.stdin.isTTY && process.stdout.isTTY ? ["--tty"] : []);

const lastLine = (text: string): string =>
  text
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^Error: /, "") ?? "";
