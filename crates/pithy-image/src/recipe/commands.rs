//! Commands, scripts and what starts in the sandbox: lines for a shell, and programs with arguments.

use std::fmt;

use super::{Builder, Instruction};
use crate::json;
use crate::problem::Code;
use crate::step::{self, Command};
use crate::text::json_list;

impl Builder<'_> {
    pub(super) fn run_commands(&mut self, step: &step::RunCommands) {
        for (i, command) in step.commands.iter().enumerate() {
            match command {
                Command::Line(line) => self.run_line(&format_args!("/commands/{i}"), line),
                Command::Argv(argv) => self.run_argv(&format_args!("/commands/{i}"), argv),
            }
        }
    }

    fn run_line(&mut self, field: &dyn fmt::Display, line: &str) {
        let line = self.line(field, line);
        if line.is_empty() {
            self.report(Code::Empty, field, "The command is empty.", "Give a command, or leave the entry out.");
        }
        if let Some((message, hint)) = misread_line(&line) {
            self.report(Code::InvalidCommand, field, message, hint);
        }
        self.push(Instruction::Run(line));
    }

    fn run_argv(&mut self, field: &dyn fmt::Display, argv: &[String]) {
        if argv.first().is_some_and(|program| program.contains(char::is_whitespace)) {
            let message = format!("A list is one program and its arguments, but `{}` is no program.", argv[0]);
            let hint = "For several commands, pass each as an argument of its own: `runCommands(\"…\", \"…\")`.";
            self.report(Code::InvalidCommand, field, message, hint);
        }
        let argv = self.argv(field, argv);
        self.push(Instruction::Exec(argv));
    }

    pub(super) fn run_script(&mut self, step: &step::RunScript) {
        let script = step.script.replace("\r\n", "\n");
        let script = script.trim_matches('\n');
        if script.trim().is_empty() {
            self.report(Code::Empty, &"/script", "The script is empty.", "Give it a line, or leave the call out.");
        }
        if script.starts_with("#!") {
            let hint = "Leave the line out and name the program: `{ shell: [\"bash\", \"-e\", \"-c\"] }`.";
            self.report(Code::InvalidCommand, &"/script", "A `#!` line is not read here.", hint);
        }
        self.argument(&"/script", script);
        let shell = if step.shell.is_empty() {
            SCRIPT_SHELL.map(str::to_owned).to_vec()
        } else {
            self.argv(&"/shell", &step.shell)
        };
        self.push(Instruction::Script(shell, script.to_owned()));
    }

    pub(super) fn shell(&mut self, step: &step::Shell) {
        let command = self.argv(&"/command", &step.command);
        if command.first().is_some_and(|program| !program.is_empty()) && !is_posix_shell(&command) {
            let message = format!("`{}` takes no line of a POSIX shell, which other steps write.", command.join(" "));
            let hint = "Name one, with `-c` last: `[\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]`; scripts for other programs go \
                        to `runScript` with its option `shell`.";
            self.report(Code::InvalidCommand, &"/command", message, hint);
        }
        self.push(Instruction::Shell(command));
    }

    pub(super) fn entrypoint(&mut self, step: &step::Entrypoint) {
        let command = self.argv(&"/command", &step.command);
        let length = json_list(&command).len();
        if length > MAX_ENTRYPOINT {
            let message =
                format!("The entrypoint takes {length} bytes of its line, which has room for {MAX_ENTRYPOINT}.");
            self.report(Code::TooLong, &"/command", message, "Put it into a file, with `addFile` or `addLocalFile`.");
        }
        self.scope.stage.entrypoint = Some(self.by(command));
    }

    pub(super) fn cmd(&mut self, step: &step::Cmd) {
        let command = self.argv(&"/command", &step.command);
        self.scope.stage.cmd = Some(self.by(command));
    }

    /// A program and its arguments; none is changed.
    pub(super) fn argv(&mut self, field: &dyn fmt::Display, argv: &[String]) -> Vec<String> {
        if argv.first().is_none_or(String::is_empty) {
            self.report(Code::Empty, field, "There is no program to run.", "Give a program and its arguments.");
        }
        for (i, argument) in argv.iter().enumerate() {
            self.argument(&format_args!("{field}/{i}"), argument);
        }
        argv.to_vec()
    }

    /// Text for a line of the Dockerfile: trimmed, with continued lines joined.
    pub(super) fn line(&mut self, field: &dyn fmt::Display, text: &str) -> String {
        let line = join_continued(&text.replace("\r\n", "\n"));
        let line = line.trim();
        self.argument(field, line);
        if line.contains('\n') {
            let message =
                "The command has several lines, of which Docker would read all but the first as instructions.";
            self.report(Code::ForbiddenCharacter, field, message, "Use `runScript`, or end each line with ` && \\`.");
        }
        if line.ends_with('\\') {
            let message = "The command ends with a backslash, which would swallow the next instruction.";
            self.report(Code::InvalidCommand, field, message, "Leave the backslash out.");
        }
        line.to_owned()
    }
}

/// Whether a program reads a line of a POSIX shell from its last argument.
pub(crate) fn is_posix_shell(command: &[String]) -> bool {
    let name = |program: &String| program.rsplit('/').next().unwrap_or_default().to_owned();
    let mut names = command.iter().map(name).skip_while(|name| name == "busybox");
    let takes_line = |last: &String| last.starts_with('-') && !last.starts_with("--") && last.ends_with('c');
    command.last().is_some_and(takes_line) && names.next().is_some_and(|name| POSIX_SHELLS.contains(&name.as_str()))
}

const POSIX_SHELLS: [&str; 7] = ["ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"];

/// `-e`: a script ends at its first failing command.
const SCRIPT_SHELL: [&str; 3] = ["/bin/sh", "-e", "-c"];

/// Docker reads at most 65,535 bytes a line, and Daytona an entrypoint of one line.
const MAX_ENTRYPOINT: usize = 64_000;

/// Why Docker would read a line otherwise than the shell does, and what to do.
fn misread_line(line: &str) -> Option<(&'static str, &'static str)> {
    if line.starts_with("--") {
        Some(("Docker would read the options at the beginning as those of `RUN`.", "Begin with a program."))
    } else if begins_with_json_list(line) {
        let message = "Docker would read the `[…]` at the beginning as a list of a program and its arguments.";
        Some((message, "Pass the list itself; a test of the shell can be written `test …`."))
    } else if has_heredoc(line) {
        Some(("Docker would read `<<` as the beginning of a heredoc.", "Use `runScript`."))
    } else {
        None
    }
}

/// Whether Docker takes the exec form: its parser reads one JSON list, and some versions drop what follows it.
fn begins_with_json_list(line: &str) -> bool {
    line.starts_with('[') && json::begins_with_value(line)
}

/// Whether BuildKit finds a heredoc: a word, outside quotes, of optional digits, `<<`, an optional `-` and a name.
pub(super) fn has_heredoc(line: &str) -> bool {
    unquoted_words(line).any(|word| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit());
        word.strip_prefix("<<").is_some_and(|name| !matches!(name, "" | "-") && !name.contains('<'))
    })
}

/// Splits at blanks that are neither quoted nor escaped; quotes stay in the words.
fn unquoted_words(line: &str) -> impl Iterator<Item = &str> {
    let (mut quote, mut escaped) = (None, false);
    line.split(move |c: char| {
        let splits = quote.is_none() && !escaped && c.is_whitespace();
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != Some('\'') => escaped = true,
            '"' | '\'' if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            _ => {}
        }
        splits
    })
}

/// Joins lines that end with a backslash, as Docker does it: the backslash, blanks after it and the newline go, and so
/// do comments and empty lines that follow. Engines differ on two backslashes: those do not join.
pub(super) fn join_continued(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split('\n').peekable();
    let mut joining = false;
    while let Some(line) = lines.next() {
        if joining && (line.trim_start().is_empty() || line.trim_start().starts_with('#')) {
            continue;
        }
        let continued = line.trim_end_matches([' ', '\t']).strip_suffix('\\');
        match continued.filter(|line| !line.ends_with('\\')) {
            Some(continued) if lines.peek().is_some() => {
                out.push_str(continued);
                joining = true;
            }
            _ => {
                out.push_str(line);
                out.extend(lines.peek().map(|_| '\n'));
                joining = false;
            }
        }
    }
    out
}
