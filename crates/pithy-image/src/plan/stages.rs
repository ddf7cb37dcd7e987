//! The stages of two images, whatever they are called. Their names are in no key of a builder's cache: what differs in nothing else
//! is the same.

use std::slice;

use super::align::{common, picked};
use super::written::{FROM_DOCKERFILE, Written};
use crate::identity::Fingerprint;
use crate::wire::{PlanImage, StepRecord};

/// The call that declares a stage.
pub(super) const STAGE: &str = "stage";

/// A stage that there is and was: its name, and the one that it had. The image itself has none: it is `""`.
type Name<'a> = (&'a str, &'a str);

/// Which stage is which, and what the steps are if names of stages do not count.
pub(super) struct Stages<'a> {
    names: Vec<Name<'a>>,
    /// What each step was: its call and its fingerprint.
    pub(super) was: Vec<String>,
    /// What each step is, with the former names of stages.
    pub(super) is: Vec<String>,
}

/// A stage, and the indices of its steps.
pub(super) type Stage<'a> = (&'a str, Vec<usize>);

/// The image itself has the name `""`.
pub(super) fn by_stage(steps: &[StepRecord]) -> Vec<Stage<'_>> {
    let mut stages: Vec<Stage> = vec![("", Vec::new())];
    let mut at = 0;
    for (index, step) in steps.iter().enumerate() {
        let name = step.stage.as_deref().unwrap_or_default();
        if stages[at].0 != name {
            at = stages.iter().position(|stage| stage.0 == name).unwrap_or(stages.len());
            if at == stages.len() {
                stages.push((name, Vec::new()));
            }
        }
        stages[at].1.push(index);
    }
    stages
}

impl<'a> Stages<'a> {
    pub(super) fn new(before: &'a PlanImage, after: &'a PlanImage) -> Self {
        let (old, new) = (Written::new(before), Written::new(after));
        // Of a lock nobody knows the stages of the Dockerfile that the image begins with.
        let is_numbered = old.is_known() && new.is_known();
        let was = keys(&before.steps, &old.fingerprints(&[], is_numbered));
        let renamed = |names: &[Name]| {
            let mut is = new.fingerprints(names, is_numbered);
            for (now, was) in names.iter().filter(|(now, was)| now != was) {
                let (now, was) = (declaration(now), declaration(was));
                for (step, fingerprint) in after.steps.iter().zip(&mut is) {
                    if step.call == STAGE && step.fingerprint == now {
                        fingerprint.clone_from(&was);
                    }
                }
            }
            keys(&after.steps, &is)
        };
        let names = names(&by_stage(&before.steps), &by_stage(&after.steps), &was, &renamed);
        let is = renamed(&names);
        Self { names, was, is }
    }

    /// The former name of a stage; nothing of a new one.
    pub(super) fn was(&self, name: &str) -> Option<&'a str> {
        former(&self.names, name)
    }

    /// The name that a stage has now; nothing of one that is gone.
    pub(super) fn now(&self, name: &str) -> Option<&'a str> {
        self.names.iter().find(|(_, was)| *was == name).map(|(now, _)| *now)
    }

    /// The name of a stage that was, as it is now.
    pub(super) fn name(&self, stage: Option<&String>) -> Option<String> {
        let name = stage?;
        Some(self.now(name).unwrap_or(name).to_owned())
    }

    /// Whether a step that differs only in names of stages has one in its own words: its stage gives it another.
    pub(super) fn is_told(&self, step: &StepRecord) -> bool {
        let is_other = |name: &String| self.was(name) != Some(name);
        [STAGE, FROM_DOCKERFILE].contains(&step.call.as_str()) || step.takes_from.iter().any(is_other)
    }
}

/// The former name of a stage.
pub(super) fn former<'a>(names: &[Name<'a>], name: &str) -> Option<&'a str> {
    names.iter().find(|(now, _)| *now == name).map(|(_, was)| *was)
}

fn keys(steps: &[StepRecord], fingerprints: &[String]) -> Vec<String> {
    steps.iter().zip(fingerprints).map(|(step, fingerprint)| [&step.call, " ", fingerprint].concat()).collect()
}

/// The fingerprint of a step that declares a stage.
fn declaration(name: &str) -> String {
    let mut made = Fingerprint::new();
    made.update(name);
    made.finish()
}

/// Pairs of stages of other names that are compared; where there are more, a stage is the one that had its name.
const MOST_PAIRS: usize = 400;

/// The names of stages, now and before. One keeps its name if at least half of it is the same, unless another is wholly the same
/// and had that name, or has lost its own.
fn names<'a>(
    old: &[Stage<'a>],
    new: &[Stage<'a>],
    was: &[String],
    renamed: &dyn Fn(&[Name]) -> Vec<String>,
) -> Vec<Name<'a>> {
    let plain = renamed(&[]);
    let mut names = Vec::new();
    for (name, steps) in new {
        let namesake = old.iter().find(|stage| stage.0 == *name);
        if namesake.is_some_and(|old| name.is_empty() || picked(&old.1, was) == picked(steps, &plain)) {
            names.push((*name, *name));
        }
    }
    let is_other = |stage: &&Stage| former(&names, stage.0).is_none();
    let gone: Vec<_> = old.iter().filter(is_other).collect();
    let come: Vec<_> = new.iter().filter(is_other).collect();
    let has = |stages: &[Stage], name: &str| stages.iter().any(|stage| stage.0 == name);
    let mut candidates = Vec::new();
    for (is_name, is_steps) in &come {
        for (was_name, was_steps) in &gone {
            let is_namesake = was_name == is_name;
            if !is_namesake && gone.len() * come.len() > MOST_PAIRS {
                continue;
            }
            let pair = (*is_name, *was_name);
            let is = renamed(if is_namesake { &[] } else { slice::from_ref(&pair) });
            let same = common(&picked(was_steps, was), &picked(is_steps, &is)).iter().flatten().count();
            let (all, most) = (was_steps.len() + is_steps.len(), was_steps.len().max(is_steps.len()));
            let differ = (all - 2 * same) * 999 / all;
            let is_free = has(old, is_name) || !has(new, was_name);
            // What counts first, the least first.
            let rank = match (is_namesake, 2 * same >= most) {
                (false, true) if 2 * same == all && is_free => 1,
                (true, true) => 2,
                (false, true) => 3,
                (true, false) => 4,
                (false, false) => continue,
            };
            candidates.push((rank * 1_000 + differ, pair));
        }
    }
    while let Some((_, pair)) = candidates.iter().min_by_key(|candidate| candidate.0).copied() {
        candidates.retain(|(_, (now, was))| *now != pair.0 && *was != pair.1);
        names.push(pair);
    }
    names
}
