/** The options of `createSandbox`. */

import type { LockContent } from "../../lock/lock.ts";
import {
  aFunction,
  aName,
  anObject,
  anything,
  type Check,
  fields,
  matching,
  optional,
  stringsByName,
  wholeAtLeast,
} from "../../shared/check.ts";
import { RESOURCES } from "../../shared/resources.ts";
import type { Resources } from "../../shared/wire.generated.ts";
import { BUILD_LISTENERS, type BuildListeners } from "../build-log.ts";
import { CALL_OPTIONS, type CallOptions } from "../call.ts";
import type { CreateParamsOf, DaytonaClient } from "../client.ts";
import { checkGiven, misuse } from "../failure.ts";
import { IMAGE, type Resolvable } from "../sdk-image.ts";

/** How a sandbox is created, whatever it is created from: see {@link CreateSandboxOptions}. */
export interface SandboxOptions<Client extends DaytonaClient = DaytonaClient> extends CallOptions, BuildListeners {
  /** A snapshot of the client's region, to use if the other one is not ready. */
  fallbackSnapshot?: string | undefined;
  /**
   * Minutes after which Daytona deletes the sandbox, whatever happens to this process. Until then it is not stopped, even while
   * a task runs in the background, unless `params.autoStopInterval` says otherwise: it is stopped after as many idle
   * minutes. SDKs before 0.199 have no other end: with them it is deleted then, and one that is never idle is not.
   */
  ttlMinutes: number;
  /** Environment variables. A sandbox that has any is not taken from a warm pool. */
  envVars?: Readonly<Record<string, string>> | undefined;
  /** Labels, in addition to ours. */
  labels?: Readonly<Record<string, string>> | undefined;
  /** Its name; generated when not given. */
  name?: string | undefined;
  /**
   * A key, such as the name of the application and the id of a user: the sandbox of the key is used again, and woken if it sleeps.
   * There is one a key in the whole organization. It is replaced if its image or region is another, if it failed, or if less than a
   * tenth of `ttlMinutes` is left. One that is used again keeps its environment variables, labels and `params`, and `onCreated`
   * is not called for it; what a failed call created stays, since other calls may have found it. Two applications, or two versions
   * of one, that use the same key get or replace each other's sandbox.
   */
  reuse?: string | undefined;
  /** Other parameters of the SDK's `create`, such as `volumes`, `secrets`, `networkBlockAll` or `language`. */
  params?: OtherParams<Client> | undefined;
  /** Called with the sandbox's id before anything is waited for. */
  onCreated?: ((id: string) => void) | undefined;
}

/** Creates a sandbox from the snapshot that a lock names, for production: see {@link CreateSandboxOptions}. */
export interface CreateFromLock<Client extends DaytonaClient = DaytonaClient> extends SandboxOptions<Client> {
  /** The content of `pithy-image.lock.json`: the sandbox is created from the snapshot that it names. */
  lock: LockContent;
  /** The image of the lock, if it has several. */
  imageName?: string | undefined;
  /** Not with a lock: it names the image's snapshot. */
  image?: undefined;
  /** Not with a lock: it names the snapshot. */
  snapshot?: undefined;
  /** Not with a lock: no local file is read. */
  root?: undefined;
  /** Not with a lock: it names the region. */
  region?: undefined;
  /** Not with a lock: its snapshot has a machine. */
  resources?: undefined;
}

/** Creates a sandbox from an image that is built during the call, for development: see {@link CreateSandboxOptions}. */
export interface CreateFromImage<Client extends DaytonaClient = DaytonaClient> extends SandboxOptions<Client> {
  /** An image that is built during the call, for development; instead of a lock. */
  image: Resolvable;
  /** Where the image's local paths start. */
  root?: string | URL | undefined;
  /** The region; the client's when not given. */
  region?: string | undefined;
  /** The machine. */
  resources?: Resources | undefined;
  /** Not with an image. */
  lock?: undefined;
  /** Only with a lock. */
  imageName?: undefined;
  /** Not with an image. */
  snapshot?: undefined;
}

/** Creates a sandbox from a snapshot by its name: see {@link CreateSandboxOptions}. */
export interface CreateFromSnapshot<Client extends DaytonaClient = DaytonaClient> extends SandboxOptions<Client> {
  /** The name of a snapshot, such as the value of `DAYTONA_SNAPSHOT_NAME`; instead of a lock. */
  snapshot: string;
  /** The region of the snapshot; the client's when not given. */
  region?: string | undefined;
  /** Not with a snapshot. */
  lock?: undefined;
  /** Only with a lock. */
  imageName?: undefined;
  /** Not with a snapshot. */
  image?: undefined;
  /** Not with a snapshot: no local file is read. */
  root?: undefined;
  /** Not with a snapshot, which has a machine of its own: pass them to `ensureSnapshot`. */
  resources?: undefined;
}

/**
 * What a sandbox is created from, exactly one of `lock`, `image` and `snapshot`, and how.
 *
 * @example
 * ```ts
 * const options: CreateSandboxOptions = { lock, envVars: { TASK_ID: "7" }, ttlMinutes: 60, onCreated: console.log };
 * ```
 */
export type CreateSandboxOptions<Client extends DaytonaClient = DaytonaClient> =
  | CreateFromLock<Client>
  | CreateFromImage<Client>
  | CreateFromSnapshot<Client>;

/** What `params` may not have: there are options for it. */
const OWN_OPTIONS = ["image", "snapshot", "name", "labels", "envVars", "resources", "ttlMinutes"] as const;

/** The parameters of a client's `create` for which there is no option: see {@link PithyDaytona.createSandbox}. */
export type OtherParams<Client extends DaytonaClient> = [CreateParamsOf<Client>] extends [never]
  ? Readonly<Record<string, unknown>>
  : Readonly<Omit<CreateParamsOf<Client>, (typeof OWN_OPTIONS)[number]>>;

const OPTIONS: Check = fields<CreateSandboxOptions>({
  ...CALL_OPTIONS,
  ...BUILD_LISTENERS,
  lock: anything,
  imageName: optional(aName),
  image: optional(IMAGE),
  snapshot: optional(aName),
  root: anything,
  region: optional(aName),
  fallbackSnapshot: optional(aName),
  ttlMinutes: wholeAtLeast(1, "a whole number of minutes"),
  envVars: optional(stringsByName),
  labels: optional(stringsByName),
  name: optional(aName),
  reuse: optional(matching("1 to 80 letters, digits, `_`, `.` and `-`", /^[\w.-]{1,80}$/)),
  resources: optional(RESOURCES),
  params: optional(anObject),
  onCreated: optional(aFunction),
});

/** Throws unless the options can be used. */
export function checkSandboxOptions(options: CreateSandboxOptions): void {
  checkGiven("createSandbox", options, OPTIONS);
  const { lock, image, snapshot, resources, params } = options;
  if ([lock, image, snapshot].filter((source) => source !== undefined).length !== 1) {
    const hint = "Pass `lock` in production, `image` in development, `snapshot` for one that was created by hand.";
    throw misuse("Expected exactly one of `lock`, `image` and `snapshot`.", hint);
  }
  if (lock === undefined && options.imageName !== undefined) {
    throw misuse("`imageName` can only be combined with a lock.", "Leave it out.");
  }
  if (!image && options.root !== undefined) {
    const source = lock === undefined ? "a snapshot" : "a lock";
    throw misuse(`\`root\` cannot be combined with ${source}.`, "No local file is read: leave it out.");
  }
  if (lock !== undefined && options.region !== undefined) {
    throw misuse("`region` cannot be combined with a lock, which already says it.", "Leave it out.");
  }
  if (options.reuse !== undefined && options.name !== undefined) {
    throw misuse("`name` cannot be combined with `reuse`, which makes the name.", "Leave it out.");
  }
  if (options.reuse !== undefined && options.fallbackSnapshot !== undefined) {
    throw misuse(
      "`fallbackSnapshot` cannot be combined with `reuse`: each would replace the other's sandbox.",
      "Leave one of them out.",
    );
  }
  if (!image && resources) {
    throw misuse(
      "`resources` cannot be combined with a snapshot, which has its own.",
      "Pass them to `ensureSnapshot`.",
    );
  }
  const own = OWN_OPTIONS.find((name) => Object.hasOwn(params ?? {}, name));
  if (own) throw misuse(`\`params\` must not have \`${own}\`.`, "Pass it as an option, or leave it to the lock.");
}
