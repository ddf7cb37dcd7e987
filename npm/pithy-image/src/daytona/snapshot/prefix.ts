/** The prefixes of snapshot names: they say whose a snapshot is. */
import { type Check, must } from "../../shared/check.ts";

/** Every name that is made from an image ends with these digits. */
const NAME = /^(.+)-[0-9a-f]{20}$/;

/** Parts as Daytona accepts them, three characters or more, and no separator at the end: that is only the beginning of others. */
const PREFIX = /^(?=.{3})[\w.\-:]+(?:\/[\w.\-:]+)*(?<=[a-zA-Z0-9])$/;

/** The prefix of names that were made without one, by any application. */
const NOBODYS = "pithy-image";

/** What precedes the digits of a name, exactly: `acme/agent` is not the prefix of a snapshot of `acme/agent-web`. */
export const prefixOf = (name: string): string | undefined => NAME.exec(name)?.[1];

/** Prefixes that are one application's own, so that what bears them may be deleted. */
export const anOwnPrefix: Check = must(
  `the whole prefix of one application's snapshots, such as \`acme/agent\`: letters, digits, \`_\`, \`.\`, \`-\` and \`:\`, in parts separated by single \`/\`, three characters or more, the last one a letter or digit; not \`${NOBODYS}\`, which all snapshots have that were made without a prefix`,
  (value) => typeof value === "string" && value !== NOBODYS && PREFIX.test(value),
  true,
);
