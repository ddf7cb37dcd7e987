import { styleText } from "node:util";
import { Command } from "commander";
import { build } from "./build-command.ts";
import { completion } from "./completion-command.ts";
import { context } from "./context-command.ts";
import { doctor } from "./doctor-command.ts";
import { exitWith } from "./exit.ts";
import { EXIT_CODES } from "./help.ts";
import { init } from "./init-command.ts";
import { lock } from "./lock-command.ts";
import { ownVersion } from "./package-json.ts";
import { plan } from "./plan-command.ts";
import { run } from "./run-command.ts";
import { show } from "./show-command.ts";
import { snapshot } from "./snapshot-command.ts";

/** A message of commander in our form: a sentence, without `error:`. */
const asSentence = (text: string) => text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());

const program = new Command("pithy-image")
  .description("Declarative images for Daytona: show them, lock them, deploy them.")
  .version(ownVersion())
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(asSentence(text)) })
  .configureHelp({ styleTitle: (title) => styleText("bold", title) })
  .addHelpText("afterAll", EXIT_CODES);

for (const register of [init, show, build, run, context, lock, plan, snapshot, doctor, completion]) register(program);

// A reader that stops early, such as `head`, is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const args = process.argv.slice(2);
await program.parseAsync(args.length > 0 ? args : ["--help"], { from: "user" }).catch(exitWith);
