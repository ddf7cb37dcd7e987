/** `pithy-image snapshot list`: the snapshots of the application's images. */
import type { Command } from "commander";
import { ApiCall } from "../../daytona/api-call.ts";
import { listSnapshots } from "../../daytona/snapshot/list-snapshots.ts";
import type { SnapshotRecord } from "../../daytona/snapshot/snapshot-record.ts";
import { examples } from "../help.ts";
import { LOCK_FILE, readLock } from "../lock-file.ts";
import { images, ownPrefix } from "../module.ts";
import { print, printJson } from "../print.ts";
import { connect } from "./connect.ts";

/** Seconds that listing may take. */
const DEADLINE = 60;

const HOUR = 3_600_000;

interface Listed extends Pick<SnapshotRecord, "name" | "state" | "createdAt"> {
  /** Hours since it was created, by Daytona's clock. */
  readonly age: number;
  /** Whether the lock names it. */
  readonly locked: boolean;
}

export function list(group: Command): void {
  group
    .command("list")
    .summary("list the snapshots of all images")
    .description(
      `Lists the snapshots of the application's images: name, state, age, and whether ${LOCK_FILE} names them.`,
    )
    .option("--json", "print the snapshots as JSON")
    .addHelpText("after", examples("npx pithy-image snapshot list", "npx pithy-image snapshot list --json"))
    .action(run);
}

async function run({ json }: { json?: true }): Promise<void> {
  const snapshots = await listAll();
  if (json) printJson({ snapshots: snapshots.map(({ age: _, ...snapshot }) => snapshot) });
  else print(snapshots.length > 0 ? snapshots.map(line).join("") : NONE);
}

async function listAll(): Promise<Listed[]> {
  const prefixes = images().map(ownPrefix);
  const { connection } = connect();
  const locked = new Set(Object.values(readLock()?.images ?? {}).map(({ snapshotName }) => snapshotName));
  const call = new ApiCall(connection, {}, DEADLINE);
  try {
    const lists = await Promise.all(prefixes.map((prefix) => listSnapshots(call, prefix)));
    return lists.flatMap(({ snapshots, now }) =>
      snapshots.map(({ name, state, createdAt }) => {
        // The server tells its time in whole seconds.
        const age = Math.max(0, Math.floor((now - Date.parse(createdAt ?? "")) / HOUR));
        return { name, state, createdAt, age, locked: locked.has(name) };
      }),
    );
  } finally {
    call.end();
  }
}

const NONE = "There are no snapshots of these images. Build them: `pithy-image snapshot ensure`.\n";

const line = ({ name, state, age, locked }: Listed): string =>
  `${name}  ${state}  ${describeAge(age)}${locked ? "  in the lock" : ""}\n`;

function describeAge(hours: number): string {
  if (Number.isNaN(hours)) return "of unknown age";
  return hours < 48 ? `${hours} hours old` : `${Math.floor(hours / 24)} days old`;
}
