/** Reads the environment variables for Daytona. It uses nothing of Node, so that it also runs on an edge. */
import { anObject } from "../shared/check.ts";
import type { PithyDaytonaError } from "../shared/errors.ts";
import { checkGiven, misuse } from "./failure.ts";

/** Environment variables, such as `process.env`. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The settings of a client of Daytona. The key is in them, and in copies of them, but is not shown when they are printed.
 *
 * @example
 * ```ts
 * const { client } = daytonaConfig({ DAYTONA_API_KEY: "dtn_secret", DAYTONA_TARGET: "us" });
 * String(client);
 * // {"apiKey":"[redacted]","target":"us"}
 * ```
 */
export interface ClientSettings {
  /** `DAYTONA_API_KEY`. */
  readonly apiKey: string;
  /** `DAYTONA_API_URL`; the SDK's default when absent. */
  readonly apiUrl?: string;
  /** `DAYTONA_TARGET`, the region. */
  readonly target?: string;
}

/** What {@link daytonaConfig} returns. */
export type DaytonaSettings = DeclarativeSettings | SnapshotSettings;

interface Settings {
  /** For `new Daytona(client)`. */
  readonly client: ClientSettings;
}

interface DeclarativeSettings extends Settings {
  /** Whether sandboxes are created from the lock or the image; otherwise from the named snapshot. */
  readonly useDeclarativeImage: true;
  /** `DAYTONA_SNAPSHOT_NAME`. */
  readonly snapshotName: string | undefined;
}

interface SnapshotSettings extends Settings {
  /** Sandboxes are created from the named snapshot. */
  readonly useDeclarativeImage: false;
  /** `DAYTONA_SNAPSHOT_NAME`. */
  readonly snapshotName: string;
}

/** The SDK's default. */
export const DEFAULT_API_URL = "https://app.daytona.io/api";

const YES = ["true", "1", "yes", "on"];
const NO = ["false", "0", "no", "off"];

/**
 * Reads the environment variables for Daytona, and reports everything that is wrong with them at once:
 *
 * - `DAYTONA_API_KEY` is required; `DAYTONA_API_URL` and `DAYTONA_TARGET` are optional.
 * - `DAYTONA_USE_DECLARATIVE_IMAGE` defaults to `true`. With `false`, `0`, `no` or `off`, `DAYTONA_SNAPSHOT_NAME` is
 *   required.
 *
 * White space around a value is ignored, and an empty variable counts as not set.
 *
 * @param env - The variables; `process.env` when not given.
 * @throws PithyDaytonaError with the code `configuration`.
 *
 * @example
 * ```ts
 * const config = daytonaConfig();
 * const client = new Daytona(config.client);
 * config.useDeclarativeImage;
 * // true
 * ```
 */
export function daytonaConfig(env: Environment = typeof process === "undefined" ? {} : process.env): DaytonaSettings {
  checkGiven("daytonaConfig", env, anObject, "The argument");
  const given = (name: string) => env[name]?.trim() || undefined;
  const apiKey = given("DAYTONA_API_KEY");
  const apiUrl = given("DAYTONA_API_URL");
  const target = given("DAYTONA_TARGET");
  const snapshotName = given("DAYTONA_SNAPSHOT_NAME");
  const useDeclarativeImage = yesOrNo(given("DAYTONA_USE_DECLARATIVE_IMAGE") ?? "true");
  const mistakes = [
    useDeclarativeImage === undefined &&
      "`DAYTONA_USE_DECLARATIVE_IMAGE` must be `true` or `false`: correct it, or leave it out.",
    useDeclarativeImage === false &&
      snapshotName === undefined &&
      "`DAYTONA_SNAPSHOT_NAME` is not set: without declarative images, it names the snapshot for new sandboxes.",
    apiKey === undefined && "`DAYTONA_API_KEY` is not set: create a key in the Daytona dashboard.",
    // The value is not shown: it may be the key, in the wrong variable.
    apiUrl !== undefined && !isHttp(apiUrl) && "`DAYTONA_API_URL` is not a URL that begins with `https://`.",
  ].filter((mistake) => mistake !== false);
  if (mistakes.length > 0 || apiKey === undefined || useDeclarativeImage === undefined) throw failure(mistakes);
  const client = new Redacted(apiKey, { ...(apiUrl && { apiUrl }), ...(target && { target }) });
  return { client, useDeclarativeImage, snapshotName } as DaytonaSettings; // a name is there where it is needed
}

function yesOrNo(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (YES.includes(word)) return true;
  return NO.includes(word) ? false : undefined;
}

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

function failure(mistakes: readonly string[]): PithyDaytonaError {
  const lines = mistakes.map((mistake) => `\n  ${mistake}`);
  const hint = "Correct the environment, or what sets it, such as `.env.local` or the settings of the deployment.";
  return misuse(`Invalid Daytona environment variables:${lines.join("")}`, hint);
}

/** Keeps the key out of logs. */
class Redacted implements ClientSettings {
  declare readonly apiKey: string;

  constructor(apiKey: string, others: Omit<ClientSettings, "apiKey">) {
    // An own property, so that copies have it; a getter, for printers that respect nothing else.
    Object.defineProperty(this, "apiKey", { get: () => apiKey, enumerable: true });
    Object.assign(this, others);
  }

  toJSON(): ClientSettings {
    return { ...this, apiKey: "[redacted]" };
  }

  toString(): string {
    return JSON.stringify(this);
  }

  /** For `console.log` of Node and of edges. */
  [Symbol.for("nodejs.util.inspect.custom")](): ClientSettings {
    return this.toJSON();
  }
}
