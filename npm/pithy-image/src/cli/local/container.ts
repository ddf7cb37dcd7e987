/** How Daytona starts a container, and runs commands in it. */

/** What Daytona's API takes for the entrypoint: the last match in the whole Dockerfile, in upper case. */
const ENTRYPOINT = /ENTRYPOINT\s+(.*)/g;

/** What a sandbox runs without an entrypoint. */
export const IDLE: readonly string[] = ["sleep", "infinity"];

/** The program that a sandbox of a Dockerfile starts: an entrypoint of its base, and `CMD`, do not count. */
export function entrypointOf(dockerfile: string): readonly string[] {
  const text = [...dockerfile.matchAll(ENTRYPOINT)].at(-1)?.[1]?.trim();
  if (text === undefined) return IDLE;
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // It is not a list.
  }
  return [text];
}

/** Starts the entrypoint, and keeps the container when that ends, as Daytona's own first process does. */
const KEEP = '"$@" & exec tail -f /dev/null';

/** The first process of a container in which a command is to be run. */
export const keeper = (entrypoint: readonly string[]): readonly string[] =>
  entrypoint === IDLE ? ["tail", "-f", "/dev/null"] : ["sh", "-c", KEEP, "sh", ...entrypoint];

/** Daytona's toolbox hands a command to zsh, bash or sh: the first that /etc/shells names. */
const SHELL = `shells=$(cat /etc/shells 2>/dev/null)
for shell in /usr/bin/zsh /bin/zsh /usr/bin/bash /bin/bash; do
  case $shells in *"$shell"*) exec "$shell" -c "$1";; esac
done
exec "\${SHELL:-sh}" -c "$1"`;

/** Without a working directory of the image, commands start in the user's home. */
const HOME = "cd ~ 2>/dev/null\n";

/** What runs a command as Daytona's toolbox does: a line for the shell, or a program with its arguments. */
export const inShell = (command: readonly string[], workdir: string): readonly string[] => [
  "sh",
  "-c",
  `${workdir === "" ? HOME : ""}${SHELL}`,
  "sh",
  command.length === 1 ? (command[0] ?? "") : command.map(quoted).join(" "),
];

/** A word of a shell, whatever is in it. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
