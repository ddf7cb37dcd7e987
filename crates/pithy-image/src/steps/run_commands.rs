//! Runs commands.

use std::fmt;

use pithy_image_dockerfile::begins_with_array;
use serde::Serialize;

use super::{Image, StepKind};
use crate::json::{FromValue, Place, Value, wrong_type};
use crate::normal_form::{Builder, Instruction, has_heredoc};
use crate::problem::{Code, Problem};

step! {
    /// Runs commands, each in a layer of its own: a string is a line for the image's shell (`RUN …`), a list is a
    /// program and its arguments, which no shell reads (`RUN ["…", "…"]`).
    pub struct RunCommands {
        /// The commands, in order.
        commands: Vec<Command>,
    }
    call "runCommands(...commands)";
    emits "for each command `RUN` and the line, as one line; or `RUN` and the list";
}

impl Image {
    /// Runs commands, each in a layer of its own: [`RunCommands`].
    ///
    /// ```
    /// # mod doc { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/lines.rs")); }
    /// # use {doc::lines, pithy_image::Image};
    /// use pithy_image::steps::Command;
    ///
    /// let image = Image::base("debian:12-slim").run_commands([Command::from("make && make test"), Command::from(["echo", "$HOME"])]);
    /// assert_eq!(lines(&image), ["FROM debian:12-slim", "RUN make && make test", r#"RUN ["echo", "$HOME"]"#]);
    /// ```
    #[must_use]
    pub fn run_commands<C: Into<Command>>(&self, commands: impl IntoIterator<Item = C>) -> Self {
        self.with(RunCommands { commands: commands.into_iter().map(Into::into).collect() })
    }
}

/// A command: a line for the shell, or a program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum Command {
    /// A line for the image's shell.
    Line(String),
    /// A program and its arguments.
    Argv(Vec<String>),
}

impl From<&str> for Command {
    fn from(line: &str) -> Self {
        Self::Line(line.to_owned())
    }
}

impl From<String> for Command {
    fn from(line: String) -> Self {
        Self::Line(line)
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Command {
    fn from(argv: [S; N]) -> Self {
        Self::Argv(argv.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>> From<Vec<S>> for Command {
    fn from(argv: Vec<S>) -> Self {
        Self::Argv(argv.into_iter().map(Into::into).collect())
    }
}

impl FromValue for Command {
    fn from_value(value: Value, at: &Place, problems: &mut Vec<Problem>) -> Option<Self> {
        match value {
            Value::Text(line) => Some(Self::Line(line)),
            Value::List(_) => Vec::from_value(value, at, problems).map(Self::Argv),
            _ => {
                problems.push(wrong_type(&value, "a command line or an array of a program and its arguments", at));
                None
            }
        }
    }
}

impl StepKind for RunCommands {
    fn build(&self, builder: &mut Builder) {
        for (i, command) in self.commands.iter().enumerate() {
            match command {
                Command::Line(line) => run_line(&format_args!("/commands/{i}"), line, builder),
                Command::Argv(argv) => run_argv(&format_args!("/commands/{i}"), argv, builder),
            }
        }
    }
}

fn run_line(field: &dyn fmt::Display, line: &str, builder: &mut Builder) {
    let line = builder.line(field, line);
    if line.is_empty() {
        builder.report(Code::Empty, field, "The command is empty.", "Give a command, or leave the entry out.");
    }
    if let Some((message, hint)) = misread_line(&line) {
        builder.report(Code::InvalidCommand, field, message, hint);
    }
    builder.push(Instruction::Run(line));
}

fn run_argv(field: &dyn fmt::Display, argv: &[String], builder: &mut Builder) {
    if argv.first().is_some_and(|program| program.contains(char::is_whitespace)) {
        let message = format!("An array is one program and its arguments, but `{}` is not a program.", argv[0]);
        let hint = "For several commands, pass each as an argument of its own: `runCommands(\"…\", \"…\")`.";
        builder.report(Code::InvalidCommand, field, message, hint);
    }
    let argv = builder.argv(field, argv);
    builder.push(Instruction::Exec(argv));
}

/// Why Docker would read a line otherwise than the shell does, and what to do.
fn misread_line(line: &str) -> Option<(&'static str, &'static str)> {
    if line.starts_with("--") {
        Some(("Docker would read the options at the beginning as those of `RUN`.", "Begin with a program."))
    } else if begins_with_array(line) {
        let message = "Docker would read the `[…]` at the beginning as an array of a program and its arguments.";
        Some((message, "Pass the array itself; a test of the shell can be written `test …`."))
    } else if has_heredoc(line) {
        Some((
            "Docker would read `<<` as the beginning of a heredoc.",
            "Use `runScript`, or write a shift without blanks: `1<<2`.",
        ))
    } else {
        None
    }
}
