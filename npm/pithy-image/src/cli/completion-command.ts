/**
 * `pithy-image completion`: a script with which a shell calls `pithy-image complete -- <words>` for the possible next words.
 * Where there are none, the shell completes file names.
 */
import { Argument, type Command, type Option } from "commander";
import { examples } from "./help.ts";
import { names } from "./module.ts";

/** A possible word, and its description. */
type Candidate = readonly [word: string, description: string];

const SCRIPTS = {
  bash: `_pithy_image() {
  local IFS=$'\\n'
  COMPREPLY=($(pithy-image complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o bashdefault -o default -F _pithy_image pithy-image
`,
  zsh: `#compdef pithy-image
_pithy_image() {
  local -a found
  found=("\${(@f)$(pithy-image complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)//$'\\t'/:}")
  if [[ -z $found ]]; then _files; else _describe 'pithy-image' found; fi
}
compdef _pithy_image pithy-image
`,
  fish: `complete -c pithy-image -a '(pithy-image complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

/** Adds the commands to the program. */
export function completion(program: Command): void {
  const shells = Object.keys(SCRIPTS);
  program
    .command("completion")
    .summary("print the completion script of a shell")
    .description("Prints a script for a shell that completes commands, options and names of images.")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .addHelpText(
      "after",
      examples(
        "source <(pithy-image completion bash)",
        "pithy-image completion fish > ~/.config/fish/completions/pithy-image.fish",
      ),
    )
    .action((shell: keyof typeof SCRIPTS) => void process.stdout.write(SCRIPTS[shell]));
  program.command("complete [words...]", { hidden: true }).action((words: string[]) => {
    for (const [word, description] of candidates(program, words)) process.stdout.write(`${word}\t${description}\n`);
  });
}

/** The possible completions of the last word; none where it is a file name or free text. */
function candidates(program: Command, words: readonly string[]): Candidate[] {
  const [typed = "", previous = ""] = words.toReversed();
  const command = words.slice(0, -1).reduce(descend, program);
  const option = command.options.find(({ short, long }) => [short, long].includes(previous));
  return offered(command, option, typed).filter(([word]) => word.startsWith(typed));
}

const descend = (command: Command, word: string): Command =>
  command.commands.find((candidate) => candidate.name() === word) ?? command;

function offered(command: Command, option: Option | undefined, typed: string): Candidate[] {
  if (option && !option.isBoolean()) return (option.argChoices ?? []).map(bare);
  const help = command.createHelp();
  if (typed.startsWith("-")) {
    return help.visibleOptions(command).map(({ long, short, description }) => [long ?? short ?? "", description]);
  }
  const below = help.visibleCommands(command).map((candidate): Candidate => [candidate.name(), candidate.summary()]);
  return below.length > 0 ? below : command.registeredArguments.flatMap(values);
}

const bare = (word: string): Candidate => [word, ""];

const values = (argument: Argument): Candidate[] =>
  (argument.argChoices ?? (["file-or-name", "image"].includes(argument.name()) ? names() : [])).map(bare);
