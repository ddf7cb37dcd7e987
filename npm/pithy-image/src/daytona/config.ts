/** What the environment says of Daytona. Nothing here is Node's: it runs on an edge as it does there. */
import type { PithyImageError } from "../shared/errors.ts";
import { misuse } from "./failure.ts";

/** Environment variables, such as `process.env`. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a client of Daytona is made with. The key is in it, and in copies of it, but is not shown where it is printed.
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
  /** `DAYTONA_API_URL`; the SDK's own when absent. */
  readonly apiUrl?: string;
  /** `DAYTONA_TARGET`, the region. */
  readonly target?: string;
}

/** What {@link daytonaConfig} answers. */
export type DaytonaSettings = {
  /** For `new Daytona(client)`. */
  readonly client: ClientSettings;
} & (
  | {
      /** Whether sandboxes are made of the lock, or of the image; else of the snapshot that is named. */
      readonly useDeclarativeImage: true;
      /** `DAYTONA_SNAPSHOT_NAME`. */
      readonly snapshotName: string | undefined;
    }
  | {
      /** Sandboxes are made of the snapshot that is named. */
      readonly useDeclarativeImage: false;
      /** `DAYTONA_SNAPSHOT_NAME`. */
      readonly snapshotName: string;
    }
);

/** Where the SDK goes when it is told nothing. */
export const DEFAULT_API_URL = "https://app.daytona.io/api";

const YES = ["true", "1", "yes", "on"];
const NO = ["false", "0", "no", "off"];

/**
 * Reads what the environment says of Daytona, and finds all that is wrong with it at once:
 *
 * - `DAYTONA_API_KEY` is needed; `DAYTONA_API_URL` and `DAYTONA_TARGET` are not.
 * - `DAYTONA_USE_DECLARATIVE_IMAGE` is yes when it is not given. With `false`, `0`, `no` or `off`, `DAYTONA_SNAPSHOT_NAME`
 *   is needed.
 *
 * Blanks around a value do not count, and a variable without a value is not given.
 *
 * @param env - The variables; `process.env` when not given.
 * @throws PithyImageError with the code `configuration`.
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
  const given = (name: string) => env[name]?.trim() || undefined;
  const apiKey = given("DAYTONA_API_KEY");
  const apiUrl = given("DAYTONA_API_URL");
  const target = given("DAYTONA_TARGET");
  const snapshotName = given("DAYTONA_SNAPSHOT_NAME");
  const useDeclarativeImage = yesOrNo(given("DAYTONA_USE_DECLARATIVE_IMAGE") ?? "true");
  const mistakes = [
    useDeclarativeImage === undefined &&
      "`DAYTONA_USE_DECLARATIVE_IMAGE` is neither yes nor no: set it to `true` or `false`, or leave it out.",
    useDeclarativeImage === false &&
      snapshotName === undefined &&
      "`DAYTONA_SNAPSHOT_NAME` is not set: without declarative images, it names the snapshot of new sandboxes.",
    apiKey === undefined && "`DAYTONA_API_KEY` is not set: make a key in the Daytona dashboard.",
    // The value is not shown: it may be the key, in the wrong variable.
    apiUrl !== undefined && !isHttp(apiUrl) && "`DAYTONA_API_URL` is not an address that begins with `https://`.",
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

function failure(mistakes: readonly string[]): PithyImageError {
  const lines = mistakes.map((mistake) => `\n  ${mistake}`);
  const hint = "Correct the environment, or what fills it, such as `.env.local` or the settings of the deployment.";
  const message = `The environment is not one to reach Daytona with:${lines.join("")}`;
  return misuse(message, hint);
}

/** Keeps the key out of logs. */
class Redacted implements ClientSettings {
  declare readonly apiKey: string;

  constructor(apiKey: string, others: Omit<ClientSettings, "apiKey">) {
    // A field of its own, for copies to have it; a getter, for printers that heed nothing else.
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
