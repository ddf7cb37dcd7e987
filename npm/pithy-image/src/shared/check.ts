/** Checks what callers pass in: every kind of value, and every set of options, is described once with what is here. */
import { closestMatch } from "leven";

/** What is wrong with a value, or with a part of it. */
export interface Mistake {
  readonly code: "unknown_field" | "wrong_type";
  /** Where it is, such as `resources.cpu`; empty for the value itself. */
  readonly path: string;
  /** A sentence without its subject, which the path names. */
  readonly message: string;
}

/** Finds the mistakes in a value. */
export type Check = (value: unknown, path: string) => readonly Mistake[];

/** A check for each field of a type. */
export type Fields<Whole> = { readonly [Name in keyof Required<Whole>]: Check };

/** The mistakes as sentences. `subject` is what the value itself is called. */
export const describeMistakes = (mistakes: readonly Mistake[], subject: string): string =>
  mistakes.map(({ path, message }) => `${path === "" ? subject : `\`${path}\``} ${message}`).join(" ");

/** Values of a kind. A string is shown only where `isShown` says so: it may be a secret. */
export const must =
  (wanted: string, holds: (value: unknown) => boolean, isShown = false): Check =>
  (value, path) => {
    if (holds(value)) return [];
    return [{ code: "wrong_type", path, message: `must be ${wanted}, got ${shown(value, isShown)}.` }];
  };

/** A value in a message. */
export function shown(value: unknown, isShown: boolean): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return isShown ? JSON.stringify(value) : "a string";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** What is checked elsewhere. */
export const anything: Check = () => [];

/** Values that may be absent. */
export const optional =
  (check: Check): Check =>
  (value, path) =>
    value === undefined ? [] : check(value, path);

/** Not an array, a map or a set: their entries are not fields. */
const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(Symbol.iterator in value);
const isString = (value: unknown): value is string => typeof value === "string";

export const anObject: Check = must("an object", isObject);
export const anArray: Check = must("an array", Array.isArray);
export const aBoolean: Check = must("a boolean", (value) => typeof value === "boolean");
export const aFunction: Check = must("a function", (value) => typeof value === "function");
export const aString: Check = must("a string", isString);
export const aName: Check = must("a non-empty string", (value) => isString(value) && value !== "");
/** Also one of another realm. */
export const aSignal: Check = must("an `AbortSignal`", (value) => isObject(value) && "aborted" in value);

/** Numbers from a smallest one on. */
export const atLeast = (least: number, what: string): Check =>
  must(`${what}, ${least} or more`, (value) => typeof value === "number" && value >= least);

/** Whole numbers from a smallest one on. */
export const wholeAtLeast = (least: number, what: string = "a whole number"): Check =>
  must(`${what}, ${least} or more`, (value) => Number.isSafeInteger(value) && (value as number) >= least);

/** Strings of a form. */
export const matching = (wanted: string, pattern: RegExp): Check =>
  must(wanted, (value) => isString(value) && pattern.test(value), true);

/** Arrays whose items pass a check. */
export const arrayOf =
  (check: Check, otherwise: Check = anArray): Check =>
  (value, path) =>
    Array.isArray(value) ? value.flatMap((item, index) => check(item, `${path}[${index}]`)) : otherwise(value, path);

/** Objects with any keys, whose values pass a check. */
export const objectOf =
  (check: Check, otherwise: Check = anObject): Check =>
  (value, path) =>
    isObject(value)
      ? Object.entries(value).flatMap(([key, item]) => check(item, `${path}[${JSON.stringify(key)}]`))
      : otherwise(value, path);

export const strings: Check = arrayOf(
  aString,
  must("an array of strings", () => false),
);
export const stringsByName: Check = objectOf(
  aString,
  must("an object of strings", () => false),
);

/** Objects with these fields and no others. `what` is what a field is called. */
export const fields =
  <Whole>(checks: Fields<Whole>, what = "an option"): Check =>
  (value, path) => {
    if (!isObject(value)) return anObject(value, path);
    const at = (name: string) => (path === "" ? name : `${path}.${name}`);
    const known = Object.keys(checks);
    const unknown = Object.entries(value).filter(([name, field]) => field !== undefined && !known.includes(name));
    return [
      ...unknown.map(([name]) => unknownField(name, at(name), known, what)),
      ...Object.entries<Check>(checks).flatMap(([name, check]) => check(Reflect.get(value, name), at(name))),
    ];
  };

/** The share of a name that may be mistyped. */
const TYPOS = 1 / 3;

/** The name that was probably meant, if one is similar enough. */
export const meantBy = (name: string, known: readonly string[]): string | undefined =>
  closestMatch(name, known, { maxDistance: Math.ceil(name.length * TYPOS) });

function unknownField(name: string, path: string, known: readonly string[], what: string): Mistake {
  const meant = known.find((each) => each.startsWith(name)) ?? meantBy(name, known);
  const question = meant === undefined ? "" : ` Did you mean \`${meant}\`?`;
  return { code: "unknown_field", path, message: `is not ${what}.${question}` };
}

/** Whether a value is a `Uint8Array`, also one of another realm, such as Jest's, where `instanceof` fails. */
export const isBytes = (content: unknown): content is Uint8Array =>
  Object.prototype.toString.call(content) === "[object Uint8Array]";
