/**
 * `pithy-image completion`: a script with which a shell calls `pithy-image complete -- <words>` for the possible next words.
 * Where there are none, the shell completes file names.
 */
import { Argument, type Command, type Option } from "commander";
import { examples } from "./help.ts";
import { names } from "./module.ts";
import { print, printJson } from "./print.ts";

/** A possible word, and its description. */
type Candidate = readonly [word: string, description: string];

/** Calls the program that is installed for the current directory, or else the one on the `PATH`; for bash and zsh. */
const CALL = `_pithy_image_call() {
  local directory=$PWD
  until [ -x "$directory/node_modules/.bin/pithy-image" ]; do
    if [ -z "$directory" ]; then command pithy-image "$@"; return; fi
    directory=\${directory%/*}
  done
  "$directory/node_modules/.bin/pithy-image" "$@"
}
`;

/** They also complete `npx pithy-image`, unless the shell knows already how to complete `npx`. */
const SCRIPTS = {
  bash: `${CALL}_pithy_image() {
  local IFS=$'\\n' first=1
  if [[ \${COMP_WORDS[0]##*/} == npx ]]; then
    while [[ first -le COMP_CWORD && \${COMP_WORDS[first++]} != pithy-image ]]; do :; done
    if [[ first -gt COMP_CWORD ]]; then return; fi
  fi
  COMPREPLY=($(_pithy_image_call complete -- "\${COMP_WORDS[@]:first:COMP_CWORD-first+1}" 2>/dev/null | cut -f 1))
}
complete -o bashdefault -o default -F _pithy_image pithy-image
complete -p npx >/dev/null 2>&1 || complete -o bashdefault -o default -F _pithy_image npx
`,
  zsh: `#compdef pithy-image
${CALL}_pithy_image() {
  local -a found
  local first=2
  if [[ \${words[1]:t} == npx ]]; then first=$(( \${words[(i)pithy-image]} + 1 )); fi
  if (( first <= CURRENT )); then
    found=("\${(@f)$(_pithy_image_call complete -- "\${(@)words[first,CURRENT]}" 2>/dev/null)//$'\\t'/:}")
  fi
  if [[ -z $found ]]; then _files; else _describe 'pithy-image' found; fi
}
compdef _pithy_image pithy-image
(( \${+_comps[npx]} )) || compdef _pithy_image npx
`,
  fish: `function __pithy_image_call
  set -l directory $PWD
  while not test -x "$directory/node_modules/.bin/pithy-image"
    if test -z "$directory"
      command pithy-image $argv
      return
    end
    set directory (string replace -r '/[^/]*$' '' -- $directory)
  end
  "$directory/node_modules/.bin/pithy-image" $argv
end
function __pithy_image_complete
  set -l words (commandline -opc)
  set -l at (contains -i pithy-image (string replace -r '.*/' '' -- $words))
  or return
  __pithy_image_call complete -- $words[(math $at + 1)..] (commandline -ct) 2>/dev/null
end
complete -c pithy-image -a '(__pithy_image_complete)'
complete -c npx -n 'contains pithy-image (commandline -opc)' -a '(__pithy_image_complete)'
`,
};

/** Adds the commands to the program. */
export function completion(program: Command): void {
  const shells = Object.keys(SCRIPTS);
  program
    .command("completion")
    .summary("print the completion script of a shell")
    .description(
      "Prints a script for a shell that completes commands, options and names of images, also after `npx`. It calls the pithy-image that is installed for the current directory, or else the one on the PATH.",
    )
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      examples(
        "source <(npx pithy-image completion bash)",
        "npx pithy-image completion fish > ~/.config/fish/conf.d/pithy-image.fish",
      ),
    )
    .option("--json", "print the script as JSON")
    .action(run);
  program.command("complete [words...]", { hidden: true }).action((words: string[]) => {
    for (const [word, description] of candidates(program, words)) print(`${word}\t${description}\n`);
  });
}

function run(shell: keyof typeof SCRIPTS, { json }: { json?: true }): void {
  if (json) printJson({ shell, script: SCRIPTS[shell] });
  else print(SCRIPTS[shell]);
}

/** The possible completions of the last word; none where it is a file name or free text. */
function candidates(program: Command, words: readonly string[]): Candidate[] {
  const [typed = "", previous = ""] = words.toReversed();
  const command = words.slice(0, -1).reduce(descend, program);
  const options = [...command.options, ...program.options];
  const option = options.find(({ short, long }) => [short, long].includes(previous));
  return offered(command, option, typed).filter(([word]) => word.startsWith(typed));
}

const descend = (command: Command, word: string): Command =>
  command.commands.find((candidate) => candidate.name() === word) ?? command;

function offered(command: Command, option: Option | undefined, typed: string): Candidate[] {
  if (option && !option.isBoolean()) return (option.argChoices ?? []).map(bare);
  const help = command.createHelp();
  if (typed.startsWith("-")) {
    const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
    return options.map(({ long, short, description }) => [long ?? short ?? "", description]);
  }
  const below = help.visibleCommands(command).map((candidate): Candidate => [candidate.name(), candidate.summary()]);
  return below.length > 0 ? below : command.registeredArguments.flatMap(values);
}

const bare = (word: string): Candidate => [word, ""];

const values = (argument: Argument): Candidate[] =>
  (argument.argChoices ?? (["file-or-name", "image"].includes(argument.name()) ? names() : [])).map(bare);
