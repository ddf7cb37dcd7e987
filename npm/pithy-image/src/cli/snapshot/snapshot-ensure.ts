/** `pithy-image snapshot ensure`: makes sure that the snapshots of all images are ready. */
import type { Command } from "commander";
import type { EnsuredSnapshot } from "../../daytona/snapshot/ensured.ts";
import type { Lock } from "../../lock/lock.ts";
import { exitWith } from "../exit.ts";
import { examples } from "../help.ts";
import { changeOf, entryOf, lockImage, readLock, staleLock } from "../lock-file.ts";
import { images, type NamedImage } from "../module.ts";
import { complain, print, printJson } from "../print.ts";
import { connect, type Daytona } from "./connect.ts";

interface Options {
  root?: string;
  refresh?: string;
  json?: true;
}

/** What became of the snapshot of an image. */
type Result = { readonly image: string } & (
  | Pick<EnsuredSnapshot, "outcome" | "name" | "id">
  | { readonly error: unknown }
);

export function ensure(group: Command): void {
  group
    .command("ensure")
    .summary("make sure that the snapshots of all images are ready")
    .description(
      "Makes sure that the snapshot of each image of the application is ready: it is used, waited for, woken or built. Run it before you deploy. States and logs go to the standard error. Any number may run at once. Where there is a lock that is not what an image makes, nothing is built: production would not find it. When there are as many snapshots as there may be, old ones of the same image are pruned; what the lock names stays.",
    )
    .option("--root <dir>", "where local paths start (default: PITHY_IMAGE_ROOT, or the current directory)")
    .option("--refresh <token>", "any text; another one builds anew what failed before")
    .option("--json", "what became of each as JSON")
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

/** For JSON, which has nothing of errors. */
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
    // What the lock does not name, production would not find.
    if (lock && changeOf(entryOf(lock, image), entry)) throw staleLock(image);
    const wanted = { resolve: async () => resolved, refresh: (token: string) => definition.refresh(token) };
    const { outcome, name, id } = await daytona.ensureSnapshot(wanted, {
      ...options,
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

/** The log of one image among those of others: whole lines, each with the image's name. */
class LinesOf {
  readonly #image: string;
  #rest = "";

  constructor(image: string) {
    this.#image = image;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n|\r(?!$)/); // a bar of progress goes back and writes its line anew
    this.#rest = lines.pop() ?? "";
    for (const each of lines) complain(`${this.#image}: ${each}\n`);
  }

  end(): void {
    if (this.#rest !== "") this.write("\n");
  }
}
