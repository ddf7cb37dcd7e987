/** `pithy-image snapshot verify`: checks that the snapshots match the images. */
import type { Command } from "commander";
import type { Difference } from "../../daytona/snapshot/difference.ts";
import type { Verified } from "../../daytona/snapshot/verify.ts";
import { fail } from "../envelope.ts";
import { examples } from "../help.ts";
import { entryOf, lockImage, readLock } from "../lock-file.ts";
import { chosen, load, type NamedImage, rootOf } from "../module.ts";
import { print, printJson } from "../print.ts";
import { withProgress } from "../progress.ts";
import { USAGE, UsageError } from "../usage-error.ts";
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
    .summary("check that the snapshots match the images")
    .description(
      "Compares each image with its snapshot, the one in the lock if there is one: which instructions differ, the lines that made them, and the files. Exits with 1 if something differs.",
    )
    .argument("[image]", "the name of one image (default: all of them)")
    .option("--snapshot <name>", "compare with another snapshot, for one image")
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--json", "print the differences as JSON")
    .addHelpText(
      "after",
      examples("npx pithy-image snapshot verify", "npx pithy-image snapshot verify agent --snapshot pithy-jaunt-dev"),
    )
    .action(run);
}

async function run(name: string | undefined, { json, ...options }: Options): Promise<void> {
  const wanted = chosen(name);
  if (options.snapshot !== undefined && wanted.length > 1)
    throw new UsageError("Name the image of the snapshot.", USAGE);
  const daytona = connect();
  const verified = await Promise.all(wanted.map((image) => verifyOne(daytona, image, options)));
  const other = verified.filter(({ matches }) => !matches).map(({ snapshot }) => `\`${snapshot}\``);
  if (other.length > 0) fail("snapshot_differs", `These snapshots differ from their images: ${other.join(", ")}.`);
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
  return {
    image: image.name,
    snapshot: name,
    ...(await withProgress((onProgress) =>
      daytona.verifySnapshot(name, definition, { root: rootOf(image.path, root), onProgress }),
    )),
  };
}

const asText = ({ image, snapshot, matches, differences }: Result): string =>
  [`${image}  ${snapshot}  ${matches ? "is the same" : "differs"}`, ...differences.flatMap(lines), ""].join("\n");

function lines({ kind, was, now, callSite, source }: Difference): string[] {
  const what = kind === "source" ? `the content of ${source ?? "a file in the definition"} differs` : kind;
  return [
    `  ${callSite === undefined ? "" : `${callSite} `}${what}`,
    ...(was === undefined ? [] : [`  - ${was}`]),
    ...(now === undefined ? [] : [`  + ${now}`]),
  ];
}
