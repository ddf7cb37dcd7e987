/** `pithy-image lock`: writes what the application's images are, or checks it. */
import type { Command } from "commander";
import { type Lock, serializeLock } from "../lock/lock.ts";
import { examples } from "./help.ts";
import { type Change, changeOf, entryOf, LOCK_FILE, lockImage, readLock } from "./lock-file.ts";
import { images } from "./module.ts";
import { print, printJson } from "./print.ts";
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
      `Writes ${LOCK_FILE}: what the images of the application are, and the names of their snapshots. It is committed with the code. With --check it writes nothing, reads every file, and exits with 1 unless the lock is what the images make now.`,
    )
    .option("--check", "only say whether it is up to date, for CI")
    .option("--root <dir>", "where local paths start (default: PITHY_IMAGE_ROOT, or the current directory)")
    .option("--json", "what changed as JSON")
    .addHelpText(
      "after",
      examples("npx pithy-image lock", "npx pithy-image lock --check", "npx pithy-image lock --json"),
    )
    .action(run);
}

async function run({ check, root, json }: Options): Promise<void> {
  const before = check ? readLock() : readAny();
  const after = await lockAll(root);
  const changes = changesOf(before, after);
  const isUpToDate = before !== undefined && Object.keys(changes).length === 0;
  if (!isUpToDate && !check) writeTogether([{ path: LOCK_FILE, content: serializeLock(after) }]);
  if (!isUpToDate && check) process.exitCode = 1;
  const stale = check && !isUpToDate && { code: "lock_stale" };
  if (json) printJson({ file: LOCK_FILE, upToDate: isUpToDate, ...stale, images: changes });
  else print(asText(changes, isUpToDate, check));
}

/** The lock that is there, if it is one: what cannot be read is written anew. */
function readAny(): Lock | undefined {
  try {
    return readLock();
  } catch {
    return undefined;
  }
}

async function lockAll(root: string | undefined): Promise<Lock> {
  const entries = images().map(async (image) => [image.name, (await lockImage(image, root)).entry] as const);
  return { format: "pithy-image-lock/1", images: Object.fromEntries(await Promise.all(entries)) };
}

function changesOf(before: Lock | undefined, after: Lock): Changes {
  const names = new Set([...Object.keys(after.images), ...Object.keys(before?.images ?? {})]);
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const change = changeOf(entryOf(before, name), entryOf(after, name));
      return change ? [[name, change]] : [];
    }),
  );
}

function asText(changes: Changes, isUpToDate: boolean, check: true | undefined): string {
  if (isUpToDate) return `${LOCK_FILE} is up to date.\n`;
  const changed = Object.entries(changes).flatMap(([name, { removed, added }]) => [
    name,
    ...removed.map((line) => `  - ${line}`),
    ...added.map((line) => `  + ${line}`),
  ]);
  const end = check ? `${LOCK_FILE} is not up to date. Write it: \`pithy-image lock\`.` : `${LOCK_FILE} is written.`;
  return [...changed, end, ""].join("\n");
}
