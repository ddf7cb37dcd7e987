//! An instruction, and what is known of it.

use std::ops::Deref;

use pithy_image_dockerfile::{Instruction, Keyword, Unclosed};

use super::commands::{Command, Commands};

/// An instruction.
pub(crate) struct Line<'a> {
    pub(super) instruction: &'a Instruction,
    /// The number of its build stage.
    pub(in crate::lint) stage: usize,
    /// The call of that step, such as `runCommands`; empty in a Dockerfile alone.
    pub(in crate::lint) call: &'static str,
    /// The user that it runs as, if that is not root: what its stage, and those that it begins with, say before it.
    pub(in crate::lint) user: Option<&'a str>,
    /// Whether its commands are the user's, rather than what the calls for packages and tools emit.
    pub(super) is_own: bool,
    /// The commands of `RUN`, if it has some in the language of the shell.
    pub(super) commands: Option<Commands<'a>>,
}

impl Deref for Line<'_> {
    type Target = Instruction;

    fn deref(&self) -> &Instruction {
        self.instruction
    }
}

impl Line<'_> {
    /// Whether the user wrote the instruction itself, rather than a call that emits it.
    pub(in crate::lint) fn is_text(&self) -> bool {
        TEXTS.contains(&self.call)
    }

    /// Its commands, in the order of the text, if they are the user's.
    pub(in crate::lint) fn commands(&self) -> impl Iterator<Item = Command<'_>> {
        self.run().filter(|_| self.is_own)
    }

    /// Whether its commands are the user's, rather than what the calls for packages and tools emit.
    pub(in crate::lint) fn is_own(&self) -> bool {
        self.is_own
    }

    /// Its commands, whoever wrote them.
    pub(in crate::lint) fn run(&self) -> impl Iterator<Item = Command<'_>> {
        let pipelines = self.commands.as_ref().map_or(&[][..], |commands| &commands.shell.pipelines);
        pipelines.iter().enumerate().flat_map(move |(number, pipeline)| {
            let command = Command { line: self, pipeline, number, index: 0, first: 0 };
            (0..pipeline.commands.len()).map(move |index| command.at(index))
        })
    }

    /// The name of the shell that runs its commands; empty if there is none, or it has another language.
    pub(in crate::lint) fn interpreter(&self) -> &str {
        self.commands.as_ref().map_or("", |commands| commands.interpreter)
    }

    /// Whether it runs something that is not read.
    pub(in crate::lint) fn is_opaque(&self) -> bool {
        self.keyword == Keyword::Run && self.commands.is_none()
    }

    /// What its commands open and do not close.
    pub(in crate::lint) fn unclosed(&self) -> Option<Unclosed> {
        self.commands.as_ref()?.shell.unclosed
    }

    /// What stands behind the last of its commands.
    pub(in crate::lint) fn after_commands(&self) -> &str {
        let Some(Commands { shell, text, .. }) = &self.commands else { return "" };
        let ends = shell.pipelines.iter().flat_map(|pipeline| &pipeline.commands).map(|command| command.span.end);
        ends.max().and_then(|end| text.get(end..)).unwrap_or_default()
    }

    /// Where the caches and directories are that it mounts.
    pub(in crate::lint) fn mounted(&self) -> impl Iterator<Item = &str> {
        let mounts = self.flags.iter().filter_map(|flag| flag.mount.as_ref());
        mounts.filter_map(|mount| mount.value(&["target", "dst", "destination"]))
    }
}

/// The calls whose instructions are the user's; those of a Dockerfile alone have none.
const TEXTS: [&str; 4] = ["", "raw", "dockerfileCommands", "fromDockerfile"];

/// The calls whose commands are the user's.
pub(super) const RUNS: [&str; 5] = ["runCommands", "runScript", "raw", "dockerfileCommands", "fromDockerfile"];
