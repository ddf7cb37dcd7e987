/** What `createSandbox` is given. */
import type { Resources } from "../../shared/wire.generated.ts";
import type { BuildListeners } from "../build-log.ts";
import type { CallOptions } from "../call.ts";
import { misuse } from "../failure.ts";
import type { Resolvable } from "../sdk-image.ts";

/**
 * What a sandbox is made of, and how.
 *
 * @example
 * ```ts
 * const options: CreateSandboxOptions = { lock, envVars: { TASK_ID: "7" }, ttlMinutes: 60, onCreated: console.log };
 * ```
 */
export interface CreateSandboxOptions extends CallOptions, BuildListeners {
  /** What `pithy-image.lock.json` holds: the sandbox is made of the snapshot that it names. */
  lock?: unknown;
  /** Which image of the lock, if it has several. */
  imageName?: string | undefined;
  /** An image that is built in the call, as development wants it; instead of a lock. */
  image?: Resolvable | undefined;
  /** The name of a snapshot, such as `DAYTONA_SNAPSHOT_NAME` has it; instead of a lock. */
  snapshot?: string | undefined;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
  /** A snapshot to take if the other is not ready. */
  fallbackSnapshot?: string | undefined;
  /** Minutes after which Daytona deletes the sandbox, whatever happens to this process. */
  ttlMinutes: number;
  /** Environment variables. A sandbox with any is not taken from a warm pool. */
  envVars?: Readonly<Record<string, string>> | undefined;
  /** Labels, beside ours. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** Its name; one of ours when not given. */
  name?: string | undefined;
  /** The machine, of an image. A snapshot has its own. */
  resources?: Resources | undefined;
  /** What else the SDK's `create` takes, such as `volumes`, `networkBlockAll` or `language`. */
  params?: Readonly<Record<string, unknown>> | undefined;
  /** Told the sandbox's id before anything is waited for. */
  onCreated?: ((id: string) => void) | undefined;
}

/** What `params` may not have: it has options of its own. */
const OPTIONS = ["image", "snapshot", "name", "labels", "envVars", "resources", "ttlMinutes"];

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
const isListener = (value: unknown): boolean => typeof value === "function";
const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown): boolean =>
  isObject(value) && Object.values(value as object).every((text) => typeof text === "string");

/** What the options are, where it is not looked at elsewhere. */
const KINDS: Readonly<Record<string, readonly [holds: (value: unknown) => boolean, what: string]>> = {
  image: [(value) => typeof Object(value).resolve === "function", "an image of pithy-image"],
  imageName: [isText, "the name of an image of the lock"],
  snapshot: [isText, "the name of a snapshot"],
  fallbackSnapshot: [isText, "the name of a snapshot"],
  ttlMinutes: [(value) => Number.isInteger(value) && Number(value) >= 1, "a number of minutes, whole and at least 1"],
  envVars: [isTexts, "texts by their names"],
  labels: [isTexts, "texts by their names"],
  name: [isText, "a name"],
  resources: [isObject, "an object such as `{ cpu: 2 }`"],
  params: [isObject, "an object"],
  onCreated: [isListener, "a function"],
  onLog: [isListener, "a function"],
  onState: [isListener, "a function"],
};

/** Throws unless the options can be used. */
export function checkSandboxOptions(options: CreateSandboxOptions): void {
  const { lock, image, snapshot, ttlMinutes, resources, params } = Object(options) as CreateSandboxOptions;
  if ([lock, image, snapshot].filter((source) => source !== undefined).length !== 1) {
    const hint = "Give `lock` in production, `image` in development, `snapshot` for one that was made by hand.";
    throw misuse("A sandbox is made of one thing: a lock, an image or a snapshot.", hint);
  }
  const given = Object.entries({ ...options, ttlMinutes }).filter(
    ([name, value]) => value !== undefined || name === "ttlMinutes",
  );
  for (const [name, value] of given) {
    const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
    // Values are not shown: they may be secrets.
    if (kind && !kind[0](value))
      throw misuse(`\`${name}\` is not ${kind[1]}.`, "Correct what `createSandbox` is given.");
  }
  if (!image && resources) throw misuse("A snapshot has its own `resources`.", "Give them to `ensureSnapshot`.");
  const double = OPTIONS.find((name) => Object.hasOwn(params ?? {}, name));
  if (double) throw misuse(`\`params\` has \`${double}\`.`, "It belongs to the options themselves, or to the lock.");
}
