//! Writes the Dockerfile of edition 2026-12: the canonical form of an image, whose bytes are its identity.
//!
//! The text begins with `FROM `, has one instruction a line and ends with one newline, and there is no banner, comment, date or
//! version in it, except in what a Dockerfile that the image begins with brings. It means the same to Docker's legacy engine and to
//! BuildKit, except for what the user's own instructions ask for.

mod instruction;
mod quote;
mod transfer;

use std::collections::BTreeSet;
use std::mem;

use pithy_image_dockerfile::{Escape, Keyword};

use crate::context::Context;
use crate::normal_form::{By, Copy, FILES_STAGE, Instruction, NormalForm, Part, REFRESH, SourceLine, Stage, Written};

use self::instruction::instruction;
use self::quote::copy_paths;
pub(crate) use self::quote::{escaped, json_list, quoted, shell_word};
use self::transfer::transfer_lines;

/// Lines of a Dockerfile that hold one instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenInstruction {
    /// The first of them; that of the whole text is 1.
    pub line: usize,
    /// How many there are.
    pub lines: usize,
    /// JSON pointer to the step that made it, such as `/steps/3` or, within a stage, `/steps/2/stage/steps/1`; empty for
    /// the head of the stage that unpacks trees.
    pub step: String,
    /// Its place in the user's own Dockerfile, if it is from one.
    pub source: Option<SourceLine>,
}

/// Docker reads at most 65,535 bytes per line; longer lines are continued well before.
const MAX_LINE: usize = 32 * 1024;

/// What Docker reads at most, with the newline.
const DOCKER_LINE: usize = 64 * 1024;

/// The Dockerfile of an image whose copies come from these contexts, one each, and which step made which lines.
pub(crate) fn write(form: &NormalForm, contexts: &[Context]) -> (String, Vec<WrittenInstruction>) {
    let mut out = Dockerfile::new(form.escape());
    let image = &form.image;
    let imported = image.import.as_ref().map_or(0, |import| import.instructions);
    if imported == 0 {
        out.stages(form, contexts);
    }
    if image.import.is_none() {
        out.begin(image, image.refresh.as_ref());
    }
    let mut is_begun = false;
    for (index, By { step, what }) in image.instructions.iter().enumerate() {
        let Instruction::Written(written) = what else {
            out.line(step, &instruction(form, contexts, what));
            continue;
        };
        let begins_stage = written.keyword == Keyword::From && index < imported;
        if begins_stage && !mem::replace(&mut is_begun, true) {
            let (lines, blanks) = written.before.split_at(written.before.trim_end_matches([' ', '\t']).len());
            out.between(lines);
            out.stages(form, contexts);
            out.text.push_str(blanks);
        } else {
            out.between(&written.before);
        }
        out.in_own_words(form, contexts, step, written);
        if begins_stage {
            out.refresh(image.refresh.as_ref());
        }
        if index + 1 == imported {
            image.import.iter().for_each(|import| out.between(&import.rest));
        }
    }
    if let Some(By { step, what }) = &image.cmd {
        out.line(step, &format!("CMD {}", json_list(what)));
    }
    if let Some(By { step, what }) = &image.entrypoint {
        // Daytona reads one physical line: this one is never continued, and `entrypoint` keeps it short enough.
        out.next_line();
        let start = out.text.len();
        out.text.extend(["ENTRYPOINT ", &json_list(what), "\n"]);
        out.written(start, step, None);
    }
    (out.text, out.instructions)
}

/// Bytes of the longest line, if Docker refuses it.
pub(crate) fn longest_line(dockerfile: &str) -> Option<usize> {
    dockerfile.split('\n').map(str::len).max().filter(|&bytes| bytes >= DOCKER_LINE)
}

struct Dockerfile {
    escape: Escape,
    text: String,
    instructions: Vec<WrittenInstruction>,
    /// How much of the text has been counted, and its lines.
    counted: (usize, usize),
}

impl Dockerfile {
    fn new(escape: Escape) -> Self {
        Self { escape, text: String::new(), instructions: Vec::new(), counted: (0, 0) }
    }

    /// What comes before the image: the stage that unpacks trees, and those that were declared.
    fn stages(&mut self, form: &NormalForm, contexts: &[Context]) {
        self.files_stage(&form.copies, contexts);
        for stage in &form.stages {
            self.begin(stage, stage.refresh.as_ref().or(form.image.refresh.as_ref()));
            for By { step, what } in &stage.instructions {
                match what {
                    Instruction::Written(written) => self.in_own_words(form, contexts, step, written),
                    what => self.line(step, &instruction(form, contexts, what)),
                }
            }
        }
    }

    /// Unpacks every tree once, in an image of its own.
    fn files_stage(&mut self, copies: &[Copy], contexts: &[Context]) {
        let mut names = BTreeSet::new();
        for (copy, context) in copies.iter().zip(contexts).filter(|(_, context)| context.is_tree()) {
            if names.is_empty() {
                self.line("", &format!("FROM scratch AS {FILES_STAGE}"));
            }
            if names.insert(context.name()) || context.is_unknown() {
                let directory = format!("/{}/", context.name());
                let paths = copy_paths(&context.archive_path, &directory, self.escape);
                self.line(&copy.step, &format!("ADD {paths}"));
            }
        }
    }

    fn begin(&mut self, stage: &Stage, refresh: Option<&By<String>>) {
        let name = stage.name.as_ref().map(|name| format!(" AS {name}")).unwrap_or_default();
        self.line(&stage.step(0), &format!("FROM {}{name}", stage.base));
        self.refresh(refresh);
    }

    fn refresh(&mut self, refresh: Option<&By<String>>) {
        if let Some(By { step, what }) = refresh {
            self.line(step, &format!("ARG {REFRESH}={}", quoted(what, self.escape)));
        }
    }

    /// One instruction of a step, continued on further lines if it is long, or if Daytona would find an entrypoint in it: it
    /// uses the last text that looks like one, wherever it is.
    fn line(&mut self, step: &str, line: &str) {
        self.next_line();
        let start = self.text.len();
        let mut rest = line;
        while let Some(at) = break_word(rest) {
            self.long(&rest[..at]);
            self.go_on();
            rest = &rest[at..];
        }
        self.long(rest);
        if rest.ends_with('`') && self.escape == Escape::Backtick {
            self.text.push_str(NOT_CONTINUED);
        }
        self.text.push('\n');
        self.written(start, step, None);
    }

    fn long(&mut self, mut rest: &str) {
        while let Some(at) = break_before(rest, self.escape.char()) {
            self.text.push_str(&rest[..at]);
            self.go_on();
            rest = &rest[at..];
        }
        self.text.push_str(rest);
    }

    fn go_on(&mut self) {
        self.text.extend([self.escape.char(), '\n']);
    }

    /// Ends a last line that has no newline.
    fn next_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// What stands between instructions: it begins with the end of a line, which may be there already.
    fn between(&mut self, text: &str) {
        let is_there = self.text.ends_with('\n');
        let rest = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).filter(|_| is_there);
        self.text.push_str(rest.unwrap_or(text));
    }

    /// An instruction in the user's own words.
    fn in_own_words(&mut self, form: &NormalForm, contexts: &[Context], step: &str, written: &Written) {
        let Written { parts, source, .. } = written;
        if source.is_none() {
            self.next_line();
        }
        let mut start = self.text.len();
        for part in parts {
            match part {
                Part::Text(text) => self.text.push_str(text),
                Part::Stage(number) => self.text.push_str(&(stages_before(form, contexts) + number).to_string()),
                Part::Tree(copy) => self.text.extend(["/", contexts[*copy].name(), "/"]),
                Part::Transfer(transfer) => {
                    for (index, line) in transfer_lines(transfer, contexts).iter().enumerate() {
                        if index > 0 {
                            self.text.push('\n');
                            self.written(start, step, source.clone());
                            start = self.text.len();
                        }
                        self.text.push_str(line);
                    }
                }
            }
        }
        if source.is_none() {
            self.text.push('\n');
        }
        self.written(start, step, source.clone());
    }

    /// Records which step made the text from `start` on.
    fn written(&mut self, start: usize, step: &str, source: Option<SourceLine>) {
        let (counted, lines) = self.counted;
        let line = lines + self.text[counted..start].matches('\n').count() + 1;
        let text = &self.text[start..];
        let newlines = text.matches('\n').count();
        self.counted = (self.text.len(), line - 1 + newlines);
        let lines = newlines + usize::from(!text.ends_with('\n'));
        self.instructions.push(WrittenInstruction { line, lines, step: step.to_owned(), source });
    }
}

/// What Daytona looks for.
const WORD: &str = "ENTRYPOINT";

/// A blank, as JavaScript's expressions have it.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// Put after a command whose last character would continue it: a comment of the shell, which is nothing.
const NOT_CONTINUED: &str = " #";

/// How many stages stand before those of an imported Dockerfile.
fn stages_before(form: &NormalForm, contexts: &[Context]) -> usize {
    usize::from(contexts.iter().any(Context::is_tree)) + form.stages.len()
}

/// Where Daytona finds the entrypoint, and what it takes for that.
pub(crate) fn entrypoint(text: &str) -> Option<(usize, &str)> {
    let found = text.match_indices(WORD).filter_map(|(at, _)| {
        let rest = &text[at + WORD.len()..];
        let taken = rest.trim_start_matches(is_space);
        (taken.len() < rest.len())
            .then(|| (at, taken.split(['\n', '\r', '\u{2028}', '\u{2029}']).next().unwrap_or_default()))
    });
    found.last()
}

/// Where to break a word that Daytona's expression, `ENTRYPOINT\s+(.*)`, would match: before its last letter.
fn break_word(line: &str) -> Option<usize> {
    let stray = |&(at, _): &(usize, &str)| {
        let rest = &line[at + WORD.len()..];
        rest.is_empty() || rest.starts_with(is_space)
    };
    line.match_indices(WORD).find(stray).map(|(at, _)| at + WORD.len() - 1)
}

/// Where to continue a long line: not before a blank, which Docker may trim, nor before `#`, which would begin a
/// comment, nor after an escape character.
fn break_before(line: &str, escape: char) -> Option<usize> {
    if line.len() <= MAX_LINE {
        return None;
    }
    let safe = |&at: &usize| {
        line.is_char_boundary(at)
            && !line[at..].starts_with(|c: char| c.is_whitespace() || c == '#')
            && !line[..at].ends_with(escape)
    };
    (1..=MAX_LINE).rev().find(safe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::Image;

    /// So many that looking for each among all of them would take minutes.
    #[test]
    fn many_trees_are_unpacked_each_once() {
        let image = Image::base("debian:12").add_file("/a", "a", Some(0o600));
        let copies = vec![image.recipe().unwrap().form.copies.remove(0); 200_000];
        let tree = image.recipe().unwrap().resolve(&[]).unwrap().contexts.remove(0);
        let named = |i: usize| Context { archive_path: format!("ctx/{}/tree.tar", i / 2), ..tree.clone() };
        let contexts: Vec<_> = (0..copies.len()).map(named).collect();
        let mut out = Dockerfile::new(Escape::Backslash);
        out.files_stage(&copies, &contexts);
        assert_eq!(out.instructions.len(), 1 + copies.len() / 2);
    }

    #[test]
    fn long_lines_are_continued_where_docker_joins_them_again() {
        let text = format!("RUN {}", "# \\é".repeat(20_000));
        let mut out = Dockerfile::new(Escape::Backslash);
        out.line("", &text);
        let out = out.text;
        assert!(out.lines().all(|line| line.len() <= MAX_LINE + 1));
        assert!(out.lines().skip(1).all(|line| !line.starts_with([' ', '#'])));
        assert!(!out.contains("\\\\\n"));
        assert_eq!(out.replace("\\\n", ""), text + "\n");
    }
}
