//! What happens to each step, and which ones Docker builds again.
//!
//! Steps are compared stage by stage, whatever the stages are called: two lists of fingerprints have a longest common
//! subsequence, which was kept. Of the rest, what went and came elsewhere moved, if it is the same or has the same key; between
//! members of the subsequence, a removed step and an added one of the same call are one that changed. A stage comes from the cache up to the first step that is not what was built there before, or that copies files from a stage that
//! is another.

use super::align::{merged, picked};
use super::fields::{collect_arguments, compare, key_of};
use super::instructions::changes;
use super::moves::{Items, Partners, partners};
use super::stages::{STAGE, Stages, by_stage};
use crate::identity::Fingerprint;
use crate::json::Value;
use crate::ordered;
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
    /// Whether it differs from what it was only in names of stages, if at all.
    pub(super) is_same: bool,
    /// Whether it says something else.
    differs: bool,
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
        let Partners { in_place, moved } = step_partners(before, after, stages);
        let gone = ordered::set(moved.iter().flatten().copied());
        let rows = merged(was.len(), &in_place).into_iter().filter_map(|pair| {
            let row = |change, step| Row {
                before: pair.0,
                after: pair.1,
                step,
                change,
                is_same: false,
                differs: false,
                is_built: false,
            };
            match pair {
                (Some(old), None) => (!gone.contains(&old)).then(|| row(StepChange::Removed, &was[old])),
                (None, Some(new)) if moved[new].is_none() => Some(row(StepChange::Added, &is[new])),
                (place, Some(new)) => {
                    let old = place.or(moved[new])?;
                    let is_same = stages.was[old] == stages.is[new];
                    // It may say the same and mean another stage.
                    let differs = was[old].fingerprint != is[new].fingerprint && (!is_same || stages.is_told(&is[new]));
                    let change = match place {
                        None => StepChange::Moved,
                        Some(_) if differs => StepChange::Changed,
                        Some(_) => StepChange::Kept,
                    };
                    Some(Row { before: Some(old), is_same, differs, ..row(change, &is[new]) })
                }
                (None, None) => None,
            }
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
            row.differs.then(|| {
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
            stage: if row.after.is_some() { row.step.stage.clone() } else { self.stages.name(row.step.stage.as_ref()) },
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
fn step_partners(before: &PlanImage, after: &PlanImage, stages: &Stages) -> Partners {
    let (was, is) = (&before.steps, &after.steps);
    let (old_keys, new_keys) = (keys(before), keys(after));
    let old_stages = by_stage(was);
    let mut all = Partners { in_place: vec![None; is.len()], moved: vec![None; is.len()] };
    for (stage, new) in by_stage(is) {
        let was_name = stages.was(stage);
        let Some((_, old)) = old_stages.iter().find(|(name, _)| Some(*name) == was_name) else { continue };
        let gone = Items { texts: picked(old, &stages.was), keys: picked(old, &old_keys) };
        let come = Items { texts: picked(&new, &stages.is), keys: picked(&new, &new_keys) };
        let found = partners(&gone, &come, &|a, b| was[old[a]].call == is[new[b]].call);
        for (at, index) in new.into_iter().enumerate() {
            all.in_place[index] = found.in_place[at].map(|partner| old[partner]);
            all.moved[index] = found.moved[at].map(|partner| old[partner]);
        }
    }
    all
}

/// By what steps are known when something else in them changed; empty if by nothing.
fn keys(image: &PlanImage) -> Vec<String> {
    let key = |(step, arguments): (&StepRecord, &Value)| {
        let key = key_of(arguments);
        if key.is_empty() { key } else { [&step.call, " ", &key].concat() }
    };
    image.steps.iter().zip(arguments(image)).map(key).collect()
}
