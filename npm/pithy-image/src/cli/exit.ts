/** How the program ends when a command throws. */
import { CommanderError } from "commander";
import { isImageError, type PithyImageError } from "../shared/errors.ts";
import { complain } from "./print.ts";
import { UsageError } from "./usage-error.ts";

/** Says what was thrown, and sets the exit code. A stack is for defects: of the application's module, or ours. */
export function exitWith(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2; // it has been said
    return;
  }
  const told = error instanceof UsageError || isImageError(error);
  complain(`${told ? error.message : error instanceof Error ? error.stack : error}\n`);
  process.exitCode = error instanceof UsageError || (isImageError(error) && isMistake(error)) ? 2 : 1;
}

/** Something wrong with what was given, and not a failure of what was asked of Daytona. */
const isMistake = ({ problems, code }: PithyImageError): boolean => problems.length > 0 || code === "configuration";
