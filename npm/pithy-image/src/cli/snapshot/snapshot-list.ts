/** `pithy-image snapshot list`: the snapshots of the application's images. */
import type { Command } from "commander";
import { ApiCall } from "../../daytona/api-call.ts";
import { listSnapshots } from "../../daytona/snapshot/prune.ts";
import type { SnapshotRecord } from "../../daytona/snapshot/snapshot-record.ts";
import { examples } from "../help.ts";
import { LOCK_FILE, readLock } from "../lock-file.ts";
import { images } from "../module.ts";
import { print, printJson } from "../print.ts";
import { connect } from "./connect.ts";

/** Seconds that listing may take. */
const DEADLINE = 60;

interface Listed extends Pick<SnapshotRecord, "name" | "state" | "createdAt"> {
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
  if (json) printJson({ snapshots });
  else print(snapshots.map(line).join(""));
}

async function listAll(): Promise<Listed[]> {
  const { connection } = connect();
  const locked = new Set(Object.values(readLock()?.images ?? {}).map(({ snapshotName }) => snapshotName));
  const call = new ApiCall(connection, {}, DEADLINE);
  try {
    const found = await Promise.all(images().map(({ prefix }) => listSnapshots(call, prefix)));
    return found.flat().map(({ name, state, createdAt }) => ({ name, state, createdAt, locked: locked.has(name) }));
  } finally {
    call.end();
  }
}

const line = ({ name, state, createdAt, locked }: Listed): string =>
  `${name}  ${state}  ${age(createdAt)}${locked ? "  in the lock" : ""}\n`;

function age(createdAt: string | undefined): string {
  const hours = Math.floor((Date.now() - Date.parse(createdAt ?? "")) / 3_600_000);
  if (Number.isNaN(hours)) return "of unknown age";
  return hours < 48 ? `${hours} hours old` : `${Math.floor(hours / 24)} days old`;
}
