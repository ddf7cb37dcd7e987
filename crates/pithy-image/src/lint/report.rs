//! Where a finding is.

use pithy_image_dockerfile::Span;

use super::Rule;
use super::finding::{Edit, Finding, Severity};
use super::subject::{Command, Line, Subject};
use crate::normal_form::SourceLine;
use crate::ordered;
use crate::secret::mask;

/// Takes what rules find.
pub(super) struct Report<'a> {
    subject: &'a Subject<'a>,
    /// Of the rule that runs.
    code: &'static str,
    severity: Severity,
    found: Vec<Finding>,
}

impl<'a> Report<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        Self { subject, code: "", severity: Severity::Pedantic, found: Vec::new() }
    }

    pub(super) fn run(&mut self, rule: &'static Rule, check: &mut dyn FnMut(&mut Self)) {
        (self.code, self.severity) = (rule.code, rule.severity);
        check(self);
    }

    /// In the order of the text; what is about no line comes last.
    pub(super) fn finish(self) -> Vec<Finding> {
        let places = self.found.iter().map(|finding| finding.line.unwrap_or(usize::MAX)).zip(0..);
        let order = ordered::set(places);
        let mut found: Vec<_> = self.found.into_iter().map(Some).collect();
        order.into_iter().filter_map(|(_, index): (_, usize)| found[index].take()).collect()
    }

    /// Something about an instruction.
    pub(super) fn line(&mut self, line: &Line, message: impl AsRef<str>, hint: impl AsRef<str>) {
        self.at(line.span.start, message, hint);
    }

    /// Something about a command.
    pub(super) fn command(&mut self, command: &Command, message: impl AsRef<str>, hint: impl AsRef<str>) {
        self.part(command, command.span, message, hint);
    }

    /// Something about a command that an edit of it removes.
    pub(super) fn fixable(
        &mut self,
        command: &Command,
        message: impl AsRef<str>,
        hint: impl AsRef<str>,
        edit: impl Into<Option<Edit>>,
    ) {
        let before = self.found.len();
        self.command(command, message, hint);
        if let Some(finding) = self.found.get_mut(before) {
            finding.fix = edit.into().and_then(|edit| self.subject.fix(command, edit));
        }
    }

    /// Something about a part of a command.
    pub(super) fn part(&mut self, of: &Command, span: Span, message: impl AsRef<str>, hint: impl AsRef<str>) {
        self.at(self.subject.place_of(of.line, span), message, hint);
    }

    /// Something about what stands at a byte of the Dockerfile.
    pub(super) fn at(&mut self, byte: usize, message: impl AsRef<str>, hint: impl AsRef<str>) {
        self.add_at(byte, message.as_ref(), hint.as_ref());
    }

    fn add_at(&mut self, byte: usize, message: &str, hint: &str) {
        let line = self.subject.dockerfile.line(byte);
        let (path, source) = self.subject.made(line);
        self.add(&path, Some(line), source, message, hint);
    }

    /// Something about a field of a step, by its JSON pointer.
    pub(super) fn step(&mut self, path: impl AsRef<str>, message: impl AsRef<str>, hint: impl AsRef<str>) {
        self.add(path.as_ref(), None, None, message.as_ref(), hint.as_ref());
    }

    /// Something about a line of the earlier Dockerfile that is gone.
    pub(super) fn gone(&mut self, line: usize, message: impl AsRef<str>, hint: impl AsRef<str>) {
        self.whole(message, hint);
        if let Some(finding) = self.found.last_mut() {
            finding.former_line = Some(line);
        }
    }

    /// Something about the whole.
    pub(super) fn whole(&mut self, message: impl AsRef<str>, hint: impl AsRef<str>) {
        self.step("", message, hint);
    }

    fn add(&mut self, path: &str, line: Option<usize>, source: Option<SourceLine>, message: &str, hint: &str) {
        let (code, severity) = (self.code, self.severity);
        self.found.push(Finding {
            code,
            severity,
            message: mask(message).into_owned(),
            hint: hint.to_owned(),
            path: path.to_owned(),
            line,
            source,
            before: None,
            former_line: None,
            fix: None,
        });
    }
}

/// Paths that a finding names at most.
const NAMED: usize = 3;

/// The first of some paths, of which there is at least one, in words.
pub(super) fn named(paths: &[String]) -> String {
    let mut names: Vec<_> = paths.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) }
}

/// The verb for so many things.
pub(super) fn is_or_are<T>(things: &[T]) -> &'static str {
    if things.len() == 1 { "is" } else { "are" }
}
