import type { Command } from "commander";

/** The end of the help of every command. */
export const EXIT_CODES = `
Exit codes:
  0  success
  1  the command failed, or found a difference or a problem
  2  wrong usage or input: a definition, a file, a setting`;

/** The examples of a command's help. */
export const examples = (...lines: string[]): string => ["\nExamples:", ...lines.map((line) => `  ${line}`)].join("\n");

/** The description of the argument of commands for one image. */
export const FILE_OR_NAME =
  'a module whose default export is an image, or the name of an image in the field "pithyImage" of package.json (default: the only image of that field, or daytona/image.ts)';

/** Whether a command may print colors: commander respects the terminal, NO_COLOR and FORCE_COLOR. */
export const hasColors = (command: Command): boolean => command.configureOutput().getOutHasColors?.() ?? false;
