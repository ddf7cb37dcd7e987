/** `pithy-image snapshot ensure`: ensures that the snapshots of all images are ready. */
import type { Command } from "commander";
import type { EnsuredSnapshot } from "../../daytona/snapshot/ensured.ts";
import type { Lock } from "../../lock/lock.ts";
import { exitWith } from "../exit.ts";
import { examples } from "../help.ts";
import { changeOf, entryOf, lockImage, readLock, staleLock } from "../lock-file.ts";
import { images, type NamedImage, rootOf } from "../module.ts";
import { print, printError, printJson } from "../print.ts";
import { connect, type Daytona } from "./connect.ts";

interface Options {
  root?: string;
  refresh?: string;
  json?: true;
}

/** What happened to the snapshot of an image. */
type Result = { readonly image: string } & (
  | Pick<EnsuredSnapshot, "outcome" | "name" | "id">
  | { readonly error: unknown }
);

export function ensure(group: Command): void {
  group
    .command("ensure")
    .summary("ensure that the snapshots of all images are ready")
    .description(
      "Ensures that the snapshot of each image of the application is ready: it is used, waited for, woken or built. Run it before you deploy. States and logs go to the standard error. Several of these commands may run at once. If there is a lock that does not match an image, nothing is built: production would not find the snapshot. When the quota is reached, old snapshots of the same image are pruned; those that the lock names stay.",
    )
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--refresh <token>", "any string; a new one builds again what failed before")
    .option("--json", "print the results as JSON")
    .addHelpText("after", examples("npx pithy-image snapshot ensure", "npx pithy-image snapshot ensure --json"))
    .action(run);
}

async function run({ root, refresh, json }: Options): Promise<void> {
  const daytona = connect();
  const lock = readLock();
  const results = await Promise.all(images().map((image) => ensureOne(daytona, image, lock, { root, refresh })));
  for (const result of results) {
    if ("error" in result) exitWith(result.error);
  }
  if (json) printJson({ snapshots: results.map(plain) });
  else print(results.map(line).join(""));
}

const line = (result: Result): string =>
  "error" in result ? "" : `${result.image}  ${result.name}  ${result.outcome}\n`;

/** A result for JSON, which drops the fields of errors. */
function plain(result: Result): object {
  if (!("error" in result)) return result;
  const { code, message } = Object(result.error) as { readonly code?: unknown; readonly message?: unknown };
  return { image: result.image, error: { code, message } };
}

async function ensureOne(
  daytona: Daytona,
  named: NamedImage,
  lock: Lock | undefined,
  options: Pick<Options, "root" | "refresh">,
): Promise<Result> {
  const { name: image, prefix } = named;
  const log = new LinesOf(image);
  try {
    const { image: definition, snapshot, resolved, entry } = await lockImage(named, options.root);
    // Production would not find a snapshot that the lock does not name.
    if (lock && changeOf(entryOf(lock, image), entry)) throw staleLock(image);
    const wanted = { resolve: async () => resolved, refresh: (token: string) => definition.refresh(token) };
    const { outcome, name, id } = await daytona.ensureSnapshot(wanted, {
      refresh: options.refresh,
      root: rootOf(named.path, options.root),
      ...snapshot,
      prefix,
      keep: lock ? [lock] : [],
      onState: (state) => log.write(`${state}\n`),
      onLog: (text) => log.write(text),
    });
    return { image, outcome, name, id };
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
    for (const each of lines) printError(`${this.#image}: ${each}\n`);
  }

  end(): void {
    if (this.#rest !== "") this.write("\n");
  }
}
