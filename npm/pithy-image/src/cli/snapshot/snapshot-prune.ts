/** `pithy-image snapshot prune`: deletes the snapshots that are no longer needed. */
import type { Command } from "commander";
import type { Pruned } from "../../daytona/snapshot/prune.ts";
import { exitWith } from "../exit.ts";
import { examples } from "../help.ts";
import { LOCK_FILE } from "../lock-file.ts";
import { images, ownPrefix } from "../module.ts";
import { print, printJson } from "../print.ts";
import { connect } from "./connect.ts";
import { KEEP, keptLocks } from "./kept-locks.ts";

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
      `Lists the snapshots of the application's images that are no longer needed, and deletes them with --yes. These stay: those that ${LOCK_FILE} and the locks of --keep name, those that a sandbox or a warm pool uses, the newest three of each image, those in progress, and those built or used within 48 hours.`,
    )
    .option("-y, --yes", "delete them")
    .option("--keep <locks...>", KEEP, [])
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
  const keep = keptLocks(files);
  const prefixes = images().map(ownPrefix);
  const daytona = connect();
  const pruned = await Promise.all(prefixes.map((prefix) => daytona.pruneSnapshots({ prefix, keep, dryRun: !yes })));
  const all: Pruned = {
    deleted: pruned.flatMap(({ deleted }) => deleted),
    kept: pruned.flatMap(({ kept }) => kept),
    failed: pruned.flatMap(({ failed }) => failed),
  };
  for (const { error } of all.failed) exitWith(error);
  if (json) printJson({ dryRun: !yes, ...all, failed: all.failed.map(plain) });
  else print(asText(all, yes));
}

/** A failure for JSON, which drops the fields of errors. */
const plain = ({ name, error: { code, message } }: Pruned["failed"][number]) => ({ name, error: { code, message } });

function asText({ deleted, kept, failed }: Pruned, yes: true | undefined): string {
  const gone = deleted.map((name) => `${yes ? "deleted" : "would delete"}  ${name}`);
  const stays = kept.map(({ name, reason }) => `kept  ${name}  ${reason}`);
  const left = failed.map(({ name }) => `failed  ${name}`);
  const end =
    deleted.length > 0 && !yes ? ["Nothing was deleted. To delete them: `pithy-image snapshot prune --yes`."] : [];
  const all = [...gone, ...stays, ...left, ...end];
  return (all.length > 0 ? all : ["There are no snapshots of these images."]).map((each) => `${each}\n`).join("");
}
