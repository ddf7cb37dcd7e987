/** `pithy-image snapshot`: the snapshots of the application's images in Daytona. */
import type { Command } from "commander";
import { examples } from "./help.ts";
import { ensure } from "./snapshot/snapshot-ensure.ts";
import { list } from "./snapshot/snapshot-list.ts";
import { logs } from "./snapshot/snapshot-logs.ts";
import { prune } from "./snapshot/snapshot-prune.ts";
import { verify } from "./snapshot/snapshot-verify.ts";

/** Adds the commands to the program. */
export function snapshot(program: Command): void {
  const group = program
    .command("snapshot")
    .summary("create, list, prune and verify the snapshots of all images, and print their build logs")
    .description(
      "Manages the snapshots of the application's images in Daytona, with the application's SDK. DAYTONA_API_KEY and the other variables are read from the environment, .env.local and .env.",
    )
    .addHelpText(
      "after",
      examples("npx pithy-image snapshot ensure", "npx pithy-image snapshot list", "npx pithy-image snapshot verify"),
    );
  for (const register of [ensure, list, logs, prune, verify]) register(group);
}
