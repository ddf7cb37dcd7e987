/**
 * The calls of an image, and what they take.
 */
import type { ResolvedImage, ResolveOptions, RootOptions } from "./resolved.ts";
import type {
  AddFile,
  AddLocalDir,
  AddLocalFile,
  AptInstall,
  AptRepository,
  CopyFrom,
  DebianSlim,
  Definition,
  MakeDir,
  PipInstall,
  PipInstallFromPyproject,
  PipInstallFromRequirements,
  Playwright,
  RunScript,
  UvPipInstall,
} from "./wire.generated.ts";

/** A Python series that `debianSlim` knows. */
export type PythonSeries = "3.9" | "3.10" | "3.11" | "3.12" | "3.13" | "3.14";

/** Options of `debianSlim`. */
export type DebianSlimOptions = Omit<DebianSlim, "python">;
/** Options of `pipInstall`, those of the Daytona SDK. */
export type PipInstallOptions = Omit<PipInstall, "packages">;
/** Options of `pipInstallFromRequirements`. */
export type PipInstallFromRequirementsOptions = Omit<PipInstallFromRequirements, "source">;
/** Options of `pipInstallFromPyproject`, those of the Daytona SDK. */
export type PipInstallFromPyprojectOptions = Omit<PipInstallFromPyproject, "source">;
/** Options of `uvPipInstall`. */
export type UvPipInstallOptions = Omit<UvPipInstall, "packages">;
/** Options of `playwright`. */
export type PlaywrightOptions = Omit<Playwright, "browsers">;
/** Options of `makeDir`. */
export type MakeDirOptions = Omit<MakeDir, "path">;
/** Options of `copyFrom`. */
export type CopyFromOptions = Pick<CopyFrom, "chown">;
/** Options of `aptInstall`. */
export type AptInstallOptions = Omit<AptInstall, "packages">;
/** Options of `addLocalFile`. */
export type AddLocalFileOptions = Omit<AddLocalFile, "source" | "destination">;
/** Options of `addLocalDir`. */
export type AddLocalDirOptions = Omit<AddLocalDir, "source" | "destination">;
/** Options of `addFile`. */
export type AddFileOptions = Pick<AddFile, "mode" | "chown">;
/** Options of `runScript`. */
export type RunScriptOptions = Omit<RunScript, "script">;

/** The calls that every image has. Each returns a new image; the one it was called on stays as it was. */
export interface ImageBuilder {
  /**
   * Installs Python packages: `RUN python -m pip install --no-cache-dir …`, in the order given, exact duplicates
   * dropped. Neither packages nor `extraOptions`, no instruction.
   *
   * @param packages - Requirement specifiers, one each.
   *
   * @example
   * ```ts
   * image.pipInstall(["numpy<2", "uvicorn[standard]"], { extraIndexUrls: ["https://example.com/simple"] });
   * ```
   */
  pipInstall(packages: string | readonly string[], options?: PipInstallOptions): this;
  /**
   * Installs what a requirements file lists. The file and those that it includes (`-r`, `-c`) are copied to
   * `/.requirements/`. What pip would look for beside the file (`-e .`, `./package`, a wheel) is a problem: it is not in
   * the image.
   *
   * @param source - Path below the root, with `/`; with `inImage`, a path in the image.
   *
   * @example
   * ```ts
   * image.pipInstallFromRequirements("requirements.txt");
   * image.pipInstallFromRequirements("/app/requirements.txt", { inImage: true });
   * ```
   */
  pipInstallFromRequirements(source: string, options?: PipInstallFromRequirementsOptions): this;
  /**
   * Installs the dependencies of a `pyproject.toml`, as `pipInstall` would; the project itself is not installed.
   *
   * @param source - Path below the root, with `/`.
   *
   * @example
   * ```ts
   * image.pipInstallFromPyproject("pyproject.toml", { optionalDependencies: ["dev"] });
   * ```
   */
  pipInstallFromPyproject(source: string, options?: PipInstallFromPyprojectOptions): this;
  /**
   * Installs Python packages by uv, which is installed by pip, in the order given, exact duplicates dropped. Neither
   * packages nor `extraOptions`, no instruction.
   *
   * @param packages - Requirement specifiers, one each.
   *
   * @example
   * ```ts
   * image.uvPipInstall(["numpy<2", "torch"]);
   * ```
   */
  uvPipInstall(packages: string | readonly string[], options?: UvPipInstallOptions): this;
  /**
   * Installs packages of npm for the whole image, in the order given, exact duplicates dropped. No packages, no
   * instruction. The image must have npm: see `nodejs`.
   *
   * @param packages - Package specifiers, one each.
   *
   * @example
   * ```ts
   * image.nodejs(22).npmInstall(["typescript@5", "@openai/codex"]);
   * ```
   */
  npmInstall(packages: string | readonly string[]): this;
  /**
   * Installs Debian packages in one layer that leaves no package lists behind; sorted, duplicates dropped. No packages,
   * no instruction.
   *
   * @param packages - Names, each with an optional `=version` or `:architecture`.
   *
   * @example
   * ```ts
   * image.aptInstall(["git", "curl", "jq"]);
   * ```
   */
  aptInstall(packages: string | readonly string[], options?: AptInstallOptions): this;
  /**
   * Adds a repository of Debian packages for the following `aptInstall`: fetches its key with curl, which is installed
   * for it, to `/etc/apt/keyrings/`, and writes `/etc/apt/sources.list.d/<name>.sources`.
   *
   * @example
   * ```ts
   * image
   *   .aptRepository({
   *     name: "docker",
   *     keyUrl: "https://download.docker.com/linux/debian/gpg",
   *     uri: "https://download.docker.com/linux/debian",
   *     suite: "bookworm",
   *     components: ["stable"],
   *   })
   *   .aptInstall("docker-ce-cli");
   * ```
   */
  aptRepository(repository: AptRepository): this;
  /**
   * Adds Node.js with npm and npx, copied from the official image to `/usr/local`; for images on Debian or Ubuntu.
   *
   * @param version - Such as `22` or `"22.21.1"`.
   *
   * @example
   * ```ts
   * image.nodejs(22);
   * ```
   */
  nodejs(version: number | string): this;
  /**
   * Adds the command `gh` of GitHub, from GitHub's own repository of Debian packages.
   *
   * @example
   * ```ts
   * image.githubCli();
   * ```
   */
  githubCli(): this;
  /**
   * Adds Playwright for Python with browsers and the Debian packages that they need, in `/ms-playwright`.
   *
   * @param browsers - Any of `chromium`, `chromium-headless-shell`, `firefox` and `webkit`; `["chromium"]` when not given.
   *
   * @example
   * ```ts
   * image.playwright(["chromium", "firefox"]);
   * ```
   */
  playwright(browsers?: readonly string[], options?: PlaywrightOptions): this;
  /**
   * Adds a file from below the root: `COPY ["ctx/<digest>/<name>", "<destination>"]`.
   *
   * @param source - Path below the root, with `/`.
   * @param destination - Path in the image; with a `/` at its end, the directory to put the file in.
   *
   * @example
   * ```ts
   * image.addLocalFile("daytona/execution.sh", "/app/execution.sh", { mode: 0o755 });
   * ```
   */
  addLocalFile(source: string, destination: string, options?: AddLocalFileOptions): this;
  /**
   * Adds what is in a directory below the root, with its links, empty directories and executable bits, but for what
   * ignore rules leave out: those of `ignoreFile`, or else of `.dockerignore` in the root, then those of `exclude`.
   *
   * @param source - Path below the root, with `/`; `.` is the root itself.
   * @param destination - Directory in the image that takes the entries.
   *
   * @example
   * ```ts
   * image.addLocalDir("src", "/srv/app", { exclude: ["**\/*.test.ts"], chown: "node:node" });
   * ```
   */
  addLocalDir(source: string, destination: string, options?: AddLocalDirOptions): this;
  /**
   * Adds a file whose content is given here.
   *
   * @example
   * ```ts
   * image.addFile("/etc/motd", "Be kind.\n");
   * ```
   */
  addFile(destination: string, content: string | Uint8Array, options?: AddFileOptions): this;
  /**
   * Makes a symbolic link. It takes the place of a file or link, never that of a directory.
   *
   * @param target - What the link points to, as it is written; it need not exist.
   * @param path - Path of the link in the image; its directory must exist.
   *
   * @example
   * ```ts
   * image.symlink("/usr/bin/python3", "/usr/local/bin/py");
   * ```
   */
  symlink(target: string, path: string): this;
  /**
   * Makes a directory in the image, with all above it. One that exists stays as it is, but for mode and owner if they
   * are given.
   *
   * @example
   * ```ts
   * image.makeDir("/workspace", { chown: "1000:1000" });
   * ```
   */
  makeDir(path: string, options?: MakeDirOptions): this;
  /**
   * Declares another image, built beside this one, to take files from with `copyFrom`: a build stage, `FROM … AS <name>`.
   * Its `cmd` and `entrypoint` do not count.
   *
   * @param name - Lower-case letters, digits, `_`, `.` and `-`, a letter first.
   *
   * @example
   * ```ts
   * const web = Image.base("node:22-slim").addLocalDir("web", "/web").workdir("/web").runCommands("npm ci && npm run build");
   * image.stage("web", web).copyFrom("web", "/web/dist", "/srv/web");
   * ```
   */
  stage(name: string, image: { toJSON(): Definition }): this;
  /**
   * Copies files of a stage or of any image. Of a directory, what is in it is copied.
   *
   * @param from - Name of a stage, or else an image with a tag or digest.
   * @param source - Absolute path there; nothing in it is a pattern or a variable.
   * @param destination - Path in the image; with a `/` at its end, the directory to put a file in under its own name.
   *
   * @example
   * ```ts
   * image.copyFrom("golang:1.25-bookworm", "/usr/local/go", "/usr/local/go");
   * ```
   */
  copyFrom(from: string, source: string, destination: string, options?: CopyFromOptions): this;
  /**
   * Runs commands, each in a layer of its own: a string is a line for the image's shell, a list is a program and its
   * arguments, which no shell reads.
   *
   * @example
   * ```ts
   * image.runCommands("make && make install", ["git", "config", "--global", "user.name", "O'Brien"]);
   * ```
   */
  runCommands(...commands: readonly (string | readonly string[])[]): this;
  /**
   * Runs a script of any number of lines in one layer; it ends at the first line that fails.
   *
   * @example
   * ```ts
   * image.runScript(`
   * curl -fsSL https://example.com/tool.tgz -o /tmp/tool.tgz
   * tar -xzf /tmp/tool.tgz -C /usr/local
   * `);
   * ```
   */
  runScript(script: string, options?: RunScriptOptions): this;
  /**
   * Sets the shell of the following command lines. Steps of other kinds use it, too, so that it must be a POSIX shell.
   *
   * @param command - Program and arguments that take a line as their last argument.
   *
   * @example
   * ```ts
   * image.shell(["/bin/bash", "-o", "pipefail", "-c"]).runCommands("curl -fsSL https://example.com/a.tgz | tar -xz");
   * ```
   */
  shell(command: readonly string[]): this;
  /**
   * Sets a variable for the following commands of the build, and not for the sandbox: `ARG NAME="value"`. Daytona passes
   * no build arguments, so that the default is the value.
   *
   * @example
   * ```ts
   * image.arg("DEBIAN_FRONTEND", "noninteractive");
   * ```
   */
  arg(name: string, value: string): this;
  /**
   * Sets environment variables: `ENV KEY="value" …`, sorted by key. Values are literal: nothing is expanded.
   *
   * @example
   * ```ts
   * image.env({ LANG: "C.UTF-8", PRICE: "$5" });
   * ```
   */
  env(variables: Readonly<Record<string, string>>): this;
  /**
   * Puts a directory first in the image's `PATH`.
   *
   * @example
   * ```ts
   * image.pathPrepend("/opt/tool/bin");
   * ```
   */
  pathPrepend(directory: string): this;
  /**
   * Sets the directory of the following steps and of the sandbox; made if it does not exist.
   *
   * @example
   * ```ts
   * image.workdir("/app");
   * ```
   */
  workdir(path: string): this;
  /**
   * Sets the user of the following steps and of the sandbox.
   *
   * @param user - Name or number, with an optional `:group`.
   *
   * @example
   * ```ts
   * image.user("node");
   * ```
   */
  user(user: string): this;
  /**
   * Labels the image: `LABEL "key"="value" …`, sorted by key.
   *
   * @example
   * ```ts
   * image.label({ "org.opencontainers.image.source": "https://example.com/repo" });
   * ```
   */
  label(labels: Readonly<Record<string, string>>): this;
  /**
   * Names the ports that the image listens on, for people and tools to read; Daytona opens none for it. Exact duplicates
   * are dropped.
   *
   * @param ports - Ports or ranges of ports, each with an optional `/tcp` or `/udp`.
   *
   * @example
   * ```ts
   * image.expose(8080, "53/udp");
   * ```
   */
  expose(...ports: readonly (number | string)[]): this;
  /**
   * Adds one instruction of a Dockerfile, as it is written: for what no other call says. Checked to be exactly one; `FROM`,
   * `COPY` and `ADD` of local files, `WORKDIR`, `SHELL`, `CMD` and `ENTRYPOINT` have calls of their own.
   *
   * @example
   * ```ts
   * image.raw("HEALTHCHECK CMD curl -f http://localhost:8080/");
   * ```
   */
  raw(instruction: string): this;
  /**
   * Sets the program that the sandbox starts with; the last call wins. Without one Daytona runs `sleep infinity`.
   *
   * @example
   * ```ts
   * image.entrypoint(["sleep", "infinity"]);
   * ```
   */
  entrypoint(command: readonly string[]): this;
  /**
   * Sets the default command of the image; the last call wins. Daytona ignores it; other users of the image do not.
   *
   * @example
   * ```ts
   * image.cmd(["bash"]);
   * ```
   */
  cmd(command: readonly string[]): this;
  /**
   * Makes the image a new one although nothing in the definition changed, so that packages are fetched anew.
   *
   * @example
   * ```ts
   * image.refresh("2026-12-01");
   * ```
   */
  refresh(token: string): this;

  /**
   * The Dockerfile, to the byte as it would be sent.
   *
   * @throws PithyImageError with everything that is wrong with the definition or its files.
   */
  toDockerfile(options?: RootOptions): string;
  /** The definition as plain data, for `JSON.stringify` and `Image.fromJSON`. It names local files and holds none. */
  toJSON(): Definition;
  /**
   * Reads the local files and makes the Dockerfile, off the event loop.
   *
   * @throws PithyImageError with everything that is wrong with the definition or its files.
   *
   * @example
   * ```ts
   * const { imageDigest, files } = await image.resolve({ root: "..", signal: AbortSignal.timeout(10_000) });
   * ```
   */
  resolve(options?: ResolveOptions): Promise<ResolvedImage>;
  /** {@link ImageBuilder.resolve} while everything waits. */
  resolveSync(options?: RootOptions): ResolvedImage;
}

/** Where images begin. */
export interface ImageStatics<Instance> {
  /**
   * Begins with any image.
   *
   * @example
   * ```ts
   * Image.base("node:22-slim");
   * ```
   */
  base(image: string): Instance;
  /**
   * Begins with the official slim Python image on Debian 12, and a layer with compilers, as the Daytona SDK does.
   *
   * @param python - Series; `3.13` when not given.
   * @param options - `{ buildTools: false }` leaves the layer out.
   *
   * @example
   * ```ts
   * Image.debianSlim("3.12", { buildTools: false });
   * ```
   */
  debianSlim(python?: PythonSeries, options?: DebianSlimOptions): Instance;
  /**
   * Reads a definition.
   *
   * @throws PithyImageError with everything that is wrong with it.
   *
   * @example
   * ```ts
   * Image.fromJSON(JSON.stringify(image));
   * ```
   */
  fromJSON(definition: string | Definition): Instance;
  /**
   * An image of this class with the steps of any other.
   *
   * @example
   * ```ts
   * Bound.from(buildPithyJauntImage());
   * ```
   */
  from(image: { toJSON(): Definition }): Instance;
}

/** A class of images. Its instances are made by its static functions alone. */
export interface ImageClass<Instance> extends ImageStatics<Instance> {
  readonly prototype: Instance;
  /** Whether a value is an image of this class. */
  [Symbol.hasInstance](value: unknown): value is Instance;
}
