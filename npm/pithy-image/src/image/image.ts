import { host } from "#host";
import { orNull, toWire, unwrap } from "../core/backend.ts";
import type { LocalFile } from "../files/file-tree.ts";
import { type CallSite, captureCallSite, describeCallSite } from "../shared/call-site.ts";
import { type CallSites, located, PithyImageError } from "../shared/errors.ts";
import type { ResolveFilesOptions, ResolveOptions, RootOptions } from "../shared/types.ts";
import type { AptRepository, Code, Definition, Outline, Step } from "../shared/wire.generated.ts";
import type {
  AddFileOptions,
  AddLocalDirOptions,
  AddLocalFileOptions,
  AptInstallOptions,
  CopyFromOptions,
  DebianSlimOptions,
  ImageBuilder,
  ImageClass,
  MakeDirOptions,
  PipInstallFromPyprojectOptions,
  PipInstallFromRequirementsOptions,
  PipInstallOptions,
  PlaywrightOptions,
  PythonSeries,
  RunScriptOptions,
  UvPipInstallOptions,
} from "./builder.ts";
import type { Baseline, Plan } from "./plan.ts";
import { ResolvedImage, resolveDefinition, resolveGivenFiles } from "./resolved.ts";

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

/** The lines that made the steps, by the steps' JSON pointers; also those of steps in stages. */
function* sitesOf(last: RecordedStep | undefined, prefix = ""): Generator<[string, string]> {
  for (const [index, { site, stage }] of stepsTo(last).entries()) {
    const pointer = `${prefix}/steps/${index}`;
    const place = describeCallSite(site);
    if (place !== undefined) yield [pointer, place];
    if (stage) yield* sitesOf(stage, `${pointer}/stage`);
  }
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
export const numberAsText = (value: number | string): string =>
  Number.isInteger(value) ? String(value) : (value as string);

/** Refuses what no definition can say, at the line of the call. */
function refuse(code: Code, message: string, hint: string): never {
  const callSite = describeCallSite(captureCallSite(refuse));
  throw new PithyImageError([{ code, path: "", message, hint, ...(callSite && { callSite }) }]);
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
    const value = typeof options === "string" ? `"${options}"` : options;
    refuse(
      "wrong_type",
      `The last argument holds options, but it is ${value}.`,
      "Give an object; several values are one list.",
    );
  }
  if (!options) return given as Arguments & Options;
  // An option that is undefined is one that was not given.
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  const [twice] = named.find(([name]) => name in given) ?? [];
  if (twice !== undefined) {
    refuse("duplicate_key", `\`${twice}\` is an argument of its own, and no option.`, "Leave it out of the options.");
  }
  return { ...given, ...kept(Object.fromEntries(named)) } as Arguments & Options;
}

/** What takes any number of arguments, or makes no step. */
const OTHER_CALLS = new Set([
  "callSites",
  "constructor",
  "expose",
  "outline",
  "plan",
  "resolve",
  "resolveFiles",
  "resolveSync",
  "runCommands",
  "toDockerfile",
  "toJSON",
]);

/** Has calls refuse what they do not take: JavaScript would drop it without a word. */
function refuseSurplus(holder: object, names: readonly string[]): void {
  for (const name of names) {
    const call = Reflect.get(holder, name) as (...given: unknown[]) => unknown;
    const { [name]: value } = {
      [name](this: unknown, ...given: unknown[]): unknown {
        if (given.length > call.length && given.slice(call.length).some((surplus) => surplus !== undefined)) {
          const message = `\`${name}\` takes ${call.length} argument${call.length === 1 ? "" : "s"}, but got ${given.length}.`;
          refuse(
            "wrong_type",
            message,
            "Give several values as one list, where it takes one, or make a call for each.",
          );
        }
        return call.apply(this, given);
      },
    };
    Object.defineProperty(holder, name, { value });
  }
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
  refuse("wrong_type", "Not an image of pithy-image.", hint);
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
      const site = captureCallSite(Builder.fromJSON);
      unwrap(host.backend().check(text), () => describeCallSite(site));
      const { steps } = JSON.parse(text) as Definition;
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
      return this.#with(this.nodejs, { nodejs: { version: numberAsText(version) } });
    }

    githubCli(): this {
      return this.#with(this.githubCli, { githubCli: {} });
    }

    playwright(browsers?: string | readonly string[], options?: PlaywrightOptions): this {
      return this.#with(this.playwright, { playwright: fields({ browsers: list(browsers ?? []) }, options) });
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
      return this.#with(this.arg, { arg: { name, value } });
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
      return this.#with(this.expose, { expose: { ports: list(ports as readonly string[]).map(numberAsText) } });
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
      const definition = this.#wire();
      const resolution = host.backend().resolveSync(definition, host.absoluteRoot(options.root));
      return new ResolvedImage(definition, resolution, callSites(this));
    }

    async resolveFiles(files: Iterable<LocalFile>, options: ResolveFilesOptions = {}): Promise<ResolvedImage> {
      return resolveGivenFiles(this.#wire(), files, options, callSites(this));
    }

    async plan(baseline: Baseline | ImageBuilder, options: ResolveOptions = {}): Promise<Plan> {
      const before = "resolve" in baseline ? await baseline.resolve(options) : baseline;
      return (await this.resolve(options)).plan(before);
    }

    outline(): Outline {
      const outline = unwrap<Outline>(host.backend().outline(this.#wire()), callSites(this));
      return { ...outline, findings: located(outline.findings, callSites(this)) };
    }

    callSites(): Record<string, string> {
      return Object.fromEntries(sitesOf(Last.of(this)));
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

  refuseSurplus(Builder, ["base", "debianSlim", "fromJSON", "from"]);
  refuseSurplus(
    Builder.prototype,
    Object.getOwnPropertyNames(Builder.prototype).filter((name) => !OTHER_CALLS.has(name)),
  );
  Object.defineProperty(Builder, "name", { value: "Image" });
  return Builder as unknown as ImageClass<Instance>;
}

/**
 * An image under construction: an immutable list of steps. Nothing is read or checked until the Dockerfile is asked
 * for; then everything that is wrong is said at once, with the lines that made it.
 *
 * @example
 * ```ts
 * Image.debianSlim("3.12").aptInstall(["git"]).pipInstall("openai").workdir("/app");
 * // FROM python:3.12.10-slim-bookworm
 * // RUN … git && …
 * // RUN python -m pip install --no-cache-dir openai
 * // WORKDIR /app
 * ```
 */
export interface Image extends ImageBuilder {}

/** {@inheritDoc Image} */
export const Image: ImageClass<Image> = makeImageClass<Image>(Object);

/** What to do instead of a call that only the Daytona SDK has. */
const INSTEAD: Readonly<Record<string, string>> = {
  dockerfileCommands: "Give each instruction to `raw`.",
  fromDockerfile: "Begin with `Image.base(…)`, and give each instruction to the call of its kind, or to `raw`.",
};

/** @internal Throws for a call that only the Daytona SDK has. */
export function unsupported(call: string): never {
  const message = `\`${call}\` is a call of the Daytona SDK that pithy-image does not have.`;
  refuse(
    "unknown_step",
    message,
    INSTEAD[call] ?? "It would change the SDK's own image, which is not sent: use other calls.",
  );
}
