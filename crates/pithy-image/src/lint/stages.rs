//! Which stage or image is meant by a name in `FROM`, `COPY --from` and `RUN --mount=…,from=`.

use std::collections::BTreeSet;

use pithy_image_dockerfile::Keyword;

use super::known::is_official;
use super::near::near;
use super::subject::{Line, Subject};
use crate::import::origins;
use crate::ordered;

/// A name of a stage or an image.
pub(super) struct Reference<'s> {
    pub(super) line: &'s Line<'s>,
    pub(super) name: &'s str,
    /// The number of the stage that is meant; none if it is an image.
    pub(super) stage: Option<usize>,
}

/// Every name of a stage or an image, in order.
pub(super) fn references<'s>(subject: &'s Subject<'s>) -> Vec<Reference<'s>> {
    let names = subject.stages.iter().zip(0..).filter_map(|(stage, number)| Some((stage.name.as_deref()?, number)));
    let stages = ordered::set(names);
    let mut found = Vec::new();
    for line in &subject.lines {
        if line.keyword == Keyword::From {
            let name = line.words.first().map_or("", |word| &word.value);
            found.push(Reference { line, name, stage: last_of(&stages, name, line.stage) });
        }
        found.extend(origins(line).map(|name| {
            let by_number = || name.parse().ok().filter(|number| *number < subject.stages.len());
            let by_name = last_of(&stages, name, line.stage).or_else(|| last_of(&stages, name, usize::MAX));
            Reference { line, name, stage: by_name.or_else(by_number) }
        }));
    }
    found
}

/// The number of the last stage of a name before another one.
fn last_of(stages: &BTreeSet<(&str, usize)>, name: &str, before: usize) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    stages.range((name.as_str(), 0)..(name.as_str(), before)).next_back().map(|(_, number)| *number)
}

/// A name that is not one of a stage, and was probably meant to be one.
pub(super) struct Misspelt<'s> {
    pub(super) line: &'s Line<'s>,
    pub(super) name: &'s str,
    /// The stage that is probably meant.
    pub(super) meant: Option<&'s str>,
}

/// The names that were probably meant to be those of stages. Docker Hub has no image of one word that is not an official one; but
/// a base may be one that was built before, unless its name is nearly that of a stage.
pub(super) fn misspelt<'s>(subject: &'s Subject<'s>) -> Vec<Misspelt<'s>> {
    let names: Vec<&str> = subject.stages.iter().filter_map(|stage| stage.name.as_deref()).collect();
    let references = references(subject).into_iter().filter(|reference| reference.stage.is_none());
    let words = references.filter(|reference| {
        let is_number = reference.name.bytes().all(|byte| byte.is_ascii_digit());
        !is_number && !reference.name.contains(['/', '.', ':', '@', '$']) && !is_official(reference.name)
    });
    let found = words.filter_map(|Reference { line, name, .. }| {
        let own = subject.stages.get(line.stage).and_then(|stage| stage.name.as_deref());
        let meant = near(name, names.iter().copied().filter(|other| Some(*other) != own).take(MOST_NAMES));
        meant.is_some().then_some(Misspelt { line, name, meant })
    });
    found.collect()
}

/// Stages that a name is compared with.
const MOST_NAMES: usize = 100;

/// The stage that each stage begins with, where that is not an image.
pub(super) fn parents(subject: &Subject) -> Vec<Option<usize>> {
    let mut parents = vec![None; subject.stages.len()];
    for reference in references(subject).into_iter().filter(|reference| reference.line.keyword == Keyword::From) {
        if let Some(parent) = parents.get_mut(reference.line.stage) {
            *parent = reference.stage;
        }
    }
    parents
}
