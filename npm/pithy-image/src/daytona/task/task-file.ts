/** What starts a command in a sandbox: a script that is always the same, and a file with everything that is the caller's. */
import { misuse } from "../failure.ts";

/** A program with its arguments, its variables and its directory: see {@link TaskOptions}. */
interface Command {
  readonly command: readonly string[];
  readonly envVars?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
}

/**
 * What the sandbox's shell runs, always the same. It reads a directory, variables and the words of a command from a file,
 * and removes the file before the command starts. Each line of the file is one of them, written so that `printf` turns it
 * into its bytes; the dot preserves newlines at its end. `env` sets the variables, since shells have some of their own. The
 * session would keep the command's input open for ever, and a program that reads it would never end. It must not contain a
 * single quote.
 */
const LAUNCHER = [
  'exec 3<"$1/task" && rm -rf -- "$1" || exit 126;',
  "shift;",
  "while IFS= read -r pithy_image_line <&3; do",
  'pithy_image_line=$(printf "%b." "$pithy_image_line");',
  `set -- "$@" "\${pithy_image_line%.}";`,
  "done;",
  "exec 3<&-;",
  'cd -- "$1" || exit 126;',
  "shift;",
  'exec env "$@" </dev/null',
].join(" ");

/** A name for a task, which no shell reads as more than that. */
export const newTaskName = (): string => `pithy-image-${crypto.randomUUID()}`;

const NAME = /^pithy-image-[-0-9a-f]+$/;

/** The directory of a task's file. */
export const directoryOf = (name: string): string => `/tmp/${name}`;

/** The line that has the sandbox's shell start a task. */
export const launchLine = (name: string): string => `sh -c '${LAUNCHER}' pithy-image ${directoryOf(name)}`;

/** The line that removes the file of a task that never began; none for sessions that are no tasks. */
export const removalLine = (name: string): string | undefined =>
  NAME.test(name) ? `rm -rf ${directoryOf(name)}` : undefined;

/** What the launcher reads. */
export function taskFile({ command, envVars = {}, cwd = "." }: Command): string {
  checkCommand(command, envVars);
  const variables = Object.entries(envVars).map(([name, value]) => `${name}=${value}`);
  const words = [cwd.startsWith("/") ? cwd : `./${cwd}`, ...variables, ...command];
  const wrong = words.findIndex((word) => word.includes("\0") || /\p{Surrogate}/u.test(word));
  if (wrong < 0) return words.map((word) => `${octal(word)}\n`).join("");
  // The value itself is not shown: it may be a secret.
  const names = ["cwd", ...Object.keys(envVars)];
  const what = names[wrong] ?? "command";
  throw misuse(`\`${what}\` contains a NUL or an unpaired surrogate.`, "Encode it, as base64 for example.");
}

/** Throws if `env` could not tell the variables from the program. */
function checkCommand([program = ""]: readonly string[], envVars: Readonly<Record<string, string>>): void {
  const hint = "Pass the path of a program, without `=`, and its arguments.";
  if (program === "") throw misuse("`command` has no program.", hint);
  if (/^-|=/.test(program)) throw misuse(`\`${program}\` is not the name of a program.`, hint);
  const wrong = Object.keys(envVars).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (wrong !== undefined) throw misuse(`\`${wrong}\` is not the name of a variable.`, "Use letters, digits and `_`.");
}

/** A string for `printf %b`: what might have a meaning there is written as `\\0` and octal digits. */
const octal = (text: string): string =>
  Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_.,:@+=/-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }).join("");
