/** `pithy-image snapshot prune`: deletes the snapshots that are no longer needed. */
import type { Command } from "commander";
import type { Pruned } from "../../daytona/snapshot/prune.ts";
import type { Lock } from "../../lock/lock.ts";
import { examples } from "../help.ts";
import { LOCK_FILE, readLock } from "../lock-file.ts";
import { images } from "../module.ts";
import { print, printJson } from "../print.ts";
import { UsageError } from "../usage-error.ts";
import { connect } from "./connect.ts";

interface Options {
  yes?: true;
  keep: string[];
  json?: true;
}

export function prune(group: Command): void {
  group
    .command("prune")
    .summary("delete snapshots that are no longer needed; a dry run without --yes")
    .description(
      `Lists the snapshots of the application's images that are no longer needed, and deletes them with --yes. These stay: those that ${LOCK_FILE} and the locks of --keep name, the newest three of each image, those in progress, and those built or used within 48 hours.`,
    )
    .option("-y, --yes", "delete them")
    .option("--keep <locks...>", "locks of other running versions of the application", [])
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image snapshot prune",
        "npx pithy-image snapshot prune --yes",
        "npx pithy-image snapshot prune --keep staging.lock.json",
      ),
    )
    .action(run);
}

async function run({ yes, keep: files, json }: Options): Promise<void> {
  const keep = locks(files);
  const daytona = connect();
  const pruned = await Promise.all(
    images().map(({ prefix }) => daytona.pruneSnapshots({ prefix, keep, dryRun: !yes })),
  );
  const all: Pruned = {
    deleted: pruned.flatMap(({ deleted }) => deleted),
    kept: pruned.flatMap(({ kept }) => kept),
  };
  if (json) printJson({ dryRun: !yes, ...all });
  else print(asText(all, yes));
}

/** The locks that say what production uses; they are required. */
function locks(files: readonly string[]): Lock[] {
  const all = [LOCK_FILE, ...files].map((file) => {
    const lock = readLock(file);
    if (!lock)
      throw new UsageError(
        `${file} does not exist, so it is not known which snapshots must stay. Write it: \`pithy-image lock\`.`,
      );
    return lock;
  });
  return all;
}

function asText({ deleted, kept }: Pruned, yes: true | undefined): string {
  const gone = deleted.map((name) => `${yes ? "deleted" : "would delete"}  ${name}`);
  const stays = kept.map(({ name, reason }) => `kept  ${name}  ${reason}`);
  const end =
    deleted.length > 0 && !yes ? ["Nothing was deleted. To delete them: `pithy-image snapshot prune --yes`."] : [];
  return [...gone, ...stays, ...end].map((each) => `${each}\n`).join("");
}
