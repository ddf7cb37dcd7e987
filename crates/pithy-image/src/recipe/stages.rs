//! Build stages, and what is taken from them.

use std::fmt;
use std::mem;

use super::{Builder, CopyFrom, Instruction, Scope};
use crate::problem::Code;
use crate::step::{self, Step};

impl Builder<'_> {
    pub(super) fn stage(&mut self, step: &step::Stage) {
        let step::Stage { name, steps } = step;
        if !is_stage_name(name) {
            let message = format!("Not a name for a stage: `{}`.", name.escape_debug());
            let hint = "Take lower-case letters, digits, `_`, `.` and `-`, a letter first.";
            self.report(Code::InvalidName, &"/name", message, hint);
        }
        match self.declared.iter().find(|(known, _)| known == name) {
            Some((_, known)) if known == steps => return,
            None if !self.within.contains(name) => {}
            _ => {
                let message = format!("Another stage has the name `{name}`.");
                self.report(Code::InvalidName, &"/name", message, "Give each stage a name of its own.");
            }
        }
        if self.bases.contains(name) {
            self.taken_name(&"/name", name);
        }
        self.declare(name, steps);
    }

    /// Docker would begin with the stage where the image of its name is meant.
    pub(super) fn taken_name(&mut self, field: &dyn fmt::Display, name: &str) {
        let message = format!("`{name}` is the name of a stage and of a base image.");
        let hint = format!(
            "Give the stage another name, or write the image with a tag: `{name}:…`; to go on from the stage itself, go on from its value."
        );
        self.report(Code::InvalidName, field, message, &hint);
    }

    fn declare(&mut self, name: &str, steps: &[Step]) {
        let inner = Scope::new(self.pointer(&""), Some(name.to_owned()));
        let outer = mem::replace(&mut self.scope, inner);
        let first = self.recipe.stages.len();
        self.within.push(name.to_owned());
        self.steps(&steps.iter().map(Ok).collect::<Vec<_>>());
        self.within.pop();
        let stage = mem::replace(&mut self.scope, outer).stage;
        for inner in &mut self.recipe.stages[first..] {
            inner.refresh = inner.refresh.take().or_else(|| stage.refresh.clone());
        }
        self.recipe.stages.push(stage);
        self.declared.push((name.to_owned(), steps.to_vec()));
    }

    pub(super) fn copy_from(&mut self, step: &step::CopyFrom) {
        let from = self.origin(&"/from", &step.from);
        let source = self.end_kept(&"/source", &step.source);
        if !source.is_empty() && !source.starts_with(['/', '$', '~']) {
            let message = format!("`{source}` is not absolute, and a stage has no working directory for it.");
            self.report(Code::InvalidPath, &"/source", message, "Begin with a `/`.");
        }
        if source.contains(['*', '?']) {
            let message = format!("`{source}` is a name, not a pattern: nothing else is copied.");
            self.find(Code::NotAPattern, &"/source", message, "Name the directory: all that is in it is copied.");
        }
        let destination = self.end_kept(&"/destination", &step.destination);
        let chown = self.chown(step.chown.as_deref());
        self.push(Instruction::CopyFrom(CopyFrom { from, source, destination, chown }));
    }

    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.declared.iter().any(|(known, _)| known == name)
    }

    /// A stage that was declared, or else an image, which must have a tag or a digest: a mistyped stage has neither.
    pub(super) fn origin(&mut self, field: &dyn fmt::Display, from: &str) -> String {
        let from = from.trim();
        if self.is_declared(from) {
            if let Some(call) = self.recipe.calls.last_mut() {
                call.what.takes_from.push(from.to_owned());
            }
            return from.to_owned();
        }
        if from.contains([':', '@']) || from.is_empty() {
            return self.image(field, from);
        }
        let known: Vec<_> = self.declared.iter().map(|(name, _)| format!("`{name}`")).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let hint = format!("Declare it before, with `stage`; known: {known}. For an image, add its tag: `{from}:…`.");
        self.report(Code::UnknownStage, field, format!("There is no stage `{}`.", from.escape_debug()), &hint);
        from.to_owned()
    }

    /// A clean path in an image, with the `/` at its end if it had one.
    fn end_kept(&mut self, field: &dyn fmt::Display, path: &str) -> String {
        let mut clean = self.literal_path(field, path);
        if path.ends_with('/') && !clean.ends_with('/') {
            clean.push('/');
        }
        clean
    }
}

/// A name that BuildKit and the legacy engine both take for a stage, and that is none of ours.
fn is_stage_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte))
        && name != crate::dockerfile::FILES_STAGE
        && name != "scratch"
}
