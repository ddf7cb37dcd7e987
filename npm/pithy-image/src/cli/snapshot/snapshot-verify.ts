/** `pithy-image snapshot verify`: whether the snapshots hold what the images are. */
import type { Command } from "commander";
import type { Difference, Verified } from "../../daytona/snapshot/verify.ts";
import { examples } from "../help.ts";
import { entryOf, lockImage, readLock } from "../lock-file.ts";
import { chosen, load, type NamedImage } from "../module.ts";
import { print, printJson } from "../print.ts";
import { UsageError } from "../usage-error.ts";
import { connect, type Daytona } from "./connect.ts";

interface Options {
  snapshot?: string;
  root?: string;
  json?: true;
}

interface Result extends Verified {
  readonly image: string;
  readonly snapshot: string;
}

export function verify(group: Command): void {
  group
    .command("verify")
    .summary("say whether the snapshots hold what the images are now")
    .description(
      "Compares the snapshot of each image, that of the lock where there is one, with what the image is now: which instructions differ, the lines that made them, the files. Exits with 1 when something differs.",
    )
    .argument("[image]", "the name of one image (default: all of them)")
    .option("--snapshot <name>", "another snapshot, for one image")
    .option("--root <dir>", "where local paths start (default: PITHY_IMAGE_ROOT, or the current directory)")
    .option("--json", "the differences as JSON")
    .addHelpText(
      "after",
      examples("npx pithy-image snapshot verify", "npx pithy-image snapshot verify agent --snapshot pithy-jaunt-dev"),
    )
    .action(run);
}

async function run(name: string | undefined, { json, ...options }: Options): Promise<void> {
  const wanted = chosen(name);
  if (options.snapshot !== undefined && wanted.length > 1) throw new UsageError("Say of which image the snapshot is.");
  const daytona = connect();
  const verified = await Promise.all(wanted.map((image) => verifyOne(daytona, image, options)));
  if (verified.some(({ matches }) => !matches)) process.exitCode = 1;
  if (json) printJson({ images: verified });
  else print(verified.map(asText).join(""));
}

async function verifyOne(
  daytona: Daytona,
  image: NamedImage,
  { snapshot, root }: Omit<Options, "json">,
): Promise<Result> {
  const name =
    snapshot ?? entryOf(readLock(), image.name)?.snapshotName ?? (await lockImage(image, root)).entry.snapshotName;
  const { image: definition } = await load(image.path);
  return { image: image.name, snapshot: name, ...(await daytona.verifySnapshot(name, definition, { root })) };
}

const asText = ({ image, snapshot, matches, differences }: Result): string =>
  [`${image}  ${snapshot}  ${matches ? "is the same" : "differs"}`, ...differences.flatMap(lines), ""].join("\n");

function lines({ kind, was, now, callSite, source }: Difference): string[] {
  const what = kind === "source" ? `another content of ${source ?? "a file in the definition"}` : kind;
  return [
    `  ${callSite === undefined ? "" : `${callSite} `}${what}`,
    ...(was === undefined ? [] : [`  - ${was}`]),
    ...(now === undefined ? [] : [`  + ${now}`]),
  ];
}
