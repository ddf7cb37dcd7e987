/** What an image records: its steps, each with the call that made it. It lies in private fields of the image itself. */
import { host } from "#host";
import { toWire, unwrap } from "../core/backend.ts";
import { type CallSite, captureCallSite, describeCallSite } from "../shared/call-site.ts";
import type { Check } from "../shared/check.ts";
import type { CallSites } from "../shared/errors.ts";
import type { RootOptions } from "../shared/types.ts";
import type { Definition, Step } from "../shared/wire.generated.ts";
import { checkOptions } from "./arguments.ts";

/** A step as JSON, so that nothing the caller holds can change it, the call that made it, and the step before. */
export interface RecordedStep {
  readonly json: string;
  readonly site: CallSite | undefined;
  readonly before: RecordedStep | undefined;
  /** The last step of the image that the step declares as a stage. */
  readonly stage?: RecordedStep | undefined;
}

/** What a class of images wants to know about them. */
export interface Lineage {
  /** Called for each image that a call makes from another. */
  derived(from: object, image: object, call: string, site: CallSite | undefined): void;
  /** Called when an image is used, so that the call which made it was not in vain. */
  used(image: object): void;
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
}

/** The name of a step's call. */
const callOf = (step: Step): string => Object.keys(step)[0] as string;

/** An image with the steps of another, and one more behind them. */
export function extended<Image extends object>(image: Image, step: Step, stage?: object): Image {
  const { make, lineage } = Recording.familyOf(image);
  const call = callOf(step);
  const recorded = record(image, call, step, Recording.lastOf(image));
  const made = make(stage ? { ...recorded, stage: Recording.lastOf(stage) } : recorded);
  lineage?.used(image);
  lineage?.derived(image, made, call, recorded.site);
  return made as Image;
}

/** An image with one step. */
export function begun<Instance>(Class: object, step: Step): Instance {
  return Recording.familyOf(Class).make(record(Class, callOf(step), step)) as Instance;
}

/** The step that a call makes, behind the others of its image. */
function record(holder: object, call: string, step: Step, before?: RecordedStep): RecordedStep {
  const site = captureCallSite(Reflect.get(holder, call));
  const place = () => ({ path: `/steps/${stepsTo(before).length}/${call}`, callSite: describeCallSite(site) });
  return { json: toWire(step, place), site, before };
}

/** An image with the steps of a definition; `call` is what the application called. */
export function read<Instance>(Class: object, call: unknown, source: string | Definition): Instance {
  const text = typeof source === "string" ? whole(source) : toWire(source);
  const site = captureCallSite(call);
  unwrap(host.backend().check(text), () => describeCallSite(site));
  const { steps } = JSON.parse(text) as Definition;
  let last: RecordedStep | undefined;
  for (const step of steps) last = { json: toWire(step), site, before: last };
  return Recording.familyOf(Class).make(last) as Instance;
}

/** A JSON text in which unpaired surrogates are escaped, as they are in what `JSON.stringify` writes: they are reported then. */
const whole = (json: string): string => json.replace(/\p{Surrogate}/gu, (half) => JSON.stringify(half).slice(1, -1));

/** An image with the steps of another, if that is one of ours. */
export function adopted<Instance>(Class: object, image: object): Instance | undefined {
  const last = Recording.lastOf(image);
  if (!last) return undefined;
  const family = Recording.familyOf(Class);
  family.lineage?.used(image);
  return family.make(last) as Instance;
}

/** The steps up to one, in order. */
function stepsTo(last: RecordedStep | undefined): RecordedStep[] {
  const steps: RecordedStep[] = [];
  for (let step = last; step; step = step.before) steps.push(step);
  return steps.reverse();
}

/** The outside of every definition; its types are the core's. */
const { format, edition }: Omit<Definition, "steps"> = { format: "pithy-image/1", edition: "2026-12" };

/** An image's definition as JSON. Who asks for it uses the image. */
export function textOf(image: object): string {
  Recording.familyOf(image).lineage?.used(image);
  const steps = stepsTo(Recording.lastOf(image)).map(({ json }) => json);
  return `{"format":"${format}","edition":"${edition}","steps":[${steps}]}`;
}

/** Options that were checked, with the image's own root where they have none. */
export function rooted<Options extends RootOptions>(
  image: object,
  options: Options | undefined,
  check: Check,
): RootOptions & Options {
  checkOptions(options, check);
  const root = options?.root ?? Recording.familyOf(image).lineage?.rootOf(image);
  return { ...(options as Options), root };
}

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
