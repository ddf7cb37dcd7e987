/** `pithy-image lock`: writes the lock of the application's images, or checks it. */
import type { Command } from "commander";
import { type Lock, serializeLock } from "../lock/lock.ts";
import { fail } from "./envelope.ts";
import { examples } from "./help.ts";
import { findingLine } from "./lint/line.ts";
import { policyOf } from "./lint/policy.ts";
import { interruptible } from "./local/interrupt.ts";
import { type Change, changeOf, entryOf, LOCK_FILE, type LockedImage, lockImage, readLock } from "./lock-file.ts";
import { images } from "./module.ts";
import { inline, print, printJson, printProgress } from "./print.ts";
import { writeTogether } from "./write.ts";

interface Options {
  check?: true;
  root?: string;
  json?: true;
}

type Changes = Readonly<Record<string, Change>>;

/** Adds the command to the program. */
export function lock(program: Command): void {
  program
    .command("lock")
    .summary(`write ${LOCK_FILE}, which names the images for production`)
    .description(
      `Writes ${LOCK_FILE}: the digests of the application's images, and the names of their snapshots. Commit it with the code. With --check it writes nothing, reads every file, and exits with 1 unless the lock matches the images.`,
    )
    .option("--check", "only check whether it is up to date, for CI")
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--json", "print the changes as JSON")
    .addHelpText(
      "after",
      examples("npx pithy-image lock", "npx pithy-image lock --check", "npx pithy-image lock --json"),
    )
    .action(run);
}

const run = (options: Options): Promise<void> => interruptible((signal) => writeOrCheck(options, signal));

async function writeOrCheck({ check, root, json }: Options, signal: AbortSignal): Promise<void> {
  const before = check ? readLock() : readAny();
  const locked = await lockAll(root, { reread: check, signal });
  const after = lockOf(locked);
  const policy = policyOf();
  const findings = Object.fromEntries(locked.map(([name, { resolved }]) => [name, resolved.lint(policy)]));
  const changes = changesOf(before, after);
  const isUpToDate = before !== undefined && Object.keys(changes).length === 0;
  if (!isUpToDate && !check) writeTogether([{ path: LOCK_FILE, content: serializeLock(after) }]);
  if (!isUpToDate && check) fail(before ? "lock_stale" : "lock_missing", notUpToDate(before), UPDATE);
  for (const [name, found] of Object.entries(findings)) {
    for (const finding of found) printProgress(`${inline(`${name}: ${findingLine(finding)}`)}\n`);
  }
  if (json) printJson({ file: LOCK_FILE, upToDate: isUpToDate, images: changes, findings });
  else if (isUpToDate) print(`${LOCK_FILE} is up to date.\n`);
  else
    print(
      `${before ? changesText(changes) : ""}${check ? `${notUpToDate(before)} ${UPDATE}` : `Wrote ${LOCK_FILE}.`}\n`,
    );
}

/** The existing lock, if it is readable: an unreadable one is replaced. */
function readAny(): Lock | undefined {
  try {
    return readLock();
  } catch {
    return undefined;
  }
}

/** What a check says depends on no cache. */
const lockAll = (
  root: string | undefined,
  how: { readonly reread: boolean | undefined; readonly signal: AbortSignal },
): Promise<(readonly [name: string, LockedImage])[]> =>
  Promise.all(images().map(async (image) => [image.name, await lockImage(image, root, how)] as const));

const lockOf = (locked: readonly (readonly [name: string, LockedImage])[]): Lock => ({
  format: "pithy-image-lock/1",
  images: Object.fromEntries(locked.map(([name, { entry }]) => [name, entry])),
});

function changesOf(before: Lock | undefined, after: Lock): Changes {
  const names = new Set([...Object.keys(after.images), ...Object.keys(before?.images ?? {})]);
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const change = changeOf(entryOf(before, name), entryOf(after, name));
      return change ? [[name, change]] : [];
    }),
  );
}

const UPDATE = "Write it: `pithy-image lock`.";

const notUpToDate = (lock: Lock | undefined): string =>
  lock ? `${LOCK_FILE} is not up to date.` : `There is no ${LOCK_FILE}.`;

const changesText = (changes: Changes): string =>
  Object.entries(changes)
    .flatMap(([name, { removed, added }]) => [
      name,
      ...removed.map((line) => `  - ${line}`),
      ...added.map((line) => `  + ${line}`),
    ])
    .map((line) => `${line}\n`)
    .join("");
