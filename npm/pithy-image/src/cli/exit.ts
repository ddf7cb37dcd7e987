/** Ends the program when a command throws. */
import { CommanderError } from "commander";
import { isImageError, type PithyImageError } from "../shared/errors.ts";
import { keepForJson, recordOf } from "./envelope.ts";
import { ModuleError } from "./module-error.ts";
import { isVerbose, printError } from "./print.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Prints an error, and sets the exit code. A stack is printed for defects, in the application's module or here, and with
 * `--verbose` for all errors.
 */
export function exitWith(error: unknown): void {
  if (error instanceof CommanderError) {
    endAsCommander(error);
    return;
  }
  keepForJson(recordOf(error));
  printError(`${describe(error)}\n`);
  process.exitCode =
    (error instanceof UsageError && !(error instanceof ModuleError)) || (isImageError(error) && isMistake(error))
      ? 2
      : 1;
}

/** What is printed has been printed. */
function endAsCommander({ exitCode, message }: CommanderError): void {
  process.exitCode = exitCode === 0 ? 0 : 2;
  if (exitCode !== 0) keepForJson({ code: "usage", message: asSentence(message) });
}

/** A message of commander in our form: a sentence, without `error:`. */
export const asSentence = (text: string): string =>
  text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());

function describe(error: unknown): string {
  if (error instanceof ModuleError) return error.describe(isVerbose());
  const isExpected = error instanceof UsageError || isImageError(error);
  if (!(error instanceof Error)) return String(error);
  if (!isExpected) return withCauses(error);
  const text = error instanceof UsageError ? error.text : error.message;
  return isVerbose() ? `${text}\n${framesOf(withCauses(error))}` : text;
}

/** A stack, and those of the errors that caused it. */
const withCauses = (error: Error): string =>
  error.cause instanceof Error ? `${error.stack}\nCaused by: ${withCauses(error.cause)}` : String(error.stack);

/** A stack without the message, which is printed already. */
const framesOf = (stack: string): string => /^ +at .*/ms.exec(stack)?.[0] ?? "";

/** Whether the input is wrong, rather than a request to Daytona. */
const isMistake = ({ problems, code }: PithyImageError): boolean => problems.length > 0 || code === "configuration";
