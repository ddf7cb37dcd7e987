//! The build stages of a Dockerfile: which of them the image is built from, and their numbers.

use std::collections::BTreeSet;
use std::ops::Range;

use pithy_image_dockerfile::{Dockerfile, Instruction};

use super::sources::reads_context;
use super::{Origin, origins};
use crate::json::did_you_mean;
use crate::normal_form::{Builder, FILES_STAGE, Meaning, Variables};
use crate::ordered;
use crate::problem::Code;

/// The build stages of a Dockerfile.
pub(super) struct Stages {
    all: Vec<Stage>,
    /// The number of the one that is the image.
    pub(super) target: usize,
}

struct Stage {
    /// In lower case.
    name: Option<String>,
    /// The image or stage that it begins with; as it is written where a variable says so.
    base: String,
    /// The number of the stage that it begins with.
    parent: Option<usize>,
    instructions: Range<usize>,
    is_kept: bool,
}

impl Stages {
    /// Reads the stages, and finds those that the target needs. Others are left out if one of them stands behind the target or
    /// reads local files: those need not exist. None if there is no such target.
    pub(super) fn of(
        read: &Dockerfile,
        target: Option<&str>,
        global: &Variables,
        origin: &Origin,
        builder: &mut Builder,
    ) -> Option<Self> {
        let mut all: Vec<Stage> = Vec::new();
        for stage in read.stages() {
            let base = match global.expand(&stage.base.value, read.escape) {
                Ok(Meaning::Known(base)) => base,
                _ => stage.base.value.clone(),
            };
            let parent = number(&all, &base);
            all.push(Stage { name: stage.name, base, parent, instructions: stage.instructions, is_kept: true });
        }
        let stages = Self { target: target_of(&all, target, builder)?, all };
        Some(stages.checked(read, origin, builder))
    }

    fn checked(mut self, read: &Dockerfile, origin: &Origin, builder: &mut Builder) -> Self {
        let wanted: Vec<_> =
            builder.wanted_stages().iter().filter_map(|name| number(&self.all[..self.target], name)).collect();
        let needed = self.needed(read, wanted);
        let is_dispensable = |number: &usize| !needed.contains(number);
        let mut others = (0..self.all.len()).filter(is_dispensable);
        if others.any(|number| number > self.target || self.of_stage(read, number).any(reads_context)) {
            self.all.iter_mut().enumerate().for_each(|(number, stage)| stage.is_kept = needed.contains(&number));
        }
        if self.images(read).any(|image| image == FILES_STAGE) {
            let message = format!("`{FILES_STAGE}` is a reserved name, and the Dockerfile means an image by it.");
            builder.report(Code::InvalidName, &origin.field, message, "Use an image of another name.");
        }
        for stage in self.all.iter().filter(|stage| stage.is_kept) {
            let line = read.line(read.instructions[stage.instructions.start].span.start);
            if stage.name.as_deref() == Some(FILES_STAGE) {
                let message = format!("{}`{FILES_STAGE}` is a reserved name.", origin.place(line));
                builder.report(Code::InvalidName, &origin.field, message, "Rename the stage.");
            }
            if let Some(trigger) = stage.parent.and_then(|parent| self.trigger(read, parent)) {
                let message = format!(
                    "{}`ONBUILD` of the stage that this one begins with (line {}) copies local files or from a number, which is not possible here.",
                    origin.place(line),
                    read.line(trigger.span.start)
                );
                let hint = "Write the instruction itself in this stage.";
                builder.report(Code::InvalidDockerfile, &origin.field, message, hint);
            }
        }
        self
    }

    /// The target, what later steps copy from, and all that these are built from.
    fn needed(&self, read: &Dockerfile, mut waiting: Vec<usize>) -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        waiting.push(self.target);
        while let Some(number) = waiting.pop() {
            if needed.insert(number) {
                waiting.extend(self.all[number].parent);
                waiting.extend(self.of_stage(read, number).flat_map(|instruction| self.sources(instruction, number)));
            }
        }
        needed
    }

    /// The stages that an instruction of a stage copies or mounts from.
    fn sources<'s>(&'s self, instruction: &'s Instruction, stage: usize) -> impl Iterator<Item = usize> {
        let before = &self.all[..stage];
        let trigger = instruction.trigger.as_deref().into_iter().flat_map(origins);
        origins(instruction)
            .chain(trigger)
            .filter_map(move |from| from.parse().ok().filter(|at| *at < stage).or_else(|| number(before, from)))
    }

    /// What a stage has others do with the build context, or with a stage whose number may change.
    fn trigger<'r>(&self, read: &'r Dockerfile, number: usize) -> Option<&'r Instruction> {
        let is_open = |trigger: &Instruction| {
            reads_context(trigger) || origins(trigger).any(|from| from.bytes().all(|byte| byte.is_ascii_digit()))
        };
        self.of_stage(read, number).find(|instruction| instruction.trigger.as_deref().is_some_and(is_open))
    }

    fn of_stage<'r>(&self, read: &'r Dockerfile, number: usize) -> impl Iterator<Item = &'r Instruction> {
        read.instructions[self.all[number].instructions.clone()].iter()
    }

    /// The instructions that are kept, except for those before the first stage.
    pub(super) fn kept<'r>(&'r self, read: &'r Dockerfile) -> impl Iterator<Item = &'r Instruction> {
        (0..self.all.len()).filter(|number| self.keeps(*number)).flat_map(|number| self.of_stage(read, number))
    }

    /// The number of the stage that an instruction is in; none for what stands before the first.
    pub(super) fn at(&self, instruction: usize) -> Option<usize> {
        self.all.partition_point(|stage| stage.instructions.start <= instruction).checked_sub(1)
    }

    pub(super) fn keeps(&self, number: usize) -> bool {
        self.all[number].is_kept
    }

    /// The number of a stage among those that are kept.
    pub(super) fn new_number(&self, number: usize) -> usize {
        self.all[..number].iter().filter(|stage| stage.is_kept).count()
    }

    /// Whether a name is only that of a stage which does not stand before this one.
    pub(super) fn is_later(&self, name: &str, stage: usize) -> bool {
        number(&self.all, name).is_some() && number(&self.all[..stage], name).is_none()
    }

    /// What a stage is called in the list of files: its name or number; nothing for the image itself.
    pub(super) fn label(&self, number: usize) -> Option<String> {
        let label = || self.all[number].name.clone().unwrap_or_else(|| number.to_string());
        (number != self.target).then(label)
    }

    /// The variables that a stage begins with; `ended` has those at the end of the stages before it.
    pub(super) fn variables(&self, number: usize, ended: &[Variables]) -> Variables {
        let Stage { parent, base, .. } = &self.all[number];
        let inherited = parent.and_then(|parent| ended.get(parent)).cloned();
        inherited.unwrap_or_else(|| if base == "scratch" { Variables::none() } else { Variables::default() })
    }

    /// The images that are begun with, copied from or mounted from.
    pub(super) fn images<'r>(&'r self, read: &'r Dockerfile) -> impl Iterator<Item = String> {
        let begun = self.all.iter().filter(|stage| stage.parent.is_none()).map(|stage| stage.base.clone());
        let is_image = |from: &&str| number(&self.all, from).is_none();
        let copied = self.kept(read).flat_map(origins).filter(is_image).map(str::to_owned);
        begun.chain(copied)
    }

    /// The image that the target is built on.
    pub(super) fn base(&self) -> &str {
        let mut stage = &self.all[self.target];
        while let Some(parent) = stage.parent {
            stage = &self.all[parent];
        }
        &stage.base
    }

    /// Whether the end of the text is left out.
    pub(super) fn is_cut(&self) -> bool {
        self.all.last().is_some_and(|last| !last.is_kept)
    }

    /// The names of the stages that are kept.
    pub(super) fn names(&self) -> BTreeSet<String> {
        ordered::set(self.all.iter().filter(|stage| stage.is_kept).filter_map(|stage| stage.name.clone()))
    }
}

/// The number of the last stage of a name.
fn number(stages: &[Stage], name: &str) -> Option<usize> {
    stages.iter().rposition(|stage| stage.name.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(name)))
}

/// The stage that is the image: that of a name, or the last one.
fn target_of(stages: &[Stage], target: Option<&str>, builder: &mut Builder) -> Option<usize> {
    let Some(target) = target else { return stages.len().checked_sub(1) };
    let found = number(stages, target);
    if found.is_none() {
        let names: Vec<_> = stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
        let message = format!("The Dockerfile has no stage `{}`.", target.escape_debug());
        builder.report(Code::UnknownStage, &"/target", message, &did_you_mean(target, &names));
    }
    found
}
