import { type Command, Option } from "commander";
import { planWithoutSecrets } from "../../../pithy-image-preview/src/data/secrets.ts";
import { maskSecrets } from "../core/mask.ts";
import { reported } from "../image/lint.ts";
import { fail } from "./envelope.ts";
import { examples, hasColors } from "./help.ts";
import { policyOf } from "./lint/policy.ts";
import { interruptible } from "./local/interrupt.ts";
import { lockImage } from "./lock-file.ts";
import { chosen, rootOf } from "./module.ts";
import { type Compared, type Past, requireOne, withPast } from "./plan/baseline.ts";
import { isSame, type PlannedImage, planMarkdown, planText } from "./plan/format.ts";
import { remoteSnapshot } from "./plan/remote.ts";
import { print, printJson, printParts } from "./print.ts";

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
    .summary("show what a change of the images does")
    .description(
      "Compares the images with a baseline: which steps are kept, changed (what, and at which line), or built again because an earlier one changed; which files changed and are uploaded; and the names before and after. If the environment has credentials for Daytona, it also shows what exists there. Exits with 1 if anything changed.",
    )
    .argument("[image]", "the name of one image (default: all of them)")
    .option(
      "--against <what>",
      "`lock`; a commit (its files are loaded with the packages that are installed now); a file: a module, a definition, a resolved image, a lock or the spec.json of a page; or a snapshot, `snapshot:<name>`",
      "lock",
    )
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .addOption(new Option("--markdown", "for a comment on a pull request").conflicts("json"))
    .option("--json", "everything as JSON")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image plan",
        "npx pithy-image plan --against origin/main --markdown",
        "npx pithy-image plan agent --against snapshot:pithy-jaunt-dev",
        "npx pithy-image plan --json",
      ),
    )
    .action(run);
}

const run = (name: string | undefined, options: Options, command: Command): Promise<void> =>
  interruptible((signal) => compare(name, options, command, signal));

async function compare(
  name: string | undefined,
  { against, root, json, markdown }: Options,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const images = chosen(name).map((image) => ({ ...image, root: rootOf(image.path, root) }));
  const planned = await withPast(against, signal, (past) => planAll(images, past, name === undefined, signal));
  const isUnchanged = planned.every(isSame);
  const changed = planned.filter((each) => !isSame(each)).map((each) => `\`${each.name}\``);
  if (!isUnchanged) fail("changed", `Changed since ${against}: ${changed.join(", ")}.`);
  if (json) printJson({ against, unchanged: isUnchanged, images: planned });
  else if (markdown) print(planned.map(planMarkdown).join("\n"));
  else
    printParts(
      planned.flatMap((each, index) => [index > 0 ? "\n" : "", ...planText(each)]),
      hasColors(command),
    );
}

async function planAll(
  images: readonly Compared[],
  past: Past,
  areAll: boolean,
  signal: AbortSignal,
): Promise<PlannedImage[]> {
  requireOne(past, images, "plan");
  const planned: PlannedImage[] = [];
  for (const image of images) planned.push(await planOf(image, past, signal));
  for (const { name, snapshotName } of (areAll && past.gone?.(images)) || []) {
    const remote = snapshotName === undefined ? undefined : await remoteSnapshot(snapshotName, signal);
    planned.push({ name, plan: undefined, steps: 0, snapshotBefore: snapshotName, uploads: [], remote });
  }
  return planned;
}

async function planOf(image: Compared, past: Past, signal: AbortSignal): Promise<PlannedImage> {
  const { resolved, entry } = await lockImage(image, image.root, { signal });
  const before = await past.of(image);
  const plan = before?.plan(resolved);
  const policy = policyOf();
  return {
    name: image.name,
    plan:
      plan &&
      planWithoutSecrets({ ...plan, findings: reported(plan.findings, policy) }, resolved.definition, maskSecrets),
    steps: resolved.steps.length,
    snapshotBefore: before?.snapshotName,
    snapshotAfter: entry.snapshotName,
    uploads: plan?.uploads ?? resolved.contexts,
    remote: await remoteSnapshot(entry.snapshotName, signal),
  };
}
