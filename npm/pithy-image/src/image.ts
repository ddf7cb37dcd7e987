import { backend, orNull, toWire, unwrap } from "./backend.ts";
import { type CallSite, captureCallSite, describeCallSite } from "./call-site.ts";
import { PithyImageError } from "./error.ts";
import { absoluteRoot, ResolvedImage, type ResolveOptions, type RootOptions, resolveDefinition } from "./resolved.ts";
import type {
  AddFile,
  AddLocalDir,
  AddLocalFile,
  AptInstall,
  DebianSlim,
  Definition,
  PipInstall,
  RunScript,
  Step,
} from "./wire.generated.ts";

/** A Python series that `debianSlim` knows. */
export type PythonSeries = "3.9" | "3.10" | "3.11" | "3.12" | "3.13" | "3.14";

/** Options of `debianSlim`. */
export type DebianSlimOptions = Omit<DebianSlim, "python">;
/** Options of `pipInstall`, those of the Daytona SDK. */
export type PipInstallOptions = Omit<PipInstall, "packages">;
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
   * Adds what is in a directory below the root, with its links, empty directories and executable bits.
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

/** The steps of an image, in order. */
function stepsOf(image: object): RecordedStep[] {
  const steps: RecordedStep[] = [];
  for (let step = Last.of(image); step; step = step.before) steps.push(step);
  return steps.reverse();
}

/** The lines that made an image's steps, for problems. */
export const callSites =
  (image: object) =>
  (step: number): string | undefined =>
    describeCallSite(stepsOf(image)[step]?.site);

/** The outside of every definition; its types are the core's. */
const { format, edition }: Omit<Definition, "steps"> = { format: "pithy-image/1", edition: "2026-12" };

const definition = (image: object): string =>
  `{"format":"${format}","edition":"${edition}","steps":[${stepsOf(image).map(({ json }) => json)}]}`;

/** Makes a list of a single value. Lists in lists are flattened, as the Daytona SDK does. */
function list(values: string | readonly string[]): string[] {
  if (!Array.isArray(values)) return [values as string];
  try {
    return values.some(Array.isArray) ? values.flat(Number.POSITIVE_INFINITY) : values;
  } catch {
    return values; // it holds itself: that cannot be written either, and is said then
  }
}

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
    const index = image ? stepsOf(image).length : 0;
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

    runCommands(...commands: readonly (string | readonly string[])[]): this {
      return this.#with(this.runCommands, { runCommands: { commands: commands as (string | string[])[] } });
    }

    runScript(script: string, options?: RunScriptOptions): this {
      return this.#with(this.runScript, { runScript: fields({ script }, options) });
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

    #with(method: (...args: never[]) => unknown, step: Step): this {
      const site = captureCallSite(method);
      const image = make(record(method, step, site, this));
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
