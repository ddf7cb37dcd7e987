/** `pithy-image init`: the first files of an application. */
import { createInterface } from "node:readline/promises";
import { type Command, Option } from "commander";
import type { Finding } from "./checks/finding.ts";
import { checkNext, WRAP } from "./checks/next.ts";
import { examples } from "./help.ts";
import { type Application, application } from "./init/application.ts";
import { TEST, templates } from "./init/templates.ts";
import { print, printJson } from "./print.ts";
import { UsageError } from "./usage-error.ts";
import { type NewFile, type State, stateOf, writeTogether } from "./write.ts";

interface Options {
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
      `Adds files to the application in the current directory: daytona/image.ts, an image that fits it; lib/daytona.ts, which starts sandboxes; ${TEST}, which tries the image; for Next.js a configuration, if there is none. Asks before overwriting a file, and refuses to without a terminal.`,
    )
    .option("-y, --yes", "overwrite without asking")
    .addOption(new Option("--force").implies({ yes: true }).hideHelp())
    .option("--dry-run", "only print what would be written")
    .option("--json", "print the result as JSON, and never ask")
    .addHelpText(
      "after",
      examples("npx pithy-image init --dry-run", "npx pithy-image init", "npx pithy-image init --yes --json"),
    )
    .action(run);
}

async function run({ yes, dryRun, json }: Options): Promise<void> {
  const found = application();
  const planned = templates(found).map((file): Planned => ({ ...file, state: stateOf(file) }));
  if (!json) print(planned.map(({ path, state }) => `${state.padEnd(9)}  ${path}\n`).join(""));
  const overwritten = planned.filter(({ state }) => state === "overwrite").map(({ path }) => path);
  const isWritten = !dryRun && (overwritten.length === 0 || yes === true || (await agrees(overwritten, json)));
  if (isWritten) writeTogether(planned.filter(({ state }) => state !== "unchanged"));
  const next = nextSteps(found, await checkNext());
  if (json) printJson({ files: planned.map(({ path, state }) => ({ path, state })), written: isWritten, next });
  else print(isWritten ? ["\nNext:", ...next.map((step) => `  ${step}`), ""].join("\n") : "Nothing was written.\n");
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
const nextSteps = ({ sdk, nextConfig }: Application, checked: readonly Finding[]): string[] => [
  ...(sdk ? [] : ["npm install @daytonaio/sdk"]),
  ...(nextConfig && checked.some(({ level }) => level !== "ok") ? [`${nextConfig}: ${WRAP}`] : []),
  "npx pithy-image show",
  "npx pithy-image lock",
  "npx pithy-image doctor",
];
