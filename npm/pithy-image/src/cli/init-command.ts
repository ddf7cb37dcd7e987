/** `pithy-image init`: the first files of an application. */
import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import type { Finding } from "./checks/finding.ts";
import { checkNext } from "./checks/next.ts";
import { examples } from "./help.ts";
import { type Application, application, TEMPLATES, type Template } from "./init/application.ts";
import { add, execute, missing, runModule } from "./init/commands.ts";
import { changeOf } from "./init/next-config.ts";
import { written } from "./init/templates.ts";
import { print, printJson } from "./print.ts";
import { UsageError } from "./usage-error.ts";
import { type NewFile, type State, stateOf, writeTogether } from "./write.ts";

interface Options {
  template?: Template;
  yes?: true;
  dryRun?: true;
  json?: true;
}

/** A file, and what is at its path now. */
type Planned = NewFile & { readonly state: State };

/** Adds the command to the program. */
export function init(program: Command): void {
  program
    .command("init")
    .summary("add an image, a client and a test script to an application")
    .description(
      "Adds files to the application in the current directory: the module of an image that fits it, a client that starts sandboxes, and a script that tries the image; for Next.js a configuration, if there is none. They are in the application's own language and directories. Asks before overwriting a file, and refuses to without a terminal.",
    )
    .addOption(
      new Option(
        "--template <name>",
        "what the image is for; pithy-jaunt is a whole agent in Python, with its scripts (default: what fits)",
      ).choices(TEMPLATES),
    )
    .option("-y, --yes", "overwrite without asking")
    .addOption(new Option("--force").implies({ yes: true }).hideHelp())
    .option("--dry-run", "only print what would be written")
    .option("--json", "print the result as JSON, and never ask")
    .addHelpText(
      "after",
      examples(
        "npx pithy-image init --dry-run",
        "npx pithy-image init",
        "npx pithy-image init --template pithy-jaunt",
        "npx pithy-image init --yes --json",
      ),
    )
    .action(run);
}

async function run({ template: asked, yes, dryRun, json }: Options): Promise<void> {
  const found = await application(asked);
  const { files, test } = written(found);
  const planned = files.map((file): Planned => ({ ...file, state: stateOf(file) }));
  if (!json) print(describe(found, planned));
  const overwritten = planned.filter(({ state }) => state === "overwrite").map(({ path }) => path);
  const isWritten = !dryRun && (overwritten.length === 0 || yes === true || (await agrees(overwritten, json)));
  if (isWritten) writeTogether(planned.filter(({ state }) => state !== "unchanged"));
  const next = nextSteps(found, test, await checkNext());
  const states = planned.map(({ path, state }) => ({ path, state }));
  if (json) printJson({ template: found.template, files: states, written: isWritten, next });
  else print(isWritten ? ["\nNext:", ...next.map((step) => `  ${step}`), ""].join("\n") : "Nothing was written.\n");
}

function describe({ template, reason }: Application, planned: readonly Planned[]): string {
  const others = TEMPLATES.filter((each) => each !== template).map((each) => `\`--template ${each}\``);
  const why = reason === undefined ? "" : `, because ${reason}; or choose ${others.join(" or ")}`;
  return `Template: ${template}${why}.\n${planned.map(({ path, state }) => `${state.padEnd(9)}  ${path}\n`).join("")}`;
}

/** Asks whether files may be overwritten. */
async function agrees(paths: readonly string[], json: true | undefined): Promise<boolean> {
  if (json || !process.stdin.isTTY || !process.stdout.isTTY) {
    const hint = "Nothing was written. Move them away, or overwrite them with `--yes`.";
    throw new UsageError(`These files already exist: ${paths.join(", ")}. ${hint}`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new AbortController();
  terminal.once("close", () => closed.abort());
  const answer = await terminal.question(`Overwrite ${paths.join(", ")}? [y/N] `, closed).catch(() => "");
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** What remains to be done. */
function nextSteps(found: Application, test: string, checked: readonly Finding[]): string[] {
  const lacking = missing(found);
  const { nextConfig } = found;
  return [
    ...(found.hasSdk ? [] : [add(found, found.sdk.name)]),
    ...(lacking.length > 0 ? [add(found, "-D", ...lacking)] : []),
    ...(nextConfig && checked.some(({ level }) => level !== "ok") ? [changeOf(nextConfig)] : []),
    ...["show", "lock", "doctor"].map((command) => execute(found, "pithy-image", command)),
    runModule(found, test),
  ];
}
