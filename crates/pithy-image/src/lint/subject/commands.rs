//! The commands of `RUN`: where their text begins, and what is known of each.

use std::ops::Deref;

use pithy_image_dockerfile::{
    Dockerfile, Form, Instruction, Joint, Keyword, Pipeline, Quoting, Redirection, Shell, ShellCommand, ShellWord,
    Span, Word,
};

use super::Line;
use crate::path::base_name;

/// Commands, and how to find their places in the text.
pub(super) struct Commands<'a> {
    pub(super) shell: Shell,
    /// What was read.
    pub(super) text: &'a str,
    /// The name of the shell that runs it, such as `sh`; empty for a program that no shell runs.
    pub(super) interpreter: &'a str,
    pub(super) start: Start<'a>,
    /// Of each pipeline, whether something follows that runs if it fails.
    forgiven: Vec<bool>,
}

/// Where the text of commands begins.
pub(super) enum Start<'a> {
    /// It is this word, perhaps on several lines.
    Word(&'a Word),
    /// It is what stands from this byte on.
    Byte(usize),
    /// It is a string of a JSON array: all commands are where that is.
    Array(usize),
}

impl<'a> Commands<'a> {
    /// What an instruction runs; `shell` is the one of its stage.
    pub(super) fn of(dockerfile: &'a Dockerfile, instruction: &'a Instruction, shell: &'a str) -> Option<Self> {
        if instruction.keyword != Keyword::Run {
            return None;
        }
        let speaks_posix = SHELLS.contains(&shell);
        match (instruction.form, instruction.words.as_slice(), instruction.heredocs.as_slice()) {
            (Form::Json, [program, .., option, script], _)
                if SHELLS.contains(&base_name(&program.value)) && is_command_option(&option.value) =>
            {
                Some(Self::new(&script.value, base_name(&program.value), Start::Array(script.span.start)))
            }
            (Form::Json, words @ [first, ..], _) => {
                let start = Start::Array(first.span.start);
                Some(Self { shell: program(words), text: "", interpreter: "", start, forgiven: vec![false] })
            }
            (_, [word], [heredoc]) if word.value.trim_start().starts_with("<<") => {
                let body = heredoc.body.of(dockerfile.text());
                let interpreter = interpreter_of(body).unwrap_or(shell);
                let start = Start::Byte(heredoc.body.start);
                SHELLS.contains(&interpreter).then(|| Self::new(body, interpreter, start))
            }
            (_, [word, ..], _) => speaks_posix.then(|| Self::new(&word.value, shell, Start::Word(word))),
            _ => None,
        }
    }

    fn new(text: &'a str, interpreter: &'a str, start: Start<'a>) -> Self {
        let shell = Shell::parse(text);
        let forgiven = forgiven(&shell.pipelines);
        Self { shell, text, interpreter, start, forgiven }
    }
}

/// Shells that this is the language of.
pub(in crate::lint) const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

/// Of each pipeline, whether the next one of its list that is not joined by `&&` is joined by `||`.
fn forgiven(pipelines: &[Pipeline]) -> Vec<bool> {
    let mut is_or = Vec::new(); // by depth
    let mut forgiven: Vec<bool> = pipelines
        .iter()
        .rev()
        .map(|pipeline| {
            is_or.resize(pipeline.depth + 1, false);
            let is_forgiven = is_or[pipeline.depth];
            if pipeline.before != Joint::And {
                is_or[pipeline.depth] = pipeline.before == Joint::Or;
            }
            is_forgiven
        })
        .collect();
    forgiven.reverse();
    forgiven
}

/// The name of the program that the first line of a script names: `#!/usr/bin/env bash`.
fn interpreter_of(script: &str) -> Option<&str> {
    let line = script.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace().filter(|word| !word.starts_with('-')).map(base_name);
    words.find(|word| *word != "env")
}

/// Whether a shell takes the next word for a line: `-c`, `-ec`, `-lc`.
pub(in crate::lint) fn is_command_option(word: &str) -> bool {
    word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
}

/// A program and its arguments, which no shell reads.
fn program(words: &[Word]) -> Shell {
    let span = Span { start: 0, end: 0 };
    let word =
        |word: &Word| ShellWord { value: word.value.clone(), span, has_expansion: false, quoting: Quoting::Mixed };
    let words = words.iter().map(word).collect();
    let command = ShellCommand { assignments: Vec::new(), words, redirections: Vec::new(), span };
    let pipeline = Pipeline { commands: vec![command], before: Joint::First, depth: 0, is_condition: false };
    Shell { pipelines: vec![pipeline], unclosed: None }
}

/// A command that `RUN` runs.
#[derive(Clone, Copy)]
pub(crate) struct Command<'s> {
    pub(in crate::lint) line: &'s Line<'s>,
    pub(in crate::lint) pipeline: &'s Pipeline,
    /// The number of its pipeline.
    pub(super) number: usize,
    /// Its place in the pipeline.
    pub(super) index: usize,
    /// The word that is its program, behind `sudo`, `env` and the like.
    pub(super) first: usize,
}

impl Deref for Command<'_> {
    type Target = ShellCommand;

    fn deref(&self) -> &ShellCommand {
        &self.pipeline.commands[self.index]
    }
}

impl<'s> Command<'s> {
    /// The program without its directory, behind `sudo`, `env` and the like; empty if there is none.
    pub(in crate::lint) fn program(&self) -> &'s str {
        self.first_word().map_or("", |word| base_name(&word.value))
    }

    /// The word that names the program.
    pub(in crate::lint) fn first_word(&self) -> Option<&'s ShellWord> {
        self.pipeline.commands[self.index].words.get(self.first)
    }

    /// What stands behind the program.
    pub(in crate::lint) fn arguments(&self) -> &'s [ShellWord] {
        let command = &self.pipeline.commands[self.index];
        command.words.get(self.first + 1..).unwrap_or_default()
    }

    /// Its redirections, wherever they stand in it.
    pub(in crate::lint) fn redirections(&self) -> &'s [Redirection] {
        &self.pipeline.commands[self.index].redirections
    }

    /// The first arguments that are not options, such as `install` of `apt-get -y install`.
    pub(in crate::lint) fn operands(&self) -> impl Iterator<Item = &'s ShellWord> {
        self.arguments().iter().filter(|word| !word.value.starts_with('-'))
    }

    /// Whether it is a program with a subcommand, such as `apt-get` `install`.
    pub(in crate::lint) fn is(&self, programs: &[&str], subcommands: &[&str]) -> bool {
        programs.contains(&self.program())
            && self.operands().next().is_some_and(|word| subcommands.contains(&&*word.value))
    }

    /// The command as it is written.
    pub(in crate::lint) fn text(&self) -> &'s str {
        self.line
            .commands
            .as_ref()
            .and_then(|commands| commands.text.get(self.span.start..self.span.end))
            .unwrap_or_default()
    }

    /// Whether something follows that runs if it fails: `… || …`.
    pub(in crate::lint) fn is_forgiven(&self) -> bool {
        let commands = self.line.commands.as_ref();
        self.pipeline.is_condition || commands.is_some_and(|commands| commands.forgiven.get(self.number) == Some(&true))
    }

    /// The commands that it is piped into.
    pub(in crate::lint) fn piped_into(&self) -> impl Iterator<Item = Self> {
        let command = *self;
        (self.index + 1..self.pipeline.commands.len()).take(MOST_PIPED).map(move |index| command.at(index))
    }

    pub(super) fn at(self, index: usize) -> Self {
        Self { index, first: program_at(&self.pipeline.commands[index]), ..self }
    }
}

/// Commands of a pipe that are looked at behind one of them.
const MOST_PIPED: usize = 50;

/// Programs that run another one.
const WRAPPERS: [&str; 8] = ["sudo", "env", "exec", "command", "nohup", "time", "nice", "doas"];

/// Which word of a command is its program, behind those that only run another one.
fn program_at(command: &ShellCommand) -> usize {
    let mut at = 0;
    while let Some(word) = command.words.get(at).filter(|word| WRAPPERS.contains(&base_name(&word.value))) {
        let is_passed = |next: &&ShellWord| {
            next.value.starts_with('-') || (base_name(&word.value) == "env" && next.value.contains('='))
        };
        at += 1 + command.words[at + 1..].iter().take_while(is_passed).count();
    }
    at
}
