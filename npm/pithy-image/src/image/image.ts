/** Classes of images: ours, and those on top of a class of an SDK. */
import { refuse } from "./arguments.ts";
import { ImageBuilder } from "./builder.ts";
import { type Family, type Lineage, type RecordedStep, Recording } from "./recording.ts";
import { type ImageClass, ImageStatics } from "./statics.ts";

/** The calls that take any number of arguments; `JSON.stringify` passes a key to `toJSON`. */
const VARIADIC: ReadonlySet<string> = new Set<keyof ImageBuilder>(["expose", "runCommands", "toJSON"]);

type Method = (...given: unknown[]) => unknown;

/** Adds the members of a class to an object. With `self` as `this`, they also work detached. */
function addMembers(holder: object, { prototype }: { readonly prototype: object }, self?: object): void {
  for (const [name, member] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === "constructor") continue;
    const isStrict = typeof member.value === "function" && !VARIADIC.has(name);
    Object.defineProperty(holder, name, isStrict ? { ...member, value: strict(name, member.value, self) } : member);
  }
}

/** A call that refuses surplus arguments: JavaScript would drop them without a word. */
function strict(name: string, call: Method, self?: object): Method {
  const holder = {
    [name](this: unknown, ...given: unknown[]): unknown {
      if (given.length > call.length && given.slice(call.length).some((surplus) => surplus !== undefined)) {
        const message = `\`${name}\` takes ${call.length} argument${call.length === 1 ? "" : "s"}, but got ${given.length}.`;
        const hint = "Pass several values as one array where it takes one, or make a call for each.";
        refuse("wrong_type", message, hint);
      }
      return call.apply(self ?? this, given);
    },
  };
  return holder[name] as Method;
}

/**
 * Makes a class of images on top of another class: `Object` for images as such, the SDK's own for images that are to be
 * passed to it.
 *
 * @param members - Classes whose members the images have in addition to those of {@link ImageBuilder}.
 */
export function makeImageClass<Instance extends ImageBuilder>(
  Base: new () => object,
  members: readonly { readonly prototype: object }[] = [],
  lineage?: Lineage,
): ImageClass<Instance> {
  class Builder extends Base {}
  const make = (last: RecordedStep | undefined) => new Recording(new Builder(), family, last);
  const family: Family = { make, lineage };
  new Recording(Builder, family);
  addMembers(Builder, ImageStatics, Builder);
  for (const each of [ImageBuilder, ...members]) addMembers(Builder.prototype, each);
  Object.defineProperty(Builder, "name", { value: "Image" });
  return Builder as unknown as ImageClass<Instance>;
}

/**
 * An image under construction: an immutable list of steps. Nothing is read or checked until the Dockerfile is requested;
 * then everything that is wrong is reported at once, with the lines that made it.
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
