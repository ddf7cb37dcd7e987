//! Which variables the words of instructions use, and which of them an instruction before them sets.

use std::cell::RefCell;
use std::collections::BTreeSet;

use pithy_image_dockerfile::{Escape, Keyword, Pair, Word, expand};

use super::stages::parents;
use super::subject::{Line, Subject};

/// A variable in a word.
pub(super) struct Use {
    pub(super) name: String,
    /// Where the word stands.
    pub(super) at: usize,
    /// Whether the word says what stands in its place if it is not set.
    pub(super) has_default: bool,
}

/// The variables that Docker replaces in the words of an instruction, in order.
pub(super) fn uses(line: &Line, escape: Escape) -> Vec<Use> {
    let pairs = line.pairs.iter().filter_map(|pair| pair.value.as_ref());
    let words = match line.keyword {
        Keyword::Add
        | Keyword::Copy
        | Keyword::Expose
        | Keyword::From
        | Keyword::Stopsignal
        | Keyword::User
        | Keyword::Volume
        | Keyword::Workdir => line.words.as_slice(),
        _ => &[],
    };
    let flags = line.flags.iter().filter(|flag| ["chmod", "chown", "platform"].contains(&flag.name.as_str()));
    let flags = flags.filter_map(|flag| Some((flag.value.as_deref()?, flag.span.start)));
    let words = pairs.chain(words).map(|word| (word.value.as_str(), word.span.start));
    words.chain(flags).flat_map(|(word, at)| uses_in(word, at, escape)).collect()
}

/// The variables in the value of a pair.
pub(super) fn uses_of(pair: &Pair, escape: Escape) -> Vec<Use> {
    let of_word = |word: &Word| uses_in(&word.value, word.span.start, escape);
    pair.value.as_ref().map(of_word).unwrap_or_default()
}

fn uses_in(word: &str, at: usize, escape: Escape) -> Vec<Use> {
    if !word.contains('$') {
        return Vec::new();
    }
    let names = RefCell::new(Vec::new());
    let note = |name: &str| {
        names.borrow_mut().push(name.to_owned());
        None
    };
    // What is missing in `${NAME?message}` is an error, behind which the rest of the word is not read.
    let _ = expand(word, &note, escape);
    let is_name = |name: &String| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let to_use = |name: String| {
        let has_default = [":", "-", "+", "?"].iter().any(|operator| word.contains(&format!("${{{name}{operator}")));
        Use { name, at, has_default }
    };
    names.into_inner().into_iter().filter(is_name).map(to_use).collect()
}

/// What is set at a line, as the lines are passed one after the other.
pub(super) struct Scopes<'s> {
    /// The arguments from before the first stage.
    pub(super) globals: BTreeSet<&'s str>,
    /// The variables of each stage.
    stages: Vec<BTreeSet<&'s str>>,
    parents: Vec<Option<usize>>,
    /// The images that stages begin with.
    bases: Vec<&'s str>,
    is_in_stage: bool,
}

/// Stages that are looked through. Behind them, anything may be set.
const DEEPEST: usize = 50;

impl<'s> Scopes<'s> {
    pub(super) fn new(subject: &'s Subject<'s>) -> Self {
        let bases = subject.stages.iter().map(|stage| stage.base.value.as_str()).collect();
        let stages = vec![BTreeSet::new(); subject.stages.len()];
        Self { globals: BTreeSet::new(), stages, parents: parents(subject), bases, is_in_stage: false }
    }

    /// Notes what a line sets.
    pub(super) fn pass(&mut self, line: &'s Line<'s>) {
        self.is_in_stage |= line.keyword == Keyword::From;
        if matches!(line.keyword, Keyword::Arg | Keyword::Env) {
            let names = line.pairs.iter().map(|pair| pair.name.value.as_str());
            if self.is_in_stage {
                self.stages[line.stage].extend(names);
            } else {
                self.globals.extend(names);
            }
        }
    }

    /// Whether only arguments from before the first stage count in a line.
    pub(super) fn is_global(&self, line: &Line) -> bool {
        !self.is_in_stage || line.keyword == Keyword::From
    }

    /// A stage, and those that it is built from.
    fn lineage(&self, stage: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(stage), |stage| *self.parents.get(*stage)?).take(DEEPEST)
    }

    /// Whether a variable may be set in a stage, other than by its base image.
    pub(super) fn has(&self, stage: usize, name: &str) -> bool {
        let is_deep = self.lineage(stage).count() == DEEPEST;
        is_deep || self.lineage(stage).any(|stage| self.stages.get(stage).is_some_and(|names| names.contains(name)))
    }

    /// The variables that are set in a stage, other than by its base image.
    pub(super) fn names(&self, stage: usize) -> impl Iterator<Item = &'s str> {
        self.lineage(stage).filter_map(|stage| self.stages.get(stage)).flatten().copied()
    }

    /// The image that a stage is built on in the end.
    pub(super) fn base(&self, stage: usize) -> Option<&'s str> {
        self.lineage(stage).last().and_then(|stage| self.bases.get(stage).copied())
    }
}
