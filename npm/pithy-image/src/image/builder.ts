/** The calls of every image: those that record steps, and those that use the image. */
import { host } from "#host";
import { unwrap } from "../core/backend.ts";
import type { LocalFile } from "../files/local-file.ts";
import { isBytes } from "../shared/check.ts";
import { type Finding, located } from "../shared/errors.ts";
import type { AnyImage, LintOptions, ResolveFilesOptions, ResolveOptions, RootOptions } from "../shared/types.ts";
import type {
  AddLocalDir,
  AddLocalFile,
  AptRepository,
  Definition,
  Outline,
  PipInstallFromPyproject,
  PipInstallFromRequirements,
  RuleCode,
} from "../shared/wire.generated.ts";
import {
  base64,
  checkOptions,
  definitionOf,
  fields,
  list,
  numberAsText,
  pairs,
  refuseImage,
  withoutStrictContext,
} from "./arguments.ts";
import { LINT_OPTIONS } from "./lint.ts";
import { type Baseline, checkBaseline, type Plan } from "./plan.ts";
import {
  absoluteRootOf,
  callSitesOf,
  extended,
  recordedSteps,
  rooted,
  sitesOf,
  textOf,
  use,
  useFor,
} from "./recording.ts";
import { RESOLVE_OPTIONS, ROOT_OPTIONS } from "./resolve-options.ts";
import { type ResolvedImage, resolveDefinition, resolveDefinitionSync, resolveGivenFiles } from "./resolved.ts";
import type { Calls, ImageStatics } from "./statics.ts";
import type {
  AddFileOptions,
  AddLocalDirOptions,
  AddLocalFileOptions,
  AptInstallOptions,
  CopyFromOptions,
  DockerfileCommandsOptions,
  MakeDirOptions,
  PipInstallFromPyprojectOptions,
  PipInstallFromRequirementsOptions,
  PipInstallOptions,
  PlaywrightOptions,
  RunScriptOptions,
  StepName,
  UvPipInstallOptions,
} from "./step-options.ts";

/**
 * The calls that every image has. Each returns a new image; the one it was called on stays as it was.
 *
 * @example
 * ```ts
 * const withTools = <T extends ImageBuilder>(image: T): T => image.aptInstall(["git", "curl"]);
 * withTools(Image.base("debian:12-slim")).workdir("/app");
 * // RUN … curl git && rm -rf /var/lib/apt/lists/*
 * // WORKDIR /app
 * ```
 */
export abstract class ImageBuilder implements Calls<Exclude<StepName, keyof ImageStatics<never>>> {
  /**
   * Installs Python packages in your order, without exact duplicates: `RUN python -m pip install --no-cache-dir …`.
   * Nothing is emitted if there are neither packages nor `extraOptions`.
   *
   * @param packages - Requirement specifiers, one each.
   *
   * @example
   * ```ts
   * image.pipInstall(["numpy<2", "uvicorn[standard]"], { indexUrl: "https://example.com/simple" });
   * // RUN python -m pip install --no-cache-dir --index-url https://example.com/simple 'numpy<2' 'uvicorn[standard]'
   * ```
   */
  pipInstall(packages: string | readonly string[], options?: PipInstallOptions): this {
    return extended(this, { pipInstall: fields({ packages: list(packages) }, options) });
  }

  /**
   * Installs what a requirements file lists: the file and those that it includes (`-r`, `-c`) are copied to
   * `/.requirements/`, under their paths below the root, then `RUN python -m pip install --no-cache-dir -r …`. What pip
   * would look for beside the file (`-e .`, `./package`, a wheel) is a problem, since it is not in the image; so is a file
   * that includes itself.
   *
   * @param source - Path of a file below the root: relative to it, absolute, with `~`, or a `file:` URL; with `inImage`, a
   *   path in the image.
   *
   * @example
   * ```ts
   * image.pipInstallFromRequirements("requirements.txt");
   * // COPY ["ctx/…/requirements.txt", "/.requirements/requirements.txt"]
   * // RUN python -m pip install --no-cache-dir -r /.requirements/requirements.txt
   * image.pipInstallFromRequirements("/app/requirements.txt", { inImage: true });
   * // RUN python -m pip install --no-cache-dir -r /app/requirements.txt
   * ```
   */
  pipInstallFromRequirements(source: string | URL, options?: PipInstallFromRequirementsOptions): this {
    return extended(this, { pipInstallFromRequirements: fields({ source }, options) as PipInstallFromRequirements });
  }

  /**
   * Installs the dependencies that a `pyproject.toml` lists, and not the project itself: `RUN python -m pip install
   * --no-cache-dir …`. The indexes of uv, Poetry and PDM, and uv's constraints, are passed to pip as far as it has
   * options for them; what it has none for is a problem. An option of the call takes the place of what the file says,
   * and `indexUrl` that of all its indexes.
   *
   * @param source - Path of a file below the root: relative to it, absolute, with `~`, or a `file:` URL.
   *
   * @example
   * ```ts
   * image.pipInstallFromPyproject("pyproject.toml", { optionalDependencies: ["plot"], dependencyGroups: ["dev"] });
   * // RUN python -m pip install --no-cache-dir httpx matplotlib pytest
   * ```
   */
  pipInstallFromPyproject(source: string | URL, options?: PipInstallFromPyprojectOptions): this {
    return extended(this, { pipInstallFromPyproject: fields({ source }, options) as PipInstallFromPyproject });
  }

  /**
   * Installs Python packages by uv, in your order, without exact duplicates: `RUN python -m pip install --no-cache-dir
   * uv==… && python -m uv pip install --system --no-cache …`. Nothing is emitted if there are neither packages nor
   * `extraOptions`.
   *
   * @param packages - Requirement specifiers, one each.
   *
   * @example
   * ```ts
   * image.uvPipInstall("torch", { uvVersion: "0.13.9" });
   * // RUN python -m pip install --no-cache-dir uv==0.13.9 && python -m uv pip install --system --no-cache torch
   * ```
   */
  uvPipInstall(packages: string | readonly string[], options?: UvPipInstallOptions): this {
    return extended(this, { uvPipInstall: fields({ packages: list(packages) }, options) });
  }

  /**
   * Installs npm packages for the whole image, in your order, without exact duplicates: `RUN npm install --global …`.
   * Nothing is emitted if there are no packages. The image must have npm: see `nodejs`.
   *
   * @param packages - Package specifiers, one each.
   *
   * @example
   * ```ts
   * image.nodejs(22).npmInstall(["typescript@5", "@openai/codex"]);
   * // RUN npm install --global --no-audit --no-fund typescript@5 …
   * ```
   */
  npmInstall(packages: string | readonly string[]): this {
    return extended(this, { npmInstall: { packages: list(packages) } });
  }

  /**
   * Installs Debian packages, sorted and without duplicates, in one layer that leaves no package lists behind: `RUN
   * apt-get update && … apt-get install -y --no-install-recommends … && rm -rf /var/lib/apt/lists/*`. Nothing is
   * emitted if there are no packages. One package with two versions or suites is a problem; a name alone adds nothing to
   * the same one with a version.
   *
   * @param packages - Names, each with an optional `=version`, `/suite` or `:architecture`; or paths of `.deb` files in the image.
   *
   * @example
   * ```ts
   * image.aptInstall(["jq", "git", "curl"]);
   * // RUN apt-get update && … --no-install-recommends curl git jq && rm -rf /var/lib/apt/lists/*
   * image.aptInstall("ffmpeg", { recommends: true });
   * // RUN apt-get update && … apt-get install -y ffmpeg && rm -rf /var/lib/apt/lists/*
   * ```
   */
  aptInstall(packages: string | readonly string[], options?: AptInstallOptions): this {
    return extended(this, { aptInstall: fields({ packages: list(packages) }, options) });
  }

  /**
   * Adds a repository of Debian packages for the following `aptInstall`: a layer that fetches its key to
   * `/etc/apt/keyrings/`, with curl, which is installed for it, and writes `/etc/apt/sources.list.d/<name>.sources`.
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
   * // RUN … > /etc/apt/sources.list.d/docker.sources && rm -rf /var/lib/apt/lists/*
   * // RUN … docker-ce-cli && rm -rf /var/lib/apt/lists/*
   * ```
   */
  aptRepository(repository: AptRepository): this {
    return extended(this, { aptRepository: fields({}, repository) as AptRepository });
  }

  /**
   * Adds Node.js with npm and npx to an image on Debian or Ubuntu: a layer that removes an npm that is there already,
   * `COPY --from=node:<version>-bookworm-slim …` to `/usr/local`, then one layer that makes the links to npm and npx,
   * and tries them; from version 25 on it installs Debian's `libatomic1` too. What npm has installed stays.
   *
   * @param version - Such as `22` or `"22.21.1"`.
   *
   * @example
   * ```ts
   * image.nodejs(22);
   * // RUN rm -rf /usr/local/lib/node_modules/npm …
   * // COPY --from=node:22-bookworm-slim ["/usr/local/bin/node", "/usr/local/bin/node"]
   * // COPY --from=node:22-bookworm-slim ["/usr/local/lib/node_modules/", "/usr/local/lib/node_modules/"]
   * // RUN cd /usr/local/bin && ln -sf …
   * ```
   */
  nodejs(version: number | string): this {
    return extended(this, { nodejs: { version: numberAsText(version) } });
  }

  /**
   * Adds GitHub's command `gh`: a layer that adds GitHub's own repository of Debian packages, and installs it from
   * there.
   *
   * @example
   * ```ts
   * image.githubCli();
   * // RUN … 'URIs: https://cli.github.com/packages' … --no-install-recommends gh && …
   * ```
   */
  githubCli(): this {
    return extended(this, { githubCli: {} });
  }

  /**
   * Adds Playwright for Python with browsers and the Debian packages that they need: `ENV
   * PLAYWRIGHT_BROWSERS_PATH="/ms-playwright"`, then one layer.
   *
   * @param browsers - Any of `chromium`, `chromium-headless-shell`, `firefox` and `webkit`; `["chromium"]` when not given.
   *
   * @example
   * ```ts
   * image.playwright(["chromium", "firefox"], { version: "1.65.2" });
   * // ENV PLAYWRIGHT_BROWSERS_PATH="/ms-playwright"
   * // RUN … playwright==1.65.2 && python -m playwright install --with-deps chromium firefox && …
   * ```
   */
  playwright(browsers?: string | readonly string[], options?: PlaywrightOptions): this {
    return extended(this, { playwright: fields({ browsers: list(browsers ?? []) }, options) });
  }

  /**
   * Adds a file from below the root: `COPY ["ctx/<digest>/<name>", "<destination>"]`. One with a mode or a name that
   * cannot be sent as it is comes from a tar: `COPY --from=pithy-files ["/<digest>/<name>", "<destination>"]`.
   *
   * @param source - Path of a file below the root: relative to it, absolute, with `~`, or a `file:` URL.
   * @param destination - Path in the image; with a `/` at its end, the directory to put the file in.
   *
   * @example
   * ```ts
   * image.addLocalFile("daytona/execution.sh", "/app/execution.sh", { mode: 0o755 });
   * // COPY ["ctx/…/execution.sh", "/app/execution.sh"]
   * image.addLocalFile("daytona/execution.sh", "/app/", { mode: 0o700, chown: "1000:1000" });
   * // COPY --from=pithy-files --chown=1000:1000 ["/…/execution.sh", "/app/execution.sh"]
   * ```
   */
  addLocalFile(source: string | URL, destination: string, options?: AddLocalFileOptions): this {
    return extended(this, { addLocalFile: fields({ source, destination }, options) as AddLocalFile });
  }

  /**
   * Adds what is in a directory below the root, with its links, empty directories and executable bits: `COPY
   * --from=pithy-files ["/<digest>/", "<destination>/"]`. Ignore rules leave entries out: `.git`, then those of
   * `ignoreFile`, or else of `.dockerignore` in the root, then those of `exclude`; one that begins with `!` takes in again.
   *
   * @param source - Path of a directory below the root: relative to it, absolute, with `~`, or a `file:` URL; `.` is the root
   *   itself.
   * @param destination - Directory in the image that takes the entries.
   *
   * @example
   * ```ts
   * image.addLocalDir("src", "/srv/app", { exclude: ["**\/*.test.ts"], chown: "node:node" });
   * // ADD ["ctx/…/tree.tar", "/…/"]
   * // COPY --from=pithy-files --chown=node:node ["/…/", "/srv/app/"]
   * ```
   */
  addLocalDir(source: string | URL, destination: string, options?: AddLocalDirOptions): this {
    return extended(this, { addLocalDir: fields({ source, destination }, options) as AddLocalDir });
  }

  /**
   * Adds a file whose content is given here: `COPY ["ctx/<digest>/<name>", "<destination>"]`, as for a local one.
   *
   * @example
   * ```ts
   * image.addFile("/etc/motd", "Be kind.\n");
   * // COPY ["ctx/…/motd", "/etc/motd"]
   * image.addFile("/app/logo.bin", new Uint8Array([1, 2, 3]), { chown: "node" });
   * // COPY --chown=node ["ctx/…/logo.bin", "/app/logo.bin"]
   * ```
   */
  addFile(destination: string, content: string | Uint8Array, options?: AddFileOptions): this {
    const given = isBytes(content) ? { base64: base64(content) } : { text: content };
    return extended(this, { addFile: fields({ destination, ...given }, options) });
  }

  /**
   * Makes a symbolic link: `RUN ["ln", "-sfT", "--", "<target>", "<path>"]`. It replaces a file or link, never a
   * directory.
   *
   * @param target - What the link points to, as it is written; it need not exist.
   * @param path - Path of the link in the image; its directory must exist.
   *
   * @example
   * ```ts
   * image.symlink("/usr/bin/python3", "/usr/local/bin/py");
   * // RUN ["ln", "-sfT", "--", "/usr/bin/python3", "/usr/local/bin/py"]
   * ```
   */
  symlink(target: string, path: string): this {
    return extended(this, { symlink: { target, path } });
  }

  /**
   * Makes a directory in the image, with its parents: `RUN mkdir -p …`, then its mode and owner if they are given. One
   * that exists keeps everything else.
   *
   * @example
   * ```ts
   * image.makeDir("/workspace", { mode: 0o750, chown: "1000:1000" });
   * // RUN mkdir -p /workspace && chmod 0750 /workspace && chown 1000:1000 /workspace
   * ```
   */
  makeDir(path: string, options?: MakeDirOptions): this {
    return extended(this, { makeDir: fields({ path }, options) });
  }

  /**
   * Declares another image, built beside this one, to copy files from with `copyFrom`: a build stage, `FROM … AS
   * <name>`. Its `cmd` and `entrypoint` do not count, and it has the `refresh` of this image unless it has its own. One
   * name may be declared again by an image that comes out the same.
   *
   * @param name - Lower-case letters, digits, `_`, `.` and `-`, a letter first.
   *
   * @example
   * ```ts
   * const web = Image.base("node:22-slim").addLocalDir("web", "/web").workdir("/web").runCommands("npm run build");
   * image.stage("web", web).copyFrom("web", "/web/dist", "/srv/web");
   * // FROM node:22-slim AS web
   * // RUN npm run build
   * // FROM …
   * // COPY --from=web ["/web/dist", "/srv/web"]
   * ```
   */
  stage(name: string, image: AnyImage): this {
    return extended(this, { stage: { name, steps: recordedSteps(image, this) ?? definitionOf(image).steps } }, image);
  }

  /**
   * Copies files from a stage or from any image: `COPY --from=<from> ["<source>", "<destination>"]`. Of a directory,
   * what is in it is copied.
   *
   * @param from - Name of a stage, or else an image with a tag or digest.
   * @param source - Absolute path there; nothing in it is a pattern or a variable.
   * @param destination - Path in the image; with a `/` at its end, the directory to put a file in under its own name.
   *
   * @example
   * ```ts
   * image.copyFrom("golang:1.25-bookworm", "/usr/local/go", "/usr/local/go", { chown: "node" });
   * // COPY --from=golang:1.25-bookworm --chown=node ["/usr/local/go", "/usr/local/go"]
   * ```
   */
  copyFrom(from: string, source: string, destination: string, options?: CopyFromOptions): this {
    refuseImage(from);
    return extended(this, { copyFrom: fields({ from, source, destination }, options) });
  }

  /**
   * Runs commands, each in a layer of its own: a string is a line for the image's shell (`RUN …`), a list is a program
   * and its arguments, which no shell reads (`RUN ["…", "…"]`).
   *
   * @example
   * ```ts
   * image.runCommands("make && make install", ["git", "config", "--global", "user.name", "O'Brien"]);
   * // RUN make && make install
   * // RUN ["git", "config", "--global", "user.name", "O'Brien"]
   * ```
   */
  runCommands(...commands: readonly (string | readonly string[])[]): this {
    return extended(this, { runCommands: { commands: commands as (string | string[])[] } });
  }

  /**
   * Runs a script of any number of lines in one layer, which ends at the first line that fails: `RUN ["/bin/sh", "-e",
   * "-c", "…"]`.
   *
   * @example
   * ```ts
   * image.runScript(`
   * curl -fsSL https://example.com/tool.tgz -o /tmp/tool.tgz
   * tar -xzf /tmp/tool.tgz -C /usr/local
   * `);
   * // RUN ["/bin/sh", "-e", "-c", "curl … -o /tmp/tool.tgz\ntar -xzf /tmp/tool.tgz -C /usr/local"]
   * image.runScript("print('hello')", { shell: ["python", "-c"] });
   * // RUN ["python", "-c", "print('hello')"]
   * ```
   */
  runScript(script: string, options?: RunScriptOptions): this {
    return extended(this, { runScript: fields({ script }, options) });
  }

  /**
   * Sets the shell of the following command lines: `SHELL ["…"]`. Steps of other kinds use it too, so it must be a
   * POSIX shell.
   *
   * @param command - Program and arguments that take a line as their last argument.
   *
   * @example
   * ```ts
   * image.shell(["/bin/bash", "-o", "pipefail", "-c"]).runCommands("curl -fsSL https://example.com/a.tgz | tar -xz");
   * // SHELL ["/bin/bash", "-o", "pipefail", "-c"]
   * // RUN curl -fsSL https://example.com/a.tgz | tar -xz
   * ```
   */
  shell(command: readonly string[]): this {
    return extended(this, { shell: { command: command as string[] } });
  }

  /**
   * Sets a variable for the following commands of the build, not for the sandbox: `ARG NAME="value"`. Daytona passes no
   * build arguments, so the default is the value.
   *
   * @example
   * ```ts
   * image.arg("DEBIAN_FRONTEND", "noninteractive");
   * // ARG DEBIAN_FRONTEND="noninteractive"
   * ```
   */
  arg(name: string, value: string): this {
    return extended(this, { arg: { name, value } });
  }

  /**
   * Sets environment variables, sorted by name: `ENV NAME="value" …`. Values are literal: nothing is expanded. Nothing
   * is emitted if there are none.
   *
   * @example
   * ```ts
   * image.env({ PRICE: "$5", LANG: "C.UTF-8" });
   * // ENV LANG="C.UTF-8" PRICE="\$5"
   * ```
   */
  env(variables: Readonly<Record<string, string>>): this {
    return extended(this, { env: { variables: pairs(variables) } });
  }

  /**
   * Puts a directory first in the image's `PATH`: `ENV PATH="<directory>:$PATH"`.
   *
   * @example
   * ```ts
   * image.pathPrepend("/opt/tool/bin");
   * // ENV PATH="/opt/tool/bin:$PATH"
   * ```
   */
  pathPrepend(directory: string): this {
    return extended(this, { pathPrepend: { directory } });
  }

  /**
   * Sets the directory of the following steps and of the sandbox: `WORKDIR <path>`. It is made if it does not exist.
   *
   * @example
   * ```ts
   * image.workdir("/app");
   * // WORKDIR /app
   * ```
   */
  workdir(path: string): this {
    return extended(this, { workdir: { path } });
  }

  /**
   * Sets the user of the following steps and of the sandbox: `USER <user>`.
   *
   * @param user - Name or number, with an optional `:group`.
   *
   * @example
   * ```ts
   * image.user("node");
   * // USER node
   * ```
   */
  user(user: string): this {
    return extended(this, { user: { user } });
  }

  /**
   * Labels the image, sorted by key: `LABEL "key"="value" …`. Values are literal. Nothing is emitted if there are no
   * labels.
   *
   * @example
   * ```ts
   * image.label({ "org.opencontainers.image.source": "https://example.com/repo" });
   * // LABEL "org.opencontainers.image.source"="https://example.com/repo"
   * ```
   */
  label(labels: Readonly<Record<string, string>>): this {
    return extended(this, { label: { labels: pairs(labels) } });
  }

  /**
   * Documents the ports that the image listens on, sorted and without duplicates: `EXPOSE 53/udp 8080`. Daytona does
   * not open them.
   *
   * @param ports - Ports or ranges of ports, each with an optional `/tcp` or `/udp`.
   *
   * @example
   * ```ts
   * image.expose(8080, "53/udp");
   * // EXPOSE 53/udp 8080
   * ```
   */
  expose(...ports: readonly (number | string)[]): this {
    return extended(this, { expose: { ports: list(ports as readonly string[]).map(numberAsText) } });
  }

  /**
   * Declares directories whose content does not belong to the image: `VOLUME ["<path>", …]`, each once. Put it after
   * the steps that write there: the legacy engine drops what later ones write. Nothing is emitted if there are no
   * paths.
   *
   * @param paths - Absolute paths.
   *
   * @example
   * ```ts
   * image.volume(["/data"]);
   * // VOLUME ["/data"]
   * ```
   */
  volume(paths: string | readonly string[]): this {
    return extended(this, { volume: { paths: list(paths) } });
  }

  /**
   * Adds one instruction of a Dockerfile as it is written, for what no other call covers. It is checked to be exactly
   * one, and one that Docker takes; `FROM`, `COPY` and `ADD` of local files, `SHELL`, `CMD` and `ENTRYPOINT` have calls
   * of their own.
   *
   * @example
   * ```ts
   * image.raw("HEALTHCHECK CMD curl -f http://localhost:8080/");
   * // HEALTHCHECK CMD curl -f http://localhost:8080/
   * ```
   */
  raw(instruction: string): this {
    return extended(this, { raw: { instruction } });
  }

  /**
   * Adds instructions of a Dockerfile as they are written. Local files that `COPY`, `ADD` and `RUN --mount=type=bind` name are
   * sent, as with `Image.fromDockerfile`; a `CMD` or `ENTRYPOINT` in the form of a list is as if `cmd` or `entrypoint` said it.
   *
   * @param commands - Instructions; one may have several lines.
   * @param contextDir - The build context that local sources are in, a directory below the root; the root itself when not given.
   *
   * @example
   * ```ts
   * image.dockerfileCommands(["COPY --chown=node web /srv", "USER node"]);
   * // COPY --from=pithy-files --chown=node /…/web /srv
   * // USER node
   * ```
   */
  dockerfileCommands(
    commands: string | readonly string[],
    contextDir?: string | URL,
    options?: DockerfileCommandsOptions,
  ): this {
    const context = contextDir === undefined || contextDir === "" ? {} : { context: contextDir as string };
    const given = { commands: list(commands), ...context };
    return extended(this, { dockerfileCommands: fields(given, withoutStrictContext(options)) });
  }

  /**
   * Sets the program that the sandbox starts with: `ENTRYPOINT ["…"]`, always the last line. The last call wins;
   * without one Daytona runs `sleep infinity`.
   *
   * @example
   * ```ts
   * image.entrypoint(["sleep", "infinity"]);
   * // ENTRYPOINT ["sleep", "infinity"]
   * ```
   */
  entrypoint(command: readonly string[]): this {
    return extended(this, { entrypoint: { command: command as string[] } });
  }

  /**
   * Sets the default command of the image: `CMD ["…"]`. The last call wins. Daytona ignores it; other users of the
   * image do not.
   *
   * @example
   * ```ts
   * image.cmd(["bash"]);
   * // CMD ["bash"]
   * ```
   */
  cmd(command: readonly string[]): this {
    return extended(this, { cmd: { command: command as string[] } });
  }

  /**
   * Makes the image a new one although nothing in the definition changed, so that packages are fetched again: `ARG
   * PITHY_IMAGE_REFRESH="<token>"` right after `FROM`. The last call wins.
   *
   * @example
   * ```ts
   * image.refresh("2026-12-01");
   * // ARG PITHY_IMAGE_REFRESH="2026-12-01"
   * ```
   */
  refresh(token: string): this {
    return extended(this, { refresh: { token } });
  }

  /**
   * Silences a lint rule for the step before it; if a finding is about the whole image, for that. It emits nothing, so that the
   * image and its key stay the same.
   *
   * @example
   * ```ts
   * image.runCommands("chmod 777 /scratch").silence("world_writable", "Every agent's user writes there.");
   * // RUN chmod 777 /scratch
   * ```
   */
  silence(code: RuleCode, reason: string): this {
    return extended(this, { silence: { code, reason } });
  }

  /**
   * The Dockerfile, exactly as it would be sent.
   *
   * @throws PithyImageError with everything that is wrong with the definition or its files.
   *
   * @example
   * ```ts
   * Image.base("node:22-slim").workdir("/app").toDockerfile();
   * // FROM node:22-slim
   * // WORKDIR /app
   * ```
   */
  toDockerfile(options?: RootOptions): string {
    return this.resolveSync(options).dockerfile;
  }

  /**
   * The definition as plain data, for `JSON.stringify` and `Image.fromJSON`. It names local files, by their paths below the
   * root, and holds none.
   *
   * @example
   * ```ts
   * JSON.stringify(Image.base("node:22-slim").workdir("/app"));
   * // {"format":"pithy-image/1",…,"steps":[{"base":{"image":"node:22-slim"}},{"workdir":{"path":"/app"}}]}
   * ```
   */
  toJSON(): Definition {
    return JSON.parse(usedText(this)) as Definition;
  }

  /**
   * Reads the local files and generates the Dockerfile, without blocking the event loop.
   *
   * @throws PithyImageError with everything that is wrong with the definition or its files.
   *
   * @example
   * ```ts
   * const resolved = await image.addLocalDir("src", "/app").resolve({ signal: AbortSignal.timeout(10_000) });
   * console.log(resolved.imageDigest, resolved.files.length);
   * ```
   */
  async resolve(options?: ResolveOptions): Promise<ResolvedImage> {
    const { strict, ...rest } = rooted(this, options, RESOLVE_OPTIONS);
    return useFor(this, strict, async () => {
      const definition = textOf(this, () => rest.root);
      return resolveDefinition(definition, rest, callSitesOf(this));
    });
  }

  /**
   * Reads the local files, and returns what lint rules find in the image: see `docs/rules`. Without options, that is what
   * {@link ResolvedImage.findings} has.
   *
   * @throws PithyImageError with everything that is wrong with the definition or its files.
   *
   * @example
   * ```ts
   * const findings = await image.lint({ pedantic: true, rules: { unpinned_base: "error" } });
   * const errors = findings.filter(({ severity }) => severity === "error");
   * ```
   */
  async lint(options?: LintOptions): Promise<Finding[]> {
    checkOptions(options, LINT_OPTIONS);
    const { rules, pedantic, ...rest } = options ?? {};
    return (await this.resolve(rest)).lint({ rules, pedantic });
  }

  /**
   * {@link ImageBuilder.resolve}, blocking.
   *
   * @example
   * ```ts
   * image.resolveSync().snapshotRef;
   * // daytona-…:daytona
   * ```
   */
  resolveSync(options?: RootOptions): ResolvedImage {
    const { root } = rooted(this, options, ROOT_OPTIONS);
    use(this);
    const definition = textOf(this, () => root);
    return resolveDefinitionSync(definition, root, callSitesOf(this));
  }

  /**
   * {@link ImageBuilder.resolve} against files that are passed in, instead of a disk: files that were picked or dropped in a
   * browser, or bytes. Large ones are read in parts, in a browser by a worker; the digests are the same as for a disk.
   *
   * @param files - Files, handles of the browser's file system, or paths and bytes.
   *
   * @throws PithyImageError with everything that is wrong with the definition or the files.
   *
   * @example
   * ```ts
   * const bytes = new TextEncoder().encode("#!/bin/sh\n");
   * const resolved = await image.addLocalFile("run.sh", "/run.sh").resolveFiles([{ path: "run.sh", bytes }]);
   * resolved.imageDigest;
   * // sha256:…
   * ```
   */
  async resolveFiles(files: Iterable<LocalFile>, options?: ResolveFilesOptions): Promise<ResolvedImage> {
    return resolveGivenFiles(usedText(this), files, options, callSitesOf(this));
  }

  /**
   * What happened to each step and file since a baseline, what Docker builds again, and what is uploaded.
   *
   * @param baseline - An entry of a lock, a resolved image, one as JSON, another image, or the build of a snapshot.
   *
   * @throws PithyImageError with everything that is wrong with the definition or its files.
   *
   * @example
   * ```ts
   * const { steps, uploads } = await image.aptInstall(["git"]).addFile("/etc/motd", "Be kind.\n").plan(image);
   * steps.map(({ call, change }) => `${change} ${call}`).join(", ");
   * // kept base, added aptInstall, added addFile
   * uploads?.length;
   * // 1
   * ```
   */
  async plan(baseline: Baseline | ImageBuilder, options?: ResolveOptions): Promise<Plan> {
    if (!isImage(baseline)) checkBaseline(baseline);
    // First: the baseline may be the image that this one was made from.
    const how = { ...options, snapshotRef: true };
    const after = await this.resolve(how);
    return after.plan(isImage(baseline) ? await baseline.resolve(how) : baseline);
  }

  /**
   * What is known without any file: the Dockerfile, with question marks for the digests of local sources, and the files that
   * are needed for the rest.
   *
   * @throws PithyImageError with everything that is wrong with the definition.
   *
   * @example
   * ```ts
   * image.addLocalFile("run.sh", "/run.sh").outline().dockerfile;
   * // COPY ["ctx/????????????????????????????????/run.sh", "/run.sh"]
   * ```
   */
  outline(): Outline {
    const callSites = callSitesOf(this);
    const outline = unwrap<Outline>(host.backend().outline(usedText(this)), callSites);
    const findings = outline.findings.filter(({ severity }) => severity !== "pedantic");
    return { ...outline, findings: located(findings, callSites) };
  }

  /**
   * The lines of your code that made the steps, `path:line:column`, by JSON pointers: `/steps/2`, and within a stage
   * `/steps/2/stage/steps/1`. Empty after `captureCallSites(false)`.
   *
   * @example
   * ```ts
   * image.callSites()["/steps/0"];
   * // ….ts:…
   * ```
   */
  callSites(): Record<string, string> {
    return Object.fromEntries(sitesOf(this));
  }
}

/** The definition of an image that is used without a root of the caller's. */
function usedText(image: object): string {
  use(image);
  return textOf(image, () => absoluteRootOf(image));
}

const isImage = (baseline: Baseline | ImageBuilder): baseline is ImageBuilder =>
  Object(baseline) === baseline && "resolve" in baseline;
