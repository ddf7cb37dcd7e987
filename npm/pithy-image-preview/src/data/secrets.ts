import type { Definition, Plan } from "pithy-image";
import type { PreparedSpec } from "../spec.ts";
import { at } from "./pointer.ts";

/** `maskSecrets`, of whichever copy of the package there is. */
export type Mask = (text: string) => string;

/** A spec as plain data, in which secrets are masked. It says so: then no digest can be computed from it. */
export function withoutSecrets(spec: PreparedSpec, mask: Mask): PreparedSpec {
  const plain = plainCopy(spec);
  return maskAll(plain, mask) ? { ...plain, isMasked: true } : plain;
}

/**
 * Plain data in which secrets are masked: those that a string has, strings whose names say that they are secret, and content in base64.
 * A name may stand apart from its value, as in `{ name, value }` of an argument and `{ path, before, after }` of a change.
 */
export function maskedData<Data>(data: Data, mask: Mask): Data {
  const plain = plainCopy(data);
  if (typeof plain === "string") return mask(plain) as Data;
  maskAll(plain, mask);
  return plain;
}

const plainCopy = <Data>(data: Data): Data => JSON.parse(JSON.stringify(data)) as Data;

/**
 * A plan in which secrets are masked. What stands beside a value, such as the name of an argument or the words before one of a command,
 * is in the definition that the plan leads to.
 */
export function planWithoutSecrets(plan: Plan, definition: Definition, mask: Mask): Plan {
  const names = new Names(mask);
  const steps = plan.steps.map((step) => {
    const given = Object(at(definition, `${step.after ?? ""}/${step.call}`));
    const hidden = (path: string, value: unknown): unknown => {
      if (step.call === "arg" && typeof given.name === "string") return names.masked(given.name, value);
      const words = wordsBefore(path, given);
      return words && typeof value === "string" ? names.maskedWord(words, value) : value;
    };
    const fields = step.fields?.map(({ path, before, after }) => ({
      path,
      before: hidden(path, before),
      after: hidden(path, after),
    }));
    return fields ? { ...step, fields } : step;
  });
  return maskedData({ ...plan, steps }, mask);
}

/** The words of a list before the one that a pointer leads to; nothing if it leads to something else. */
function wordsBefore(path: string, step: unknown): string[] | undefined {
  const [, parent = "", index] = /^(.*)\/(\d+)$/.exec(path) ?? [];
  const list = index === undefined ? undefined : at(step, parent);
  return Array.isArray(list) && list.every((word) => typeof word === "string")
    ? list.slice(0, Number(index))
    : undefined;
}

/** Masks the secrets in plain data, in place: it may be large. Returns whether there are any. */
function maskAll(data: unknown, mask: Mask): boolean {
  const named = maskNamed(data, new Names(mask));
  const strings = new Set<string>();
  collect(data, strings);
  const masked = maskedStrings([...strings], mask);
  if (masked.size > 0) replace(data, masked);
  return named || masked.size > 0;
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Sets a field, also one called `__proto__`. */
const set = (object: Fields, name: string, value: unknown): Fields =>
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });

/** Masks the strings whose names say that they are secret, and words of a command. */
function maskNamed(value: unknown, names: Names): boolean {
  if (!isObject(value)) return false;
  let isMasked = Array.isArray(value) && maskWords(value, names);
  for (const [field, item] of Object.entries(value)) {
    const shown = Array.isArray(value) ? item : names.masked(nameOf(value, field), item);
    if (shown !== item) set(value, field, shown);
    isMasked = maskNamed(shown, names) || shown !== item || isMasked;
  }
  return isMasked;
}

/** Masks the words of a list that may be a command: `["mysql", "-p…"]` says no less than its line. */
function maskWords(list: unknown[], names: Names): boolean {
  if (list.length < 2 || !list.every((item) => typeof item === "string")) return false;
  if (!names.hasSecret(list.join(" "))) return false;
  const shown = list.map((word, index) => names.maskedWord(list.slice(0, index), word));
  shown.forEach((word, index) => {
    list[index] = word;
  });
  return true;
}

/** What a field is called: by itself, or by another field of the object. */
function nameOf({ name, path }: Fields, field: string): string {
  if (field === "value" && typeof name === "string") return name;
  const isChange = (field === "before" || field === "after") && typeof path === "string";
  return isChange ? path.slice(path.lastIndexOf("/") + 1) : field;
}

/** Collects strings, and the names of fields. */
function collect(value: unknown, strings: Set<string>): void {
  if (typeof value === "string") strings.add(value);
  if (Array.isArray(value)) for (const item of value) collect(item, strings);
  else if (isObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      strings.add(name);
      collect(item, strings);
    }
  }
}

/** Replaces strings and the names of fields. */
function replace(value: unknown, by: ReadonlyMap<string, string>): void {
  if (!isObject(value)) return;
  const entries = Object.entries(value);
  const isRenamed = !Array.isArray(value) && entries.some(([name]) => by.has(name));
  if (isRenamed) for (const [name] of entries) delete value[name]; // all of them, to keep their order
  for (const [name, item] of entries) {
    const shown = typeof item === "string" ? (by.get(item) ?? item) : item;
    if (isRenamed || shown !== item) set(value, isRenamed ? (by.get(name) ?? name) : name, shown);
    replace(shown, by);
  }
}

/** Between strings that are masked in one call, which is faster than one for each. No secret has it. */
const SEPARATOR = "\0";

/** Those of some strings that have secrets, with what is shown of each. */
function maskedStrings(strings: readonly string[], mask: Mask): Map<string, string> {
  const together = strings.filter((text) => !text.includes(SEPARATOR));
  const parts = mask(together.join(SEPARATOR)).split(SEPARATOR);
  const areWhole = parts.length === together.length;
  const masked = new Map<string, string>();
  const keep = (text: string, shown: string) => shown !== text && masked.set(text, shown);
  if (areWhole) for (const [index, text] of together.entries()) keep(text, parts[index] ?? text);
  for (const text of strings) if (!areWhole || text.includes(SEPARATOR)) keep(text, mask(text));
  return masked;
}

const MASKED = "***";

/** A value that is masked if its name says that it is secret: random, so that it stands in place of none. */
const ANY = "w3Kd8RzQ5vTn1YpX7bLm4GfC";

/** What is masked by its name. */
class Names {
  readonly #mask: Mask;
  readonly #areSecret = new Map<string, boolean>();

  constructor(mask: Mask) {
    this.#mask = mask;
  }

  /** A value, the strings in which belong to a name. */
  masked(name: string, value: unknown): unknown {
    if (Array.isArray(value)) return this.#maskedItems(name, value);
    if (typeof value !== "string" || value === "") return value;
    const isHidden =
      name === "base64" ? this.hasSecret(decoded(value)) : this.#isSecret(name) && this.#isGiven(name, value);
    return isHidden ? MASKED : value;
  }

  #maskedItems(name: string, items: readonly unknown[]): readonly unknown[] {
    const shown = items.map((item) => this.masked(name, item));
    return shown.some((item, index) => item !== items[index]) ? shown : items;
  }

  #isSecret(name: string): boolean {
    const known = this.#areSecret.get(name) ?? this.#isGiven(name, ANY);
    this.#areSecret.set(name, known);
    return known;
  }

  /** Whether a name is given a secret, and no variable or example. The value stands in quotes, so it must not end them. */
  #isGiven(name: string, value: string): boolean {
    const text = `${name}="${value.slice(0, 200).replaceAll(/[\s"\\]/g, "_")}"`;
    return this.#mask(text) !== text;
  }

  hasSecret(text: string): boolean {
    return this.#mask(text) !== text;
  }

  /** A word of a command: what is left of it behind the words before it. */
  maskedWord(before: readonly string[], word: string): string {
    const start = [...before, ""].join(" ");
    const shown = this.#mask(start + word);
    const shownStart = this.#mask(start);
    if (shown === shownStart + word) return word;
    return shown.startsWith(shownStart) ? shown.slice(shownStart.length) : MASKED;
  }
}

/** The bytes in base64, each as a letter: enough to find a secret. */
function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return base64; // a mistake of the definition, which is reported
  }
}
