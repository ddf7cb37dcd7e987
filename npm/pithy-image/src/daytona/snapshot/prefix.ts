/** The prefixes of snapshot names: they say whose a snapshot is. */
import { type Check, must } from "../../shared/check.ts";

/** Every name that is made from an image ends with these digits. */
const NAME = /^(.+)-[0-9a-f]{20}$/;

/** Parts as Daytona accepts them, three characters or more, and no separator at the end: that is only the beginning of others. */
const PREFIX = /^(?=.{3})[\w.\-:]+(?:\/[\w.\-:]+)*(?<=[a-zA-Z0-9])$/;

/** The prefix of names that were made without one, by any application. */
const DEFAULT_PREFIX = "pithy-image";

/** Precedes the names of snapshots that wait for their own: nobody but `ensureSnapshot` relies on those. */
const PENDING = "pending/";

/** The name under which the content of a name is made before it gets that name. */
export const pendingName = (name: string): string => `${PENDING}${name}`;

/** Whether a snapshot waits for its name, or was left behind by a call that was stopped. */
export const isPending = (name: string): boolean => name.startsWith(PENDING);

/** What precedes the digits of a name, exactly: `acme/agent` is not the prefix of a snapshot of `acme/agent-web`. */
export const prefixOf = (name: string): string | undefined =>
  NAME.exec(isPending(name) ? name.slice(PENDING.length) : name)?.[1];

const aPrefix = must(
  "a whole prefix such as `acme/agent`, of 3 characters or more, the last one a letter or digit",
  (value) => typeof value === "string" && PREFIX.test(value),
  true,
);

/** Prefixes that are one application's own, so that what bears them may be deleted. */
export const anOwnPrefix: Check = (value, path) => {
  if (value !== DEFAULT_PREFIX) return aPrefix(value, path);
  const message = `must be the application's own: \`${DEFAULT_PREFIX}\` is that of all names made without one.`;
  return [{ code: "wrong_type", path, message }];
};
