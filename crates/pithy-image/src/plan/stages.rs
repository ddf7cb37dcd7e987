//! The stages of two images, whatever they are called. Their names are in no key of a builder's cache: what differs in nothing else is the same.

use std::collections::BTreeMap;

use super::written::Written;
use crate::identity::Fingerprint;
use crate::ordered;
use crate::wire::{PlanImage, StepRecord};

/// The call that declares a stage.
pub(super) const STAGE: &str = "stage";

/// Which stage is which, and what the steps are but for the names of stages.
pub(super) struct Stages<'a> {
    /// The former names of the stages that there were. The image itself has none: it is `""`.
    former: BTreeMap<&'a str, &'a str>,
    /// What each step was: its call and its fingerprint.
    pub(super) was: Vec<String>,
    /// What each step is, with the former names of stages.
    pub(super) is: Vec<String>,
    written: Written<'a>,
}

/// A stage, and the indices of its steps.
struct Stage<'a> {
    name: &'a str,
    steps: Vec<usize>,
}

impl<'a> Stages<'a> {
    pub(super) fn new(before: &'a PlanImage, after: &'a PlanImage) -> Self {
        let (old_written, written) = (Written::new(before), Written::new(after));
        // Of a lock nobody knows the stages of the Dockerfile that the image begins with.
        let is_numbered = old_written.is_known() && written.is_known();
        let was = keys(&before.steps, &|step| old_written.fingerprint(step, &|_| None, is_numbered));
        let renamed = |step: usize, name_of: &dyn Fn(&str) -> Option<String>| {
            let fingerprint = written.fingerprint(step, name_of, is_numbered);
            key(&after.steps[step], fingerprint.as_ref())
        };
        let (old_stages, new_stages) = (by_name(&before.steps), by_name(&after.steps));
        let shared = |old: &Stage, new: &Stage| {
            let name_of = |name: &str| (name == new.name).then(|| old.name.to_owned());
            let is: Vec<_> = new.steps.iter().map(|step| renamed(*step, &name_of)).collect();
            in_common(old.steps.iter().map(|step| &was[*step]), &is)
        };
        let mut former = pairs(&old_stages, &new_stages, &shared);
        let name_of = |name: &str| match former.get(name) {
            Some(was) => (*was != name).then(|| (*was).to_owned()),
            // A new stage is none that had its name. No name has a blank.
            None => Some(format!("{name} now")),
        };
        let declared = ordered::map(new_stages.iter().map(|stage| (declaration(stage.name), stage.name)));
        let is = keys(&after.steps, &|step| match declared.get(&after.steps[step].fingerprint) {
            Some(name) if after.steps[step].call == STAGE => name_of(name).map(|name| declaration(&name)),
            _ => written.fingerprint(step, &name_of, is_numbered),
        });
        former.insert("", "");
        Self { former, was, is, written }
    }

    /// The former name of a stage; nothing of a new one.
    pub(super) fn was(&self, name: &str) -> Option<&'a str> {
        self.former.get(name).copied()
    }

    /// The name that a stage has now; nothing of one that is gone.
    pub(super) fn now(&self, name: &str) -> Option<&'a str> {
        self.former.iter().find(|(_, was)| **was == name).map(|(now, _)| *now)
    }

    /// Whether a step that is the same but for names has one that its stage does not give it.
    pub(super) fn are_told(&self, old: &StepRecord, index: usize, new: &StepRecord) -> bool {
        let of_stage = |name: &str| {
            let own = new.stage.as_deref().filter(|own| *own == name)?;
            self.former.get(own).map(|was| (*was).to_owned())
        };
        let is_same = |fingerprint: &String| *fingerprint == old.fingerprint;
        !is_same(&new.fingerprint) && !self.written.fingerprint(index, &of_stage, false).as_ref().is_some_and(is_same)
    }
}

fn keys(steps: &[StepRecord], other: &dyn Fn(usize) -> Option<String>) -> Vec<String> {
    steps.iter().enumerate().map(|(index, step)| key(step, other(index).as_ref())).collect()
}

/// What a step is, if this is its fingerprint.
fn key(step: &StepRecord, fingerprint: Option<&String>) -> String {
    format!("{} {}", step.call, fingerprint.unwrap_or(&step.fingerprint))
}

/// The fingerprint of a step that declares a stage.
fn declaration(name: &str) -> String {
    let mut made = Fingerprint::new();
    made.update(name);
    made.finish()
}

fn by_name(steps: &[StepRecord]) -> Vec<Stage<'_>> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut places = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        let Some(name) = step.stage.as_deref() else { continue };
        let at = *places.entry(name).or_insert(stages.len());
        if at == stages.len() {
            stages.push(Stage { name, steps: Vec::new() });
        }
        stages[at].steps.push(index);
    }
    stages
}

/// How many items two lists have in common, whatever their order.
fn in_common<'k>(was: impl Iterator<Item = &'k String>, is: &'k [String]) -> usize {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for key in was {
        *counts.entry(key).or_default() += 1;
    }
    let mut is_common = |key: &&String| {
        let left = counts.get_mut(key.as_str()).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    };
    is.iter().filter(&mut is_common).count()
}

/// Pairs of stages of other names that are compared; where there are more, a stage is the one that had its name.
const MOST_PAIRS: usize = 10_000;

/// The former names of stages. One keeps its name if at least half of it is the same, unless another is wholly the same and had
/// that name, or has lost its own.
fn pairs<'a>(
    was: &[Stage<'a>],
    is: &[Stage<'a>],
    shared: &dyn Fn(&Stage, &Stage) -> usize,
) -> BTreeMap<&'a str, &'a str> {
    let places = ordered::map(was.iter().zip(0..).map(|(stage, at)| (stage.name, at)));
    let kept = ordered::set(is.iter().map(|stage| stage.name));
    let mut former = BTreeMap::new();
    for new in is {
        let old = places.get(new.name).map(|at: &usize| &was[*at]);
        if old.is_some_and(|old| old.steps.len() == new.steps.len() && shared(old, new) == new.steps.len()) {
            former.insert(new.name, new.name);
        }
    }
    let others = |stages: &[Stage<'a>]| -> Vec<usize> {
        (0..stages.len()).filter(|at| !former.contains_key(stages[*at].name)).collect()
    };
    let (gone, come) = (others(was), others(is));
    let is_few = gone.len() * come.len() <= MOST_PAIRS;
    let mut candidates = Vec::new();
    for (a, b) in gone.iter().flat_map(|a| come.iter().map(|b| (*a, *b))) {
        let (old, new) = (&was[a], &is[b]);
        let is_namesake = old.name == new.name;
        if !is_namesake && !is_few {
            continue;
        }
        let all = old.steps.len() + new.steps.len();
        let differ = all - 2 * shared(old, new);
        let is_recognisable = all - differ >= old.steps.len().max(new.steps.len());
        let rank = match (is_namesake, differ, is_recognisable) {
            (false, 0, _) if places.contains_key(new.name) || !kept.contains(old.name) => 1,
            (true, _, true) => 2,
            (false, _, true) => 3,
            (true, ..) => 4,
            (false, ..) => continue,
        };
        candidates.push((rank, differ * 1_000 / all, a, b));
    }
    while let Some((.., old, new)) = candidates.iter().min().copied() {
        former.insert(is[new].name, was[old].name);
        candidates.retain(|(.., a, b)| *a != old && *b != new);
    }
    former
}
