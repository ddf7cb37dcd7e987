/** `pithy-image lint`: what is valid, but probably not what is meant, at the line that made it. */
import { type Command, Option } from "commander";
import { meantBy } from "../shared/check.ts";
import { RULE_CODES } from "../shared/rules.generated.ts";
import type { LintRules } from "../shared/wire.generated.ts";
import { fail } from "./envelope.ts";
import { examples, hasColors } from "./help.ts";
import { githubAnnotations, lintText, shortPlace } from "./lint/format.ts";
import { shortPath } from "./lint/line.ts";
import { addRule, policyOf } from "./lint/policy.ts";
import { tally } from "./lint/tally.ts";
import { type Linted, lintAll, type PlacedFinding } from "./lint/targets.ts";
import { interruptible } from "./local/interrupt.ts";
import { inline, print, printJson, printParts, printProgress } from "./print.ts";
import { USAGE, UsageError } from "./usage-error.ts";

interface Options {
  root?: string;
  rule?: LintRules;
  pedantic?: true;
  fix?: true;
  deny?: "warnings";
  format: "text" | "github" | "sarif";
  explain?: string;
  json?: true;
}

/** Adds the command to the program. */
export function lint(program: Command): void {
  program
    .command("lint")
    .summary("find what is valid in images and Dockerfiles, but probably not what is meant")
    .description(
      'Finds what is valid in images and Dockerfiles, but probably not what is meant: secrets, traps of Docker and of Daytona, files that nobody wants to send. Exits with 1 if there is an error. The field "pithyImageLint" of package.json, such as { "rules": { "unpinned_base": "error" } }, says what a project decides; `silence(code, reason)` silences a rule for the step before it, and in a Dockerfile the comment `# pithy-image silence=<code> <reason>` for the next instruction.',
    )
    .argument(
      "[files-or-names...]",
      'modules of images, names of images in the field "pithyImage" of package.json, or Dockerfiles (default: all images of that field, or daytona/image.ts)',
    )
    .option("--fix", "edit the files where that is safe, and report what is left")
    .option("--root <dir>", "the root of local paths (default: PITHY_IMAGE_ROOT, or the package of the module)")
    .option("--pedantic", "report matters of taste and policy as well")
    .option("--rule <code=level>", "`off`, `warning` or `error` for a rule; may be repeated", addRule)
    .addOption(new Option("--deny <what>", "exit with 1 if there is any finding").choices(["warnings"]))
    .addOption(
      new Option("--format <format>", "for people, as annotations of GitHub, or in SARIF")
        .choices(["text", "github", "sarif"])
        .default("text")
        .conflicts("json"),
    )
    .addOption(
      new Option("--explain <code>", "print the page of a rule: why, a bad and a good example").conflicts(
        ["fix", "root", "pedantic", "rule", "deny", "format"], // it looks at no files
      ),
    )
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image lint",
        "npx pithy-image lint Dockerfile --deny warnings",
        "npx pithy-image lint --rule unpinned_base=error --format sarif > lint.sarif",
        "npx pithy-image lint --explain pipe_to_shell",
      ),
    )
    .action(run);
}

async function run(named: readonly string[], options: Options, command: Command): Promise<void> {
  const { explain } = options;
  if (explain === undefined) return interruptible((signal) => lintNamed(named, options, command, signal));
  if (named.length > 0) throw new UsageError("`--explain` looks at no files: leave them out.", USAGE);
  return explainRule(explain, options.json);
}

async function lintNamed(
  named: readonly string[],
  { root, rule, pedantic, fix, deny, format, json }: Options,
  command: Command,
  signal: AbortSignal,
): Promise<void> {
  const found = await lintAll(named, root, policyOf(rule, pedantic), signal);
  const { left: linted, fixed } = fix
    ? await (await import("./lint/fix.ts")).fixAll(found)
    : { left: found, fixed: [] };
  const { errors, warnings } = tally(linted);
  if (errors > 0 || (deny && warnings > 0)) fail("findings", `Errors: ${errors}, warnings: ${warnings}.`);
  if (json) return printJson({ errors, warnings, linted: linted.map(placed), ...(fix && { fixed: fixed.map(short) }) });
  for (const { code, place } of fixed) printProgress(`${inline(`Fixed ${code} at ${place && shortPlace(place)}.`)}\n`);
  await printLinted(linted, format, command);
}

/** A finding with its place relative to the current directory, as the names of files are. */
const short = (finding: PlacedFinding): PlacedFinding =>
  finding.place ? { ...finding, place: { ...finding.place, file: shortPath(finding.place.file) } } : finding;

const placed = ({ file, findings }: Linted): Linted => ({ file, findings: findings.map(short) });

async function printLinted(linted: readonly Linted[], format: Options["format"], command: Command): Promise<void> {
  if (format === "text") return printParts(lintText(linted), hasColors(command));
  if (format === "github") return print(githubAnnotations(linted));
  const { sarif } = await import("./lint/sarif.ts");
  print(`${JSON.stringify(sarif(linted), null, 2)}\n`);
}

/** Prints the page of a rule. */
async function explainRule(code: string, json: true | undefined): Promise<void> {
  const known = RULE_CODES.find((each) => each === code);
  if (!known) {
    const meant = meantBy(code, RULE_CODES);
    throw new UsageError(`There is no rule \`${code}\`.${meant ? ` Did you mean \`${meant}\`?` : ""}`, USAGE);
  }
  const { PAGES } = await import("./lint/pages.generated.ts");
  const { title, text } = PAGES[known];
  if (json) printJson({ code, title, text });
  else print(`# ${title}\n\n${text}`);
}
