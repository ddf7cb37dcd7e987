import { statSync } from "node:fs";
import { styleText } from "node:util";
import { Command, Option } from "commander";
import { visible } from "../../../pithy-image-preview/src/text/visible.ts";
import { maskSecrets } from "../core/mask.ts";
import { build } from "./build-command.ts";
import { cache } from "./cache-command.ts";
import { completion } from "./completion-command.ts";
import { context } from "./context-command.ts";
import { doctor } from "./doctor-command.ts";
import { printEnvelope } from "./envelope.ts";
import { asSentence, exitWith } from "./exit.ts";
import { files } from "./files-command.ts";
import { EXIT_CODES } from "./help.ts";
import { init } from "./init-command.ts";
import { lint } from "./lint-command.ts";
import { lock } from "./lock-command.ts";
import { unfinishedModule } from "./module.ts";
import { uncaught } from "./module-error.ts";
import { ownVersion } from "./package-json.ts";
import { plan } from "./plan-command.ts";
import { maskWith, printDetail, printProgress, resultForJson, setVerbosity } from "./print.ts";
import { run } from "./run-command.ts";
import { show } from "./show-command.ts";
import { snapshot } from "./snapshot-command.ts";
import { UsageError } from "./usage-error.ts";

maskWith(maskSecrets);

const program = new Command("pithy-image")
  .description("Declarative images for Daytona: show them, lock them, deploy them.")
  .version(ownVersion())
  .option("--cwd <directory>", "run as if started in this directory")
  .option("--verbose", "also print stacks, timings and what was read")
  .addOption(new Option("--quiet", "print results and errors only").conflicts("verbose"))
  .option("--no-color", "print no colors, as with NO_COLOR=1")
  .on("option:cwd", changeDirectory)
  .on("option:verbose", () => setVerbosity("verbose"))
  .on("option:quiet", () => setVerbosity("quiet"))
  .on("option:no-color", withoutColors)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(visible(asSentence(text))) })
  .configureHelp({ showGlobalOptions: true, styleTitle: (title) => styleText("bold", title) })
  .addHelpText("afterAll", EXIT_CODES);

for (const register of [init, show, files, lint, build, run, context, lock, plan, snapshot, cache, doctor, completion])
  register(program);

function changeDirectory(directory: string): void {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${directory} is not a directory. Name an existing one in \`--cwd\`.`);
  }
  process.chdir(directory);
}

/** For this program and for the application's modules. */
function withoutColors(): void {
  delete process.env.FORCE_COLOR;
  process.env.NO_COLOR = "1";
}

/** The full name of the command that some arguments name. */
function commandIn(words: readonly string[]): string {
  const names: string[] = [];
  const named = words.filter((_, index) => words[index - 1] !== "--cwd");
  named.reduce((command, word) => {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next) names.push(word);
    return next ?? command;
  }, program as Command);
  return names.join(" ") || program.name();
}

// A reader that stops early, such as `head`, is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Node would print them as they are, whatever characters they contain. There is no listener with `--no-warnings`.
if (process.listenerCount("warning") > 0) {
  process.removeAllListeners("warning").on("warning", ({ name, message, stack }) => {
    printProgress(`${name === "PithyImageWarning" ? "Warning" : name}: ${message}\n`);
    printDetail(`${stack}\n`);
  });
}

const args = process.argv.slice(2);
const words = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
let isFinished = false;

/** Ends the command, once. Help and the version have no result. */
function finish(): void {
  if (isFinished) return;
  isFinished = true;
  const command = commandIn(words);
  printDetail(`${command}: ${Math.round(performance.now())} ms\n`);
  const isSuccess = (process.exitCode ?? 0) === 0;
  if (words.includes("--json") && (!isSuccess || resultForJson() !== undefined)) printEnvelope(command);
}

/** Ends a command that the application's module did not let end. */
function endEarly(what: string, hint: string): void {
  if (isFinished) return;
  const module = unfinishedModule();
  const cause = module ? new UsageError(`${module} ${what}.`, { code: "module_unusable", hint }) : new Error(NO_END);
  exitWith(cause);
  finish();
}

const NO_END = "The command did not finish.";

process.once("beforeExit", () =>
  endEarly("never finishes loading", "It waits for a promise that nothing settles: look for `await`."),
);
process.once("exit", () => {
  if (!unfinishedModule()) finish(); // a second Ctrl-C
  endEarly("ends the process while it is loaded", "An image module must not call `process.exit()`.");
});
process.once("uncaughtException", (error) => {
  exitWith(uncaught(error));
  finish();
  process.exit();
});

void program
  .parseAsync(args.length > 0 ? args : ["--help"], { from: "user" })
  .catch(exitWith)
  .finally(finish);
