/** `pithy-image snapshot logs`: the build log of a snapshot. */
import type { Command } from "commander";
import { examples } from "../help.ts";
import { print, printJson, withoutColors } from "../print.ts";
import { connect } from "./connect.ts";

export function logs(group: Command): void {
  group
    .command("logs")
    .summary("print the build log of a snapshot")
    .description(
      "Prints the log of a snapshot's build, whether it succeeded or not, as far as Daytona has kept it. The names are those of `snapshot list`.",
    )
    .argument("<name>", "the name of the snapshot")
    .option("-f, --follow", "wait for the end of a build that is under way")
    .option("--json", "print the log as JSON, when it is complete")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image snapshot logs acme/agent-0123456789abcdef0123",
        "npx pithy-image snapshot logs acme/agent-0123456789abcdef0123 --follow",
      ),
    )
    .action(run);
}

async function run(name: string, { follow, json }: { follow?: true; json?: true }): Promise<void> {
  const log = await connect().snapshotLog(name, {
    follow,
    ...(!json && { onLog: (text) => print(withoutColors(text)) }),
  });
  if (json) printJson({ name, log });
}
