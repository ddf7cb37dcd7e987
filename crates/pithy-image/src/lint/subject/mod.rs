//! What rules look at: a Dockerfile with its commands, and where each instruction is from.
//!
//! | to change | look in |
//! |---|---|
//! | what is known of an instruction | `line` |
//! | what is known of the commands of `RUN`, and of each | `commands` |
//! | which files are sent, and where they go | `sent` |
//! | the way through the steps of a definition | `steps` |
//! | where a finding is, and how it is edited | `place` |

mod commands;
mod line;
mod place;
mod sent;
mod steps;

use std::collections::BTreeMap;

use pithy_image_dockerfile::{BuildStage, Dockerfile, Keyword};

pub(in crate::lint) use self::commands::{Command, SHELLS, is_command_option};
pub(in crate::lint) use self::line::Line;
pub(in crate::lint) use self::sent::Sent;

use self::commands::Commands;
use self::line::RUNS;
use self::place::Wide;
use super::known::user_of;
use crate::context::{Context, Placement};
use crate::dockerfile::WrittenInstruction;
use crate::normal_form::{FILES_STAGE, NormalForm, Texts};
use crate::ordered;
use crate::path::base_name;
use crate::steps::Step;

/// What rules look at.
pub(crate) struct Subject<'a> {
    pub(in crate::lint) dockerfile: &'a Dockerfile,
    pub(in crate::lint) stages: Vec<BuildStage<'a>>,
    /// Every instruction that the user asked for, in order.
    pub(in crate::lint) lines: Vec<Line<'a>>,
    /// The definition that it was written from; none of a Dockerfile alone.
    pub(in crate::lint) image: Option<Image<'a>>,
    /// The stage that each stage begins with, and the image that it is built on in the end.
    bases: Vec<(Option<usize>, &'a str)>,
    /// The names of the calls, by their steps.
    calls: BTreeMap<&'a str, &'static str>,
    /// The characters of the text that are not ASCII.
    wide: Wide,
}

/// A definition, and what it became.
#[derive(Clone, Copy)]
pub(crate) struct Image<'a> {
    pub(crate) steps: &'a [Step],
    pub(crate) texts: &'a Texts,
    pub(crate) form: &'a NormalForm,
    pub(crate) written: &'a [WrittenInstruction],
    /// What is sent beside the Dockerfile; nothing while the files are unknown.
    pub(crate) contexts: &'a [Context],
    pub(crate) placements: &'a [Placement],
    /// Whether it is known what is sent.
    pub(crate) knows_files: bool,
}

impl<'a> Image<'a> {
    /// The step that made a line of the Dockerfile.
    fn step_at(self, line: usize) -> &'a str {
        let after = self.written.partition_point(|made| made.line <= line);
        after.checked_sub(1).map_or("", |index| &self.written[index].step)
    }
}

impl<'a> Subject<'a> {
    /// A Dockerfile, with the definition that it was written from.
    pub(crate) fn new(dockerfile: &'a Dockerfile, image: Option<Image<'a>>) -> Self {
        let stages = dockerfile.stages();
        let bases = bases(&stages);
        let calls = image.iter().flat_map(|image| &image.form.calls);
        let calls = ordered::map(calls.map(|call| (call.step.as_str(), call.what.name)));
        let mut lines = Vec::with_capacity(dockerfile.instructions.len());
        let mut shells: Vec<&str> = Vec::with_capacity(stages.len());
        let mut users: Vec<Option<&str>> = Vec::with_capacity(stages.len());
        for (index, instruction) in dockerfile.instructions.iter().enumerate() {
            let step = image.map_or("", |image| image.step_at(dockerfile.line(instruction.span.start)));
            let call = calls.get(step).copied().unwrap_or_default();
            let stage = stages.partition_point(|stage| stage.instructions.start <= index).saturating_sub(1);
            if instruction.keyword == Keyword::From {
                let (parent, base) = bases.get(stage).copied().unwrap_or_default();
                let of_base = || user_of(base);
                shells.push(parent.and_then(|parent| shells.get(parent).copied()).unwrap_or(DEFAULT_SHELL));
                users.push(parent.map_or_else(of_base, |parent| users.get(parent).copied().flatten()));
            } else if let (Keyword::Shell, Some(shell)) = (instruction.keyword, shells.last_mut()) {
                *shell = instruction.words.first().map_or("", |word| base_name(&word.value));
            } else if let (Keyword::User, Some(user)) = (instruction.keyword, users.last_mut()) {
                let name = instruction.words.first().map_or("", |word| &word.value).split(':').next();
                *user = name.filter(|user| !["root", "0", ""].contains(user));
            }
            if image.is_some() && step.is_empty() {
                continue; // the stage that unpacks trees
            }
            let is_own = image.is_none() || RUNS.contains(&call);
            let commands = Commands::of(dockerfile, instruction, shells.last().copied().unwrap_or(DEFAULT_SHELL));
            lines.push(Line { instruction, stage, call, user: users.last().copied().flatten(), is_own, commands });
        }
        let is_of_files =
            |line: &Line| stages.get(line.stage).is_some_and(|stage| stage.name.as_deref() == Some(FILES_STAGE));
        lines.retain(|line| image.is_none() || !is_of_files(line));
        Self { dockerfile, stages, lines, image, bases, calls, wide: Wide::of(dockerfile.text()) }
    }

    /// The instructions of a kind.
    pub(in crate::lint) fn of_kind(&self, keyword: Keyword) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(move |line| line.keyword == keyword)
    }

    /// The instructions of the stage that becomes the image, and of those that it is built from, last first.
    pub(in crate::lint) fn of_image(&self) -> Vec<&Line<'a>> {
        let mut stage = self.stages.len().checked_sub(1);
        let mut found = Vec::new();
        while let Some(number) = stage {
            found.extend(self.of_stage(number).iter().rev());
            stage = self.parent(number);
        }
        found
    }

    /// The instructions of a stage, and for the first one those before it.
    fn of_stage(&self, number: usize) -> &[Line<'a>] {
        let start = self.lines.partition_point(|line| line.stage < number);
        let end = self.lines.partition_point(|line| line.stage <= number);
        self.lines.get(start..end).unwrap_or_default()
    }

    /// The image that a stage is built on in the end.
    pub(in crate::lint) fn base_of(&self, stage: usize) -> &'a str {
        self.bases.get(stage).map_or("", |(_, base)| base)
    }

    /// The stage that a stage begins with.
    pub(in crate::lint) fn parent(&self, stage: usize) -> Option<usize> {
        self.bases.get(stage)?.0
    }

    /// Visits every instruction with what is known before it. A stage begins with what is known after the one that it begins with,
    /// or with what is known of its base.
    pub(in crate::lint) fn follow<S: Clone>(
        &'a self,
        begin: fn(&'a str) -> S,
        visit: &mut dyn FnMut(&mut S, &'a Line<'a>),
    ) {
        let mut ends: Vec<S> = Vec::with_capacity(self.stages.len());
        for (number, stage) in self.stages.iter().enumerate() {
            let mut state = match self.parent(number).and_then(|parent| ends.get(parent)) {
                Some(end) => end.clone(),
                None => begin(&stage.base.value),
            };
            let first = self.lines.partition_point(|line| line.stage < number);
            for line in self.lines[first..].iter().take_while(|line| line.stage == number) {
                visit(&mut state, line);
            }
            ends.push(state);
        }
    }

    /// Every command, in the order of the text.
    pub(in crate::lint) fn commands(&self) -> impl Iterator<Item = Command<'_>> {
        self.lines.iter().flat_map(Line::commands)
    }
}

/// What runs the commands of an image that says nothing else.
const DEFAULT_SHELL: &str = "sh";

/// The stage that each stage begins with, and the image that it is built on in the end.
fn bases<'a>(stages: &[BuildStage<'a>]) -> Vec<(Option<usize>, &'a str)> {
    let mut numbers = BTreeMap::new();
    let mut bases: Vec<(Option<usize>, &str)> = Vec::with_capacity(stages.len());
    for (number, stage) in stages.iter().enumerate() {
        let parent = numbers.get(stage.base.value.to_ascii_lowercase().as_str()).copied();
        bases.push((parent, parent.map_or(&stage.base.value, |parent: usize| bases[parent].1)));
        numbers.extend(stage.name.as_deref().map(|name| (name, number)));
    }
    bases
}
