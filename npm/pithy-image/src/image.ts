import { backend, orNull, toWire, unwrap } from "./backend.ts";
import { type CallSite, captureCallSite, describeCallSite } from "./call-site.ts";
import { type CallSites, PithyImageError } from "./error.ts";
import { absoluteRoot, ResolvedImage, type ResolveOptions, type RootOptions, resolveDefinition } from "./resolved.ts";
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
  Step,
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

/** A step as JSON, so that nothing the caller holds can change it, the call that made it, and the step before. */
interface RecordedStep {
  readonly json: string;
  readonly site: CallSite | undefined;
  readonly before: RecordedStep | undefined;
  /** The last step of the image that the step declares as a stage. */
  readonly stage?: RecordedStep | undefined;
}

/** Told of the calls that made an image from another, and of the use of an image. */
export interface Lineage {
  derived(from: object, image: object, call: string, site: CallSite | undefined): void;
  used(image: object): void;
}

/** Answers the object that it is given: what extends it adds its fields to that. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: it is what the class is for
    return object;
  }
}

/**
 * The last step of an image, in a private field of it. The classes of images have nothing in common in which to declare
 * that, and a WeakMap costs more than all the rest of a call.
 */
class Last extends Given {
  readonly #step: RecordedStep;

  constructor(image: object, step: RecordedStep) {
    super(image);
    this.#step = step;
  }

  static of(image: unknown): RecordedStep | undefined {
    return typeof image === "object" && image !== null && #step in image ? image.#step : undefined;
  }
}

/** The steps up to one, in order. */
function stepsTo(last: RecordedStep | undefined): RecordedStep[] {
  const steps: RecordedStep[] = [];
  for (let step = last; step; step = step.before) steps.push(step);
  return steps.reverse();
}

/** The call that made the step which a JSON pointer leads to; that of a step in a stage, where it is known. */
function siteAt(last: RecordedStep | undefined, pointer: string): CallSite | undefined {
  const [, index, inner] = /^\/steps\/(\d+)(?:\/stage(\/steps\/.*))?/.exec(pointer) ?? [];
  const step = index === undefined ? undefined : stepsTo(last)[Number(index)];
  return (inner && siteAt(step?.stage, inner)) || step?.site;
}

/** The lines that made an image's steps, for problems. */
export const callSites =
  (image: object): CallSites =>
  (pointer) =>
    describeCallSite(siteAt(Last.of(image), pointer));

/** The outside of every definition; its types are the core's. */
const { format, edition }: Omit<Definition, "steps"> = { format: "pithy-image/1", edition: "2026-12" };

const definition = (image: object): string =>
  `{"format":"${format}","edition":"${edition}","steps":[${stepsTo(Last.of(image)).map(({ json }) => json)}]}`;

/** Makes a list of a single value. Lists in lists are flattened, as the Daytona SDK does. */
function list(values: string | readonly string[]): string[] {
  if (!Array.isArray(values)) return [values as string];
  try {
    return values.some(Array.isArray) ? values.flat(Number.POSITIVE_INFINITY) : values;
  } catch {
    return values; // it holds itself: that cannot be written either, and is said then
  }
}

/** A whole number as text. Any other is refused later: `22.10` is 22.1 by now. */
export const text = (value: number | string): string => (Number.isInteger(value) ? String(value) : (value as string));

/** An object of strings, with what JSON would drop from it made null. */
function pairs(values: Readonly<Record<string, string>>): Record<string, string> {
  if (Symbol.iterator in Object(values) && typeof values === "object") return [...(values as never)] as never; // a map
  return Object.values(values ?? {}).every((value) => typeof value === "string") ? values : kept(values);
}

/** A copy with what JSON would drop made null. */
const kept = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, orNull(value)])) as T;

/** Arguments and options as one object. Options that are no object would be dropped or taken apart: they are refused. */
function fields<Arguments extends object, Options extends object>(
  given: Arguments,
  options: Options | undefined,
): Arguments & Options {
  if (options !== undefined && (typeof options !== "object" || options === null || Array.isArray(options))) {
    const message = `The last argument holds options, but it is ${typeof options === "string" ? `"${options}"` : options}.`;
    const hint = "Give an object; several packages are one list.";
    const callSite = describeCallSite(captureCallSite(fields));
    throw new PithyImageError([{ code: "wrong_type", path: "", message, hint, ...(callSite && { callSite }) }]);
  }
  if (!options) return given as Arguments & Options;
  // An option that is undefined is one that was not given.
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...given, ...kept(Object.fromEntries(named)) } as Arguments & Options;
}

/** The step that a call makes, after those of an image. */
function record(
  method: (...args: never[]) => unknown,
  step: Step,
  site: CallSite | undefined,
  image?: object,
): RecordedStep {
  const place = () => {
    const index = image ? stepsTo(Last.of(image)).length : 0;
    return { path: `/steps/${index}/${method.name}`, callSite: describeCallSite(site) };
  };
  return { json: toWire(step, place), site, before: image && Last.of(image) };
}

function definitionOf(image: { toJSON(): Definition }): Definition {
  if (typeof (image as { toJSON?: unknown } | undefined)?.toJSON === "function") return image.toJSON();
  const hint = "Pass one made with `Image.base(…)` or `Image.debianSlim()`; read a definition with `Image.fromJSON`.";
  throw PithyImageError.of([{ code: "wrong_type", path: "", message: "Not an image of pithy-image.", hint }]);
}

/** Also those of another realm, such as Jest's, where `instanceof` fails. */
const isBytes = (content: unknown): content is Uint8Array =>
  Object.prototype.toString.call(content) === "[object Uint8Array]";

const base64 = (bytes: Uint8Array): string => {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
};

/**
 * Makes a class of images on top of another class: `Object` for images as such, the SDK's own for images that are to be
 * passed to it.
 */
export function makeImageClass<Instance extends ImageBuilder>(
  Base: new () => object,
  lineage?: Lineage,
): ImageClass<Instance> {
  class Builder extends Base {
    static base(image: string): Instance {
      return begin(Builder.base, { base: { image } });
    }

    static debianSlim(python?: PythonSeries, options?: DebianSlimOptions): Instance {
      return begin(Builder.debianSlim, { debianSlim: fields({ python }, options) });
    }

    static fromJSON(source: string | Definition): Instance {
      const text = typeof source === "string" ? source : toWire(source);
      const { steps } = unwrap<Definition>(backend().check(text));
      const site = captureCallSite(Builder.fromJSON);
      let before: RecordedStep | undefined;
      for (const step of steps) before = { json: toWire(step), site, before };
      return make(before);
    }

    static from(image: { toJSON(): Definition }): Instance {
      const known = Last.of(image);
      if (!known) return Builder.fromJSON(definitionOf(image));
      lineage?.used(image);
      return make(known);
    }

    pipInstall(packages: string | readonly string[], options?: PipInstallOptions): this {
      return this.#with(this.pipInstall, { pipInstall: fields({ packages: list(packages) }, options) });
    }

    pipInstallFromRequirements(source: string, options?: PipInstallFromRequirementsOptions): this {
      const step = { pipInstallFromRequirements: fields({ source }, options) };
      return this.#with(this.pipInstallFromRequirements, step);
    }

    pipInstallFromPyproject(source: string, options?: PipInstallFromPyprojectOptions): this {
      return this.#with(this.pipInstallFromPyproject, { pipInstallFromPyproject: fields({ source }, options) });
    }

    uvPipInstall(packages: string | readonly string[], options?: UvPipInstallOptions): this {
      return this.#with(this.uvPipInstall, { uvPipInstall: fields({ packages: list(packages) }, options) });
    }

    npmInstall(packages: string | readonly string[]): this {
      return this.#with(this.npmInstall, { npmInstall: { packages: list(packages) } });
    }

    aptRepository(repository: AptRepository): this {
      return this.#with(this.aptRepository, { aptRepository: fields({}, repository) as AptRepository });
    }

    nodejs(version: number | string): this {
      return this.#with(this.nodejs, { nodejs: { version: text(version) } });
    }

    githubCli(): this {
      return this.#with(this.githubCli, { githubCli: {} });
    }

    playwright(browsers: string | readonly string[] = [], options?: PlaywrightOptions): this {
      return this.#with(this.playwright, { playwright: fields({ browsers: list(browsers) }, options) });
    }

    aptInstall(packages: string | readonly string[], options?: AptInstallOptions): this {
      return this.#with(this.aptInstall, { aptInstall: fields({ packages: list(packages) }, options) });
    }

    addLocalFile(source: string, destination: string, options?: AddLocalFileOptions): this {
      return this.#with(this.addLocalFile, { addLocalFile: fields({ source, destination }, options) });
    }

    addLocalDir(source: string, destination: string, options?: AddLocalDirOptions): this {
      return this.#with(this.addLocalDir, { addLocalDir: fields({ source, destination }, options) });
    }

    addFile(destination: string, content: string | Uint8Array, options?: AddFileOptions): this {
      const of = isBytes(content) ? { base64: base64(content) } : { text: content };
      return this.#with(this.addFile, { addFile: fields({ destination, ...of }, options) });
    }

    symlink(target: string, path: string): this {
      return this.#with(this.symlink, { symlink: { target, path } });
    }

    makeDir(path: string, options?: MakeDirOptions): this {
      return this.#with(this.makeDir, { makeDir: fields({ path }, options) });
    }

    stage(name: string, image: { toJSON(): Definition }): this {
      return this.#with(this.stage, { stage: { name, steps: definitionOf(image).steps } }, image);
    }

    copyFrom(from: string, source: string, destination: string, options?: CopyFromOptions): this {
      return this.#with(this.copyFrom, { copyFrom: fields({ from, source, destination }, options) });
    }

    runCommands(...commands: readonly (string | readonly string[])[]): this {
      return this.#with(this.runCommands, { runCommands: { commands: commands as (string | string[])[] } });
    }

    runScript(script: string, options?: RunScriptOptions): this {
      return this.#with(this.runScript, { runScript: fields({ script }, options) });
    }

    shell(command: readonly string[]): this {
      return this.#with(this.shell, { shell: { command: command as string[] } });
    }

    arg(name: string, value: string): this {
      return this.#with(this.arg, { arg: { name, default: value } });
    }

    env(variables: Readonly<Record<string, string>>): this {
      return this.#with(this.env, { env: { variables: pairs(variables) } });
    }

    pathPrepend(directory: string): this {
      return this.#with(this.pathPrepend, { pathPrepend: { directory } });
    }

    workdir(path: string): this {
      return this.#with(this.workdir, { workdir: { path } });
    }

    user(user: string): this {
      return this.#with(this.user, { user: { user } });
    }

    label(labels: Readonly<Record<string, string>>): this {
      return this.#with(this.label, { label: { labels: pairs(labels) } });
    }

    expose(...ports: readonly (number | string)[]): this {
      return this.#with(this.expose, { expose: { ports: ports.map(text) } });
    }

    raw(instruction: string): this {
      return this.#with(this.raw, { raw: { instruction } });
    }

    entrypoint(command: readonly string[]): this {
      return this.#with(this.entrypoint, { entrypoint: { command: command as string[] } });
    }

    cmd(command: readonly string[]): this {
      return this.#with(this.cmd, { cmd: { command: command as string[] } });
    }

    refresh(token: string): this {
      return this.#with(this.refresh, { refresh: { token } });
    }

    toDockerfile(options?: RootOptions): string {
      return this.resolveSync(options).dockerfile;
    }

    toJSON(): Definition {
      lineage?.used(this);
      return JSON.parse(definition(this)) as Definition;
    }

    async resolve(options: ResolveOptions = {}): Promise<ResolvedImage> {
      return resolveDefinition(this.#wire(), options, callSites(this));
    }

    resolveSync(options: RootOptions = {}): ResolvedImage {
      return new ResolvedImage(backend().resolveSync(this.#wire(), absoluteRoot(options.root)), callSites(this));
    }

    #wire(): string {
      lineage?.used(this);
      return definition(this);
    }

    #with(method: (...args: never[]) => unknown, step: Step, stage?: object): this {
      const site = captureCallSite(method);
      const image = make({ ...record(method, step, site, this), stage: stage && Last.of(stage) });
      lineage?.used(this);
      lineage?.derived(this, image, method.name, site);
      return image as unknown as this;
    }
  }

  const make = (step: RecordedStep | undefined): Instance => {
    const image = new Builder();
    if (step) new Last(image, step);
    return image as unknown as Instance;
  };

  const begin = (method: (...args: never[]) => unknown, step: Step): Instance =>
    make(record(method, step, captureCallSite(method)));

  Object.defineProperty(Builder, "name", { value: "Image" });
  return Builder as unknown as ImageClass<Instance>;
}

/**
 * An image under construction: an immutable list of steps. Nothing is read or checked until the Dockerfile is asked
 * for; then everything that is wrong is said at once, with the lines that made it.
 *
 * @example
 * ```ts
 * const image = Image.debianSlim("3.12").aptInstall(["git"]).pipInstall("openai").workdir("/app");
 * console.log(image.toDockerfile());
 * ```
 */
export interface Image extends ImageBuilder {}

/** {@inheritDoc Image} */
export const Image: ImageClass<Image> = makeImageClass<Image>(Object);

/** @internal Throws for a call that only the Daytona SDK has. */
export function unsupported(call: string): never {
  throw new PithyImageError([
    {
      code: "unknown_step",
      path: "",
      message: `\`${call}\` is a call of the Daytona SDK that pithy-image does not have.`,
      hint: "It would change the SDK's own image, which is not sent. Use other calls.",
    },
  ]);
}
