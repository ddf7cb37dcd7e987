/** Turns the arguments of calls into the fields of steps. */
import { orNull } from "../core/backend.ts";
import { captureCallSite, describeCallSite } from "../shared/call-site.ts";
import { type Check, describeMistakes, shown } from "../shared/check.ts";
import { PithyImageError } from "../shared/errors.ts";
import { isSdkImage, SDK_IMAGE_HINT, SDK_IMAGE_MISTAKE } from "../shared/sdk-image.ts";
import type { AnyImage } from "../shared/types.ts";
import type { Code, Definition } from "../shared/wire.generated.ts";

/** Makes a list of a single value. Lists in lists are flattened, as the Daytona SDK does. */
export function list(values: string | readonly string[]): string[] {
  if (!Array.isArray(values)) return [values as string];
  try {
    return values.some(Array.isArray) ? values.flat(Number.POSITIVE_INFINITY) : values;
  } catch {
    return values; // it contains itself, which is reported when it is written as JSON
  }
}

/** A whole number as a string. Others are refused later: `22.10` has already become 22.1. */
export const numberAsText = (value: number | string): string =>
  Number.isInteger(value) ? String(value) : (value as string);

/** How many calls of this package may lie between a refusal and the caller. */
const DEPTH = 12;

/** Refuses what a definition cannot represent, at the line of the call. */
export function refuse(code: Code, message: string, hint: string): never {
  const callSite = describeCallSite(captureCallSite(refuse, DEPTH));
  throw new PithyImageError([{ code, path: "", message, hint, ...(callSite && { callSite }) }]);
}

/** Refuses options that cannot be used, at the line of the call. `subject` is what they are called. */
export function checkOptions(options: unknown, check: Check, subject = "The last argument"): void {
  const mistakes = check(options, "");
  if (mistakes.length === 0) return;
  const callSite = describeCallSite(captureCallSite(checkOptions, DEPTH));
  const hint = "Correct the options of the call.";
  throw new PithyImageError(
    mistakes.map((mistake) => ({
      code: mistake.code,
      path: "",
      message: describeMistakes([mistake], subject),
      hint,
      ...(callSite && { callSite }),
    })),
  );
}

/** An object of strings; what JSON would drop from it becomes null. */
export function pairs(values: Readonly<Record<string, string>>): Record<string, string> {
  if (Symbol.iterator in Object(values) && typeof values === "object") return [...(values as never)] as never; // a map
  return Object.values(values ?? {}).every((value) => typeof value === "string") ? values : kept(values);
}

/** A copy in which null replaces what JSON would drop. */
const kept = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, orNull(value)])) as T;

/** Arguments and options as one object. Options that are not an object would be dropped or split up: they are refused. */
export function fields<Arguments extends object, Options extends object>(
  given: Arguments,
  options: Options | undefined,
): Arguments & Options {
  if (options !== undefined && (typeof options !== "object" || options === null || Array.isArray(options))) {
    refuse(
      "wrong_type",
      `The last argument must be an object of options, got ${shown(options, true)}.`,
      "Pass an object; pass several values as one array.",
    );
  }
  if (!options) return given as Arguments & Options;
  // An undefined option counts as not given.
  const named = Object.entries(options).filter(([, value]) => value !== undefined);
  const [twice] = named.find(([name]) => Object.hasOwn(given, name)) ?? [];
  if (twice !== undefined) {
    refuse("duplicate_key", `\`${twice}\` is an argument, not an option.`, "Leave it out of the options.");
  }
  return { ...given, ...kept(Object.fromEntries(named)) } as Arguments & Options;
}

/** Options without the SDK's `strictContext`: local sources must always lie in the context. */
export function withoutStrictContext<Options extends { strictContext?: boolean | undefined }>(
  options: Options | undefined,
): Omit<Options, "strictContext"> | undefined {
  return options && Object(options) === options ? { ...options, strictContext: undefined } : options;
}

/** The definition of an image, of this package or another copy of it. */
export function definitionOf(image: AnyImage): Definition {
  if (typeof (image as { toJSON?: unknown } | undefined)?.toJSON === "function") return image.toJSON();
  if (isSdkImage(image)) refuse("wrong_type", `The argument ${SDK_IMAGE_MISTAKE}`, SDK_IMAGE_HINT);
  const hint =
    "Pass one made with `Image` of `pithy-image`, `pithy-image/daytonaio-sdk` or `pithy-image/daytona-sdk`. " +
    "Read a definition with `Image.fromJSON`.";
  refuse("wrong_type", `Expected an image of pithy-image, got ${shown(image, true)}.`, hint);
}

/** Refuses an image where `copyFrom` takes the name of one. */
export function refuseImage(from: unknown): void {
  if (typeof from !== "object" || from === null) return;
  const hint = 'Give the image a name: `image.stage("tools", tools).copyFrom("tools", …)`.';
  refuse(
    "wrong_type",
    `\`copyFrom\` takes the name of a stage or of a registry's image, got ${shown(from, true)}.`,
    hint,
  );
}

/** Bytes as base64. */
export const base64 = (bytes: Uint8Array): string => {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
};
