/** What the calls of an image are given, as their steps hold it. */
import { orNull } from "../core/backend.ts";
import { captureCallSite, describeCallSite } from "../shared/call-site.ts";
import { PithyImageError } from "../shared/errors.ts";
import type { Code, Definition } from "../shared/wire.generated.ts";

/** Makes a list of a single value. Lists in lists are flattened, as the Daytona SDK does. */
export function list(values: string | readonly string[]): string[] {
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
export function refuse(code: Code, message: string, hint: string): never {
  const callSite = describeCallSite(captureCallSite(refuse));
  throw new PithyImageError([{ code, path: "", message, hint, ...(callSite && { callSite }) }]);
}

/** An object of strings, with what JSON would drop from it made null. */
export function pairs(values: Readonly<Record<string, string>>): Record<string, string> {
  if (Symbol.iterator in Object(values) && typeof values === "object") return [...(values as never)] as never; // a map
  return Object.values(values ?? {}).every((value) => typeof value === "string") ? values : kept(values);
}

/** A copy with what JSON would drop made null. */
const kept = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, orNull(value)])) as T;

/** Arguments and options as one object. Options that are no object would be dropped or taken apart: they are refused. */
export function fields<Arguments extends object, Options extends object>(
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

/** The definition of an image, of this package or another copy of it. */
export function definitionOf(image: { toJSON(): Definition }): Definition {
  if (typeof (image as { toJSON?: unknown } | undefined)?.toJSON === "function") return image.toJSON();
  const hint = "Pass one made with `Image.base(…)` or `Image.debianSlim()`; read a definition with `Image.fromJSON`.";
  refuse("wrong_type", "Not an image of pithy-image.", hint);
}

/** Also those of another realm, such as Jest's, where `instanceof` fails. */
export const isBytes = (content: unknown): content is Uint8Array =>
  Object.prototype.toString.call(content) === "[object Uint8Array]";

/** Bytes as base64. */
export const base64 = (bytes: Uint8Array): string => {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
};
