/** What an image records: its steps, each with the call that made it. It lies in private fields of the image itself. */
import { host } from "#host";
import { toWire, unwrap } from "../core/backend.ts";
import { type CallSite, captureCallSite, describeCallSite } from "../shared/call-site.ts";
import type { Check } from "../shared/check.ts";
import { type CallSites, located, PithyImageError, type Problem } from "../shared/errors.ts";
import type { RootOptions } from "../shared/types.ts";
import type { Definition, Step } from "../shared/wire.generated.ts";
import { checkOptions } from "./arguments.ts";
import { DroppedCalls } from "./dropped-calls.ts";
import { belowRoot, hasRootedPath, type Misplaced, problemsOf, rootOfDockerfile } from "./local-paths.ts";
import { isRefusedAtOnce } from "./refused-at-once.ts";

/** A step as JSON, so that nothing the caller holds can change it, the call that made it, and the step before. */
export interface RecordedStep {
  readonly json: string;
  readonly site: CallSite | undefined;
  readonly before: RecordedStep | undefined;
  /** Whether it names a local path that depends on the machine until the root is known. */
  readonly hasRootedPath: boolean;
  /** The last step of the image that the step declares as a stage. */
  readonly stage?: RecordedStep | undefined;
}

/** What a class of images adds to what they record. */
export interface Lineage {
  /** Whether a dropped call is an error; where it is undefined, the environment says. */
  readonly strict?: boolean | undefined;
  /** Called for each image that a call makes from another. */
  derived(from: object, image: object, call: string): void;
  /** The root of an image where the caller gives none. */
  rootOf(image: object): string | undefined;
}

/** A class of images. */
export interface Family {
  make(last: RecordedStep | undefined): object;
  readonly lineage: Lineage | undefined;
}

/** Its constructor returns the object that it is given: a class that extends it adds private fields to that object. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: it is what the class is for
    return object;
  }
}

/**
 * The last step of an image and its family, or the family of a class. The classes of images have nothing in common in which
 * to declare that, and a WeakMap costs more than all the rest of a call.
 */
export class Recording extends Given {
  readonly #family: Family;
  readonly #last: RecordedStep | undefined;
  readonly #calls = new DroppedCalls();

  constructor(holder: object, family: Family, last?: RecordedStep) {
    super(holder);
    this.#family = family;
    this.#last = last;
  }

  static lastOf(image: unknown): RecordedStep | undefined {
    return typeof image === "object" && image !== null && #last in image ? image.#last : undefined;
  }

  static familyOf(holder: object): Family {
    return (holder as Recording).#family;
  }

  /** The calls on an image whose results have not been used yet. */
  static callsOn(image: object): DroppedCalls {
    return (image as Recording).#calls;
  }
}

/** The name of a step's call. */
const callOf = (step: Step): string => Object.keys(step)[0] as string;

/** An image with the steps of another, and one more behind them. */
export function extended<Image extends object>(image: Image, step: Step, stage?: object): Image {
  const { make, lineage } = Recording.familyOf(image);
  const call = callOf(step);
  const recorded = record(image, call, step, Recording.lastOf(image), stage && Recording.lastOf(stage));
  const made = make(recorded);
  Recording.callsOn(image).add(call, recorded.site, Recording.callsOn(made));
  lineage?.derived(image, made, call);
  return made as Image;
}

/** An image with one step. */
export function begun<Instance>(Class: object, step: Step): Instance {
  return Recording.familyOf(Class).make(record(Class, callOf(step), step)) as Instance;
}

/** The step that a call makes, behind the others of its image. */
function record(holder: object, call: string, step: Step, before?: RecordedStep, stage?: RecordedStep): RecordedStep {
  const site = captureCallSite(Reflect.get(holder, call));
  const path = () => `/steps/${stepsTo(before).length}`;
  const json = toWire(step, () => ({ path: `${path()}/${call}`, callSite: describeCallSite(site) }));
  const recorded = { json, site, before, stage, hasRootedPath: hasRootedPath(step) };
  if (isRefusedAtOnce(step)) refuseStep(recorded, path());
  return recorded;
}

/** Throws what the core says about the last step of a definition. */
function refuseStep(last: RecordedStep, path: string): void {
  const own = problemsIn(definitionWith(stepsTo(last).map(({ json }) => json))).filter(({ path: at }) =>
    at.startsWith(`${path}/`),
  );
  if (own.length > 0) throw new PithyImageError(located(own, () => describeCallSite(last.site)));
}

/** What the core finds wrong with a definition; nothing where it is not loaded yet, in a browser. */
function problemsIn(definition: string): readonly Problem[] {
  if (!host.isReady()) return [];
  try {
    unwrap(host.backend().check(definition));
  } catch (error) {
    if (!(error instanceof PithyImageError)) throw error;
    return error.problems;
  }
  return [];
}

/** An image with the steps of a definition; `call` is what the application called. */
export function read<Instance>(Class: object, call: unknown, source: string | Definition): Instance {
  const text = typeof source === "string" ? whole(source) : toWire(source);
  const site = captureCallSite(call);
  if (host.isReady() || !isOurs(text)) unwrap(host.backend().check(text), () => describeCallSite(site));
  const { steps } = JSON.parse(text) as Definition;
  return remembered(Class, steps, site, () => false);
}

/** Whether a text is what `toJSON` makes. Then its steps are all there is, and the core can check them when the image is used. */
function isOurs(text: string): boolean {
  try {
    const { steps } = JSON.parse(text) as Definition;
    return text === definitionWith(steps.map((step) => JSON.stringify(step)));
  } catch {
    return false;
  }
}

/** An image with steps that one call makes. */
export function remembered<Instance>(
  Class: object,
  steps: readonly Step[],
  site: CallSite | undefined,
  isRooted: (step: Step) => boolean = hasRootedPath,
): Instance {
  let last: RecordedStep | undefined;
  for (const step of steps) last = { json: toWire(step), site, before: last, hasRootedPath: isRooted(step) };
  return Recording.familyOf(Class).make(last) as Instance;
}

/** A JSON text in which unpaired surrogates are escaped, as they are in what `JSON.stringify` writes: they are reported then. */
const whole = (json: string): string => json.replace(/\p{Surrogate}/gu, (half) => JSON.stringify(half).slice(1, -1));

/** An image with the steps of another, if that is one of ours. */
export function adopted<Instance>(Class: object, image: object): Instance | undefined {
  const last = Recording.lastOf(image);
  if (!last) return undefined;
  const made = Recording.familyOf(Class).make(last);
  use(image, Recording.familyOf(Class).lineage?.strict);
  return made as Instance;
}

/** The steps up to one, in order. */
function stepsTo(last: RecordedStep | undefined): RecordedStep[] {
  const steps: RecordedStep[] = [];
  for (let step = last; step; step = step.before) steps.push(step);
  return steps.reverse();
}

/** The outside of every definition; its types are the core's. */
const { format, edition }: Omit<Definition, "steps"> = { format: "pithy-image/1", edition: "2026-12" };

const definitionWith = (steps: readonly string[]): string =>
  `{"format":"${format}","edition":"${edition}","steps":[${steps}]}`;

/** An image's definition as JSON, with paths below a root, which is only asked for where it matters. */
export function textOf(image: object, rootOf: () => string | undefined): string {
  const steps = stepsTo(Recording.lastOf(image));
  const root = steps.some(({ hasRootedPath }) => hasRootedPath) ? rootOf() : undefined;
  // Without a disk there is no root, and the core refuses such paths.
  if (root === undefined) return definitionWith(steps.map(({ json }) => json));
  const misplaced: Misplaced[] = [];
  const text = definitionWith(
    steps.map(({ json, hasRootedPath }, index) =>
      hasRootedPath ? belowRoot(json, `/steps/${index}`, root, misplaced) : json,
    ),
  );
  if (misplaced.length === 0) return text;
  const callSites = callSitesOf(image);
  throw new PithyImageError(withOthers(problemsOf(misplaced, root, callSites), text, callSites));
}

/** Problems of paths in their places among everything that the core finds wrong with the definition. */
function withOthers(problems: readonly Problem[], definition: string, callSites: CallSites): Problem[] {
  const ours = new Map(problems.map((problem) => [problem.path, problem]));
  const found = located(problemsIn(definition), callSites).filter(({ path }) => !ours.has(path));
  return [...found, ...problems].sort((one, other) => stepOf(one) - stepOf(other));
}

/** The index of the step that a problem is about. */
const stepOf = ({ path }: Problem): number => Number(/^\/steps\/(\d+)/.exec(path)?.[1] ?? 0);

/** The steps of an image as they were recorded, for a stage of `user`; undefined if the image is not one of ours. */
export function recordedSteps(image: object, user: object): Step[] | undefined {
  const last = Recording.lastOf(image);
  if (!last) return undefined;
  Recording.callsOn(user).use(); // the stage may be the base that the user was made from
  use(image, Recording.familyOf(user).lineage?.strict);
  return stepsTo(last).map(({ json }) => JSON.parse(json) as Step);
}

/** Notes that an image is used. Calls on it whose results were dropped are reported, or are an error where that is asked for. */
export function use(image: object, strict?: boolean): void {
  const calls = Recording.callsOn(image);
  const dropped = calls.use();
  if (dropped().length === 0) return;
  if (strict ?? isStrict(image)) throw new PithyImageError(dropped());
  // Branches that are used in the same turn of the event loop are not dropped.
  host.soon(() => warn(calls, dropped()));
}

/** Uses an image for work that takes time. What is dropped is reported after it: branches may be used meanwhile. */
export async function useFor<Result>(
  image: object,
  strict: boolean | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const calls = Recording.callsOn(image);
  const dropped = calls.use();
  const result = await work();
  if (dropped().length > 0) {
    if (strict ?? isStrict(image)) throw new PithyImageError(dropped());
    host.soon(() => warn(calls, dropped()));
  }
  return result;
}

const isStrict = (image: object): boolean => Recording.familyOf(image).lineage?.strict ?? host.isStrict();

/** Reports dropped calls, each once. */
function warn(calls: DroppedCalls, dropped: readonly Problem[]): void {
  if (dropped.length > 0) calls.clear();
  for (const { callSite, message, hint } of dropped) {
    host.warn(`${callSite ? `${callSite}: ` : ""}${message} ${hint}`, "PITHY_IMAGE_DROPPED_CALL");
  }
}

/** Options that were checked, with the absolute root of the image where they have none. */
export function rooted<Options extends RootOptions>(
  image: object,
  options: Options | undefined,
  check: Check,
): Options & { root: string | undefined } {
  checkOptions(options, check);
  return { ...(options as Options), root: absoluteRootOf(image, options?.root) };
}

/** The absolute root of an image: the one that is given, or that of its class, or the one that the environment says. */
export function absoluteRootOf(image: object, given?: string | URL): string | undefined {
  const chosen = given ?? rootOf(image);
  const root = host.absoluteRoot(chosen);
  const first = chosen === undefined && root !== undefined ? stepsTo(Recording.lastOf(image)) : [];
  if (!first[0]?.hasRootedPath) return root;
  const steps = first.map(({ json }) => JSON.parse(json) as Step);
  return rootOfDockerfile(steps, root as string) ?? root;
}

/** The root of an image where the caller gives none. */
const rootOf = (image: object): string | undefined => Recording.familyOf(image).lineage?.rootOf(image);

/** The call that made the step which a JSON pointer leads to; that of a step in a stage, where it is known. */
function siteAt(last: RecordedStep | undefined, pointer: string): CallSite | undefined {
  const [, index, inner] = /^\/steps\/(\d+)(?:\/stage(\/steps\/.*))?/.exec(pointer) ?? [];
  const step = index === undefined ? undefined : stepsTo(last)[Number(index)];
  return (inner && siteAt(step?.stage, inner)) || step?.site;
}

/** Finds the lines that made an image's steps, for problems. */
export const callSitesOf =
  (image: object): CallSites =>
  (pointer) =>
    describeCallSite(siteAt(Recording.lastOf(image), pointer));

/** The lines that made an image's steps, by the steps' JSON pointers; also those of steps in stages. */
export const sitesOf = (image: object): Generator<[string, string]> => sitesTo(Recording.lastOf(image), "");

function* sitesTo(last: RecordedStep | undefined, prefix: string): Generator<[string, string]> {
  for (const [index, { site, stage }] of stepsTo(last).entries()) {
    const pointer = `${prefix}/steps/${index}`;
    const place = describeCallSite(site);
    if (place !== undefined) yield [pointer, place];
    if (stage) yield* sitesTo(stage, `${pointer}/stage`);
  }
}
