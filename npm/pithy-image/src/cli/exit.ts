/** Ends the program when a command throws. */
import { CommanderError } from "commander";
import { isImageError, type PithyImageError } from "../shared/errors.ts";
import { printError } from "./print.ts";
import { UsageError } from "./usage-error.ts";

/** Prints an error, and sets the exit code. A stack is printed only for defects, in the application's module or here. */
export function exitWith(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // it has been printed
    return;
  }
  const isExpected = error instanceof UsageError || isImageError(error);
  printError(`${isExpected ? error.message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = error instanceof UsageError || (isImageError(error) && isMistake(error)) ? 2 : 1;
}

/** Whether the input is wrong, rather than a request to Daytona. */
const isMistake = ({ problems, code }: PithyImageError): boolean => problems.length > 0 || code === "configuration";
