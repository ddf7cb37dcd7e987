/** `pithy-image plan`: what a change of the images does, step by step. */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { examples, hasColors } from "./help.ts";
import { lockImage } from "./lock-file.ts";
import { images } from "./module.ts";
import { baselineOf, type Compared } from "./plan/baseline.ts";
import { remoteSnapshot } from "./plan/remote.ts";
import { isSame, type PlannedImage, planMarkdown, planText } from "./plan/told.ts";

interface Options {
  against: string;
  markdown?: true;
  json?: true;
  root?: string;
}

/** Adds the command to the program. */
export function plan(program: Command): void {
  program
    .command("plan")
    .summary("say what a change of the images does")
    .description(
      "Compares the images with what they were: which steps are kept, changed (what, and at which line), or built again because an earlier one changed; which files changed and are uploaded; and the names before and after. Daytona is asked what it has if the environment has its credentials. Exits with 1 if anything changed.",
    )
    .option(
      "--against <what>",
      "`lock`, a commit (its files are loaded with the packages installed now), or a file: a module, a definition, a resolved image, a lock",
      "lock",
    )
    .option("--root <dir>", "where local paths start (default: PITHY_IMAGE_ROOT, or the current directory)")
    .addOption(new Option("--markdown", "as the comment of a pull request").conflicts("json"))
    .option("--json", "everything as JSON")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image plan",
        "npx pithy-image plan --against origin/main --markdown",
        "npx pithy-image plan --json",
      ),
    )
    .action(run);
}

async function run({ against, root, json, markdown }: Options, command: Command): Promise<void> {
  const absolute = resolve(root ?? (process.env.PITHY_IMAGE_ROOT || "."));
  const planned: PlannedImage[] = [];
  for (const image of images()) planned.push(await planOf({ ...image, root: absolute }, against));
  const isUnchanged = planned.every(isSame);
  if (!isUnchanged) process.exitCode = 1;
  if (json) process.stdout.write(`${JSON.stringify({ against, unchanged: isUnchanged, images: planned }, null, 2)}\n`);
  else
    process.stdout.write(
      planned.map((each) => (markdown ? planMarkdown(each) : planText(each, hasColors(command)))).join("\n"),
    );
}

async function planOf(image: Compared, against: string): Promise<PlannedImage> {
  const { resolved, entry } = await lockImage(image, image.root);
  const before = await baselineOf(image, against);
  const plan = before && resolved.plan(before.baseline);
  return {
    name: image.name,
    plan,
    steps: resolved.steps.length,
    snapshotBefore: before?.snapshotName,
    snapshotAfter: entry.snapshotName,
    uploads: plan?.uploads ?? resolved.contexts,
    remote: await remoteSnapshot(entry.snapshotName),
  };
}
