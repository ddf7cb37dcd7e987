//! What happens to each step, and which ones Docker builds again.
//!
//! Steps are compared stage by stage, whatever the stages are called: two lists of fingerprints have a longest common
//! subsequence, which was kept; between its members, a removed step and an added one of the same call are one that changed. A
//! stage comes from the cache up to the first step that is not what was built there before, or that copies files from a stage that
//! is another.

use std::collections::BTreeMap;

use super::align::{common, fill, merged, refs};
use super::fields::{collect_arguments, compare};
use super::instructions::changes;
use super::stages::{STAGE, Stages};
use crate::identity::Fingerprint;
use crate::json::Value;
use crate::wire::{PlanImage, PlanStep, StepChange, StepRecord};

/// Calls that build nothing: what they set has a fixed place, or is in the stage that they declare.
const SETTINGS: [&str; 4] = ["cmd", "entrypoint", REFRESH, STAGE];

const REFRESH: &str = "refresh";

/// Steps of one image beside those of the other.
pub(super) struct Rows<'a> {
    pub(super) all: Vec<Row<'a>>,
    stages: &'a Stages<'a>,
    /// The fingerprint of a step that emits nothing.
    nothing: String,
}

#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    before: Option<usize>,
    after: Option<usize>,
    /// The step as it is, or was.
    pub(super) step: &'a StepRecord,
    pub(super) change: StepChange,
    /// Whether it is what it was, but for the names of stages.
    pub(super) is_same: bool,
    is_built: bool,
}

/// A build stage with steps that were seen.
struct Seen<'a> {
    name: &'a str,
    /// What was built in it before, and was not seen yet.
    left: Vec<usize>,
    is_built_again: bool,
}

impl Seen<'_> {
    /// Whether its files may be others, once all of its steps were seen.
    fn is_another(&self) -> bool {
        self.is_built_again || !self.left.is_empty()
    }
}

impl<'a> Rows<'a> {
    pub(super) fn new(before: &'a PlanImage, after: &'a PlanImage, stages: &'a Stages<'a>) -> Self {
        let (was, is) = (&before.steps, &after.steps);
        let rows = merged(was.len(), &partners(was, is, stages)).into_iter().filter_map(|pair| {
            let (mut is_same, is_built) = (false, false);
            let (change, step) = match pair {
                (None, None) => return None,
                (Some(old), None) => (StepChange::Removed, &was[old]),
                (None, Some(new)) => (StepChange::Added, &is[new]),
                (Some(old), Some(new)) => {
                    is_same = stages.was[old] == stages.is[new];
                    // It may say the same and mean another stage.
                    let is_kept = was[old].fingerprint == is[new].fingerprint
                        || is_same && !stages.are_told(&was[old], new, &is[new]);
                    (if is_kept { StepChange::Kept } else { StepChange::Changed }, &is[new])
                }
            };
            Some(Row { before: pair.0, after: pair.1, step, change, is_same, is_built })
        });
        Self { all: rows.collect(), stages, nothing: Fingerprint::new().finish() }
    }

    /// Finds out what is built again. The steps of a stage come before those that copy files from it.
    pub(super) fn rebuild(&mut self, before: &[StepRecord]) {
        let mut seen: Vec<Seen> = Vec::new();
        for index in 0..self.all.len() {
            let Row { step, after: Some(after), .. } = self.all[index] else { continue };
            let name = stage_of(step);
            let at = seen.iter().position(|stage| stage.name == name).unwrap_or(seen.len());
            if at == seen.len() {
                let left = self.built_before(name, before);
                seen.push(Seen { name, left, is_built_again: self.has_other_refresh(name) });
            }
            if !self.is_built(step) {
                continue;
            }
            let is_next = seen[at].left.last().is_some_and(|next| self.stages.was[*next] == self.stages.is[after]);
            let is_base = step.call == "base";
            if is_next && (is_base || !seen[at].is_built_again) && !takes_another(step, &seen) {
                seen[at].left.pop();
                continue;
            }
            seen[at].is_built_again = true;
            self.all[index].is_built = true;
            if self.all[index].change == StepChange::Kept {
                self.all[index].change = StepChange::Rebuilt;
            }
        }
    }

    /// What was built in a stage, the last first.
    fn built_before(&self, stage: &str, before: &[StepRecord]) -> Vec<usize> {
        let Some(stage) = self.stages.was(stage) else { return Vec::new() };
        let is_it = |index: &usize| stage_of(&before[*index]) == stage && self.is_built(&before[*index]);
        (0..before.len()).rev().filter(is_it).collect()
    }

    /// Whether the build argument after `FROM` differs in a stage: its own, or else that of the stage that
    /// declares it.
    fn has_other_refresh(&self, stage: &str) -> bool {
        let is_refresh =
            |row: &&Row| row.step.call == REFRESH && self.is_in(row, stage) && row.step.fingerprint != self.nothing;
        let mut own = self.all.iter().filter(is_refresh).peekable();
        if own.peek().is_some() {
            return own.any(|row| !row.is_same);
        }
        let first = self.all.iter().position(|row| self.is_in(row, stage)).unwrap_or_default();
        let outer = self.all[..first].iter().rfind(|row| row.step.call == STAGE);
        outer.is_some_and(|outer| self.has_other_refresh(stage_of(outer.step)))
    }

    /// Whether a step is in a stage of this name, or was in the one that has it now.
    fn is_in(&self, row: &Row, stage: &str) -> bool {
        let own = stage_of(row.step);
        if row.after.is_some() { own == stage } else { self.stages.now(own) == Some(stage) }
    }

    fn is_built(&self, step: &StepRecord) -> bool {
        !is_setting(step) && step.fingerprint != self.nothing
    }

    pub(super) fn steps(&self, before: &PlanImage, after: &PlanImage) -> Vec<PlanStep> {
        let (was, is) = (arguments(before), arguments(after));
        let pointer = |steps: &[StepRecord], index: Option<usize>| {
            index.map(|index| steps[index].step.clone()).filter(|pointer| !pointer.is_empty())
        };
        let fields = |row: &Row| {
            let (was, is) = (was.get(row.before?)?, is.get(row.after?)?);
            let (old, new) = (&before.steps[row.before?].step, &after.steps[row.after?].step);
            (row.change == StepChange::Changed).then(|| {
                let mut fields = Vec::new();
                compare(String::new(), Some(was), Some(is), &mut fields);
                fields.extend(changes((before, old), (after, new)));
                fields
            })
        };
        let steps = self.all.iter().map(|row| PlanStep {
            change: row.change,
            call: row.step.call.clone(),
            is_built: row.is_built,
            stage: row.step.stage.clone(),
            before: pointer(&before.steps, row.before),
            after: pointer(&after.steps, row.after),
            fields: fields(row),
        });
        steps.collect()
    }
}

/// The arguments of the steps of an image, in order; nothing if they are unknown.
fn arguments(image: &PlanImage) -> Vec<&Value> {
    let mut arguments = Vec::new();
    if let Some(definition) = &image.definition {
        collect_arguments(definition, &mut arguments);
    }
    if arguments.len() == image.steps.len() { arguments } else { Vec::new() }
}

/// The stage that a step is in; of the image itself `""`.
pub(super) fn stage_of(step: &StepRecord) -> &str {
    step.stage.as_deref().unwrap_or_default()
}

fn is_setting(step: &StepRecord) -> bool {
    SETTINGS.contains(&step.call.as_str())
}

/// Whether a step copies files from a stage that is another. A lock does not say from which: it may be any.
fn takes_another(step: &StepRecord, seen: &[Seen]) -> bool {
    let is_unknown = step.step.is_empty() && ["copyFrom", "dockerfileCommands", "raw"].contains(&step.call.as_str());
    let is_taken = |name: &str| step.takes_from.iter().any(|from| from == name) || is_unknown;
    seen.iter().any(|stage| {
        stage.name != stage_of(step) && !stage.name.is_empty() && is_taken(stage.name) && stage.is_another()
    })
}

/// For each step, the one that it was. Each stage is compared by itself.
fn partners(was: &[StepRecord], is: &[StepRecord], stages: &Stages) -> Vec<Option<usize>> {
    let (old_stages, new_stages) = (by_stage(was), by_stage(is));
    let mut partners = vec![None; is.len()];
    for (stage, new) in &new_stages {
        let Some(old) = stages.was(stage).and_then(|stage| old_stages.get(stage)) else { continue };
        let keys =
            |keys: &'_ [String], of: &[usize]| -> Vec<String> { of.iter().map(|at| keys[*at].clone()).collect() };
        let mut found = common(&refs(&keys(&stages.was, old)), &refs(&keys(&stages.is, new)));
        fill(old.len(), &mut found, &|a, b| was[old[a]].call == is[new[b]].call);
        for (index, partner) in new.iter().zip(found) {
            partners[*index] = partner.map(|partner| old[partner]);
        }
    }
    partners
}

/// The indices of the steps of each stage.
fn by_stage(steps: &[StepRecord]) -> BTreeMap<&str, Vec<usize>> {
    let mut stages: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        stages.entry(stage_of(step)).or_default().push(index);
    }
    stages
}
