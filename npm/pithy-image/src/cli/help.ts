import type { Command } from "commander";

/** What the help of all commands has in common. */
export const EXIT_CODES = `
Exit codes:
  0  fine
  1  the command failed, or found a difference or a problem
  2  wrong use, or wrong input: a definition, a file, a setting`;

/** The last part of a command's help. */
export const examples = (...lines: string[]): string => ["\nExamples:", ...lines.map((line) => `  ${line}`)].join("\n");

/** What commands for one image say of their argument. */
export const FILE_OR_NAME =
  'a module whose default export is an image, or the name of an image in the field "pithyImage" of package.json (default: the only image of that field, or daytona/image.ts)';

/** Whether a command may print colours: the library heeds the terminal, NO_COLOR and FORCE_COLOR. */
export const hasColors = (command: Command): boolean => command.configureOutput().getOutHasColors?.() ?? false;
