//! Commands: lines for a shell, and programs with arguments.

use std::fmt;

use pithy_image_dockerfile::{Dockerfile, Escape};

use super::Builder;
use crate::problem::Code;

impl Builder<'_> {
    /// A program and its arguments; none is changed.
    pub(crate) fn argv(&mut self, field: &dyn fmt::Display, argv: &[String]) -> Vec<String> {
        if argv.first().is_none_or(String::is_empty) {
            self.report(Code::Empty, field, "There is no program to run.", "Give a program and its arguments.");
        }
        for (i, argument) in argv.iter().enumerate() {
            self.check_argument(&format_args!("{field}/{i}"), argument);
        }
        argv.to_vec()
    }

    /// Text for a line of the Dockerfile: trimmed, with continued lines joined.
    pub(crate) fn line(&mut self, field: &dyn fmt::Display, text: &str) -> String {
        let line = one_line(text);
        self.check_argument(field, &line);
        if line.contains('\n') {
            let message =
                "The command has several lines, of which Docker would read all but the first as instructions.";
            self.report(Code::ForbiddenCharacter, field, message, "Use `runScript`, or end each line with ` && \\`.");
        }
        if line.ends_with('\\') {
            let message = "The command ends with a backslash, which would swallow the next instruction.";
            self.report(Code::InvalidCommand, field, message, "Leave the backslash out.");
        }
        line
    }
}

/// Trimmed, with continued lines joined.
pub(crate) fn one_line(text: &str) -> String {
    join_continued(&text.replace("\r\n", "\n")).trim().to_owned()
}

/// Whether a program reads a line of a POSIX shell from its last argument.
pub(crate) fn is_posix_shell(command: &[String]) -> bool {
    let name = |program: &String| program.rsplit('/').next().unwrap_or_default().to_owned();
    let mut names = command.iter().map(name).skip_while(|name| name == "busybox");
    let takes_line = |last: &String| last.starts_with('-') && !last.starts_with("--") && last.ends_with('c');
    command.last().is_some_and(takes_line) && names.next().is_some_and(|name| POSIX_SHELLS.contains(&name.as_str()))
}

const POSIX_SHELLS: [&str; 7] = ["ash", "bash", "dash", "ksh", "mksh", "sh", "zsh"];

/// Whether BuildKit finds a heredoc in a command.
pub(crate) fn has_heredoc(line: &str) -> bool {
    let read = Dockerfile::parse_fragment(format!("RUN {line}"), Escape::Backslash);
    read.instructions.iter().any(|instruction| !instruction.heredocs.is_empty())
}

/// Joins lines that end with a backslash, as Docker does: the backslash, blanks after it and the newline go, and so
/// do comments and empty lines that follow. Engines differ on two backslashes: those do not join.
fn join_continued(text: &str) -> String {
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
