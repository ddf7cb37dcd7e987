/** `pithy-image snapshot ensure`: ensures that the snapshots of all images are ready. */
import { type Command, Option } from "commander";
import type { EnsureSnapshotOptions } from "../../daytona/snapshot/ensure-options.ts";
import type { EnsuredSnapshot } from "../../daytona/snapshot/ensured.ts";
import type { Lock } from "../../lock/lock.ts";
import type { PithyDaytonaError } from "../../shared/errors.ts";
import { exitWith } from "../exit.ts";
import { examples } from "../help.ts";
import { changeOf, entryOf, lockImage, readLock, staleLock } from "../lock-file.ts";
import { images, type NamedImage, ownPrefix, rootOf } from "../module.ts";
import { print, printJson, printProgress, withoutColors } from "../print.ts";
import { withProgress } from "../progress.ts";
import { USAGE, UsageError } from "../usage-error.ts";
import { connect, type Daytona } from "./connect.ts";
import { KEEP, keptLocks } from "./kept-locks.ts";

interface Options {
  root?: string;
  refresh?: string;
  check?: string;
  wait: boolean;
  prune?: true;
  keep: string[];
  json?: true;
}

/** What happened to the snapshot of an image. */
type Result = { readonly image: string } & (
  | (Pick<EnsuredSnapshot, "outcome" | "name" | "id" | "pruned"> & { readonly state: string })
  | { readonly error: unknown }
);

export function ensure(group: Command): void {
  group
    .command("ensure")
    .summary("ensure that the snapshots of all images are ready")
    .description(
      "Ensures that the snapshot of each image of the application is ready: it is used, waited for, woken or built. Run it before you deploy. States and logs go to the standard error. Several of these commands may run at once. If there is a lock that does not match an image, nothing is built: production would not find the snapshot. When the quota is reached, it fails; with --prune, old snapshots of the same image are deleted instead, by the rules of `snapshot prune`.",
    )
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--refresh <token>", "any string; a new one builds again what failed before")
    .option(
      "--check <command>",
      "a shell command that has to succeed in a sandbox of a new snapshot before it gets its name",
    )
    .addOption(new Option("--no-wait", "start what has to be built, and do not wait for it").conflicts("check"))
    .option("--prune", "when the quota is reached, delete old snapshots of the same image")
    .option("--keep <locks...>", `with --prune: ${KEEP}`, [])
    .option("--json", "print the results as JSON")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image snapshot ensure",
        "npx pithy-image snapshot ensure --prune --keep staging.lock.json",
        "npx pithy-image snapshot ensure --json",
      ),
    )
    .action(run);
}

async function run({ root, refresh, check, wait, prune, keep, json }: Options): Promise<void> {
  if (keep.length > 0 && !prune) throw new UsageError("`--keep` is only for `--prune`.", USAGE);
  const lock = readLock();
  const room = prune ? { prune, keep: keptLocks(keep) } : {};
  const daytona = connect();
  const how = { refresh, wait, ...(check !== undefined && { check: ["sh", "-c", check] }), ...room };
  const results = await Promise.all(images().map((image) => ensureOne(daytona, image, lock, root, how)));
  for (const result of results) {
    if ("error" in result) exitWith(result.error);
  }
  if (json) printJson({ snapshots: results.map(plain) });
  else print(results.flatMap(lines).join(""));
}

/** What became of an image's snapshot, and what was deleted for it. */
const lines = (result: Result): string[] =>
  "error" in result
    ? []
    : [
        `${result.image}  ${result.name}  ${result.outcome}${result.state === "active" ? "" : `: ${result.state}`}\n`,
        ...result.pruned.map((name) => `${result.image}  ${name}  deleted: the quota was reached\n`),
      ];

/** A result for JSON, which drops the fields of errors. */
function plain(result: Result): object {
  if (!("error" in result)) return result;
  const { code, message, pruned } = Object(result.error) as Partial<PithyDaytonaError>;
  return { image: result.image, error: { code, message, pruned } };
}

async function ensureOne(
  daytona: Daytona,
  named: NamedImage,
  lock: Lock | undefined,
  root: string | undefined,
  how: EnsureSnapshotOptions,
): Promise<Result> {
  const { name: image, prefix } = named;
  const log = new LinesOf(image);
  try {
    const { image: definition, snapshot, resolved, entry } = await lockImage(named, root);
    // Production would not find a snapshot that the lock does not name.
    if (lock && changeOf(entryOf(lock, image), entry)) throw staleLock(image);
    const wanted = { resolve: async () => resolved, refresh: (token: string) => definition.refresh(token) };
    const ensured = withProgress((onProgress) =>
      daytona.ensureSnapshot(wanted, {
        ...how,
        root: rootOf(named.path, root),
        ...snapshot,
        prefix: how.prune ? ownPrefix(named) : prefix,
        onState: (state) => log.write(`${state}\n`),
        onWait: (reason) => log.write(`waiting: ${reason}\n`),
        onLog: (text) => log.write(text),
        onProgress,
      }),
    );
    const { outcome, name, id, pruned, ...made } = await ensured;
    return { image, outcome, name, id, pruned, state: made.snapshot.state };
  } catch (error) {
    return { image, error };
  } finally {
    log.end();
  }
}

/** Prints the log of one image among those of others, in whole lines that begin with the image's name. */
class LinesOf {
  readonly #image: string;
  #rest = "";

  constructor(image: string) {
    this.#image = image;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r(?!$)/); // a progress bar overwrites its line
    this.#rest = lines.pop() ?? "";
    for (const each of lines) printProgress(`${this.#image}: ${withoutColors(each)}\n`);
  }

  end(): void {
    if (this.#rest !== "") this.write("\n");
  }
}
