//! What happens to each step, and which ones Docker builds again.
//!
//! Steps are compared stage by stage: two lists of fingerprints have a longest common subsequence, which was kept; between its
//! members, a removed step and an added one of the same call are one that changed. What was kept is built again anyway
//! if something before it in its stage changed, or a stage that it copies files from.

use super::align::{align, merged};
use super::fields::{collect_arguments, compare};
use super::instructions::changes;
use crate::identity::Fingerprint;
use crate::json::Value;
use crate::wire::{PlanImage, PlanStep, StepChange, StepRecord};

/// Calls that build nothing: what they set has a fixed place, or is in the stage that they declare.
const SETTINGS: [&str; 4] = ["cmd", "entrypoint", REFRESH, STAGE];

const REFRESH: &str = "refresh";

const STAGE: &str = "stage";

/// Steps of one image beside those of the other.
pub(super) struct Rows<'a> {
    pub(super) rows: Vec<Row<'a>>,
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
}

/// A build stage with steps that were seen.
struct Seen<'a> {
    name: Option<&'a str>,
    is_built_again: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(before: &'a PlanImage, after: &'a PlanImage) -> Self {
        let (was, is) = (&before.steps, &after.steps);
        let rows = merged(was.len(), &partners(was, is)).into_iter().filter_map(|pair| {
            let (change, step) = match pair {
                (None, None) => return None,
                (Some(old), None) => (StepChange::Removed, &was[old]),
                (None, Some(new)) => (StepChange::Added, &is[new]),
                (Some(old), Some(new)) if is_same(&was[old], &is[new]) => (StepChange::Kept, &is[new]),
                (Some(_), Some(new)) => (StepChange::Changed, &is[new]),
            };
            Some(Row { before: pair.0, after: pair.1, step, change })
        });
        Self { rows: rows.collect(), nothing: Fingerprint::new().finish() }
    }

    /// Finds out what is built again. The steps of a stage come before those that copy files from it.
    pub(super) fn rebuild(&mut self) {
        let mut seen: Vec<Seen> = Vec::new();
        for index in 0..self.rows.len() {
            let Row { step, change, .. } = self.rows[index];
            let at = seen.iter().position(|stage| stage.name == step.stage.as_deref()).unwrap_or(seen.len());
            if at == seen.len() {
                let is_built_again = self.has_other_refresh(step.stage.as_deref());
                seen.push(Seen { name: step.stage.as_deref(), is_built_again });
            }
            // A step that changed and emits nothing now emitted something before.
            if !self.is_built(step) && (is_setting(step) || change != StepChange::Changed) {
                continue;
            }
            let is_base = step.call == "base";
            let is_cached = change == StepChange::Kept
                && (is_base || !seen[at].is_built_again)
                && !takes_what_is_built_again(step, &seen);
            if is_cached {
                continue;
            }
            seen[at].is_built_again = true;
            if change == StepChange::Kept {
                self.rows[index].change = StepChange::Rebuilt;
            }
        }
    }

    /// Whether the build argument after `FROM` differs in a stage: its own, or else that of the stage that
    /// declares it.
    fn has_other_refresh(&self, stage: Option<&str>) -> bool {
        let is_refresh = |row: &&Row| {
            row.step.call == REFRESH && row.step.stage.as_deref() == stage && row.step.fingerprint != self.nothing
        };
        let mut own = self.rows.iter().filter(is_refresh).peekable();
        if own.peek().is_some() {
            return own.any(|row| row.change != StepChange::Kept);
        }
        let first = self.rows.iter().position(|row| row.step.stage.as_deref() == stage).unwrap_or_default();
        let outer = self.rows[..first].iter().rfind(|row| row.step.call == STAGE);
        outer.is_some_and(|outer| self.has_other_refresh(outer.step.stage.as_deref()))
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
        let steps = self.rows.iter().map(|row| PlanStep {
            change: row.change,
            call: row.step.call.clone(),
            is_built: !matches!(row.change, StepChange::Kept | StepChange::Removed) && self.is_built(row.step),
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

fn is_setting(step: &StepRecord) -> bool {
    SETTINGS.contains(&step.call.as_str())
}

/// Whether a step copies files from a stage that is built again. A lock does not say from which: it may be any.
fn takes_what_is_built_again(step: &StepRecord, seen: &[Seen]) -> bool {
    let is_unknown = step.step.is_empty() && ["copyFrom", "dockerfileCommands", "raw"].contains(&step.call.as_str());
    let is_taken = |name: &str| step.takes_from.iter().any(|from| from == name) || is_unknown;
    seen.iter()
        .any(|stage| stage.is_built_again && stage.name != step.stage.as_deref() && stage.name.is_some_and(is_taken))
}

fn is_same(a: &StepRecord, b: &StepRecord) -> bool {
    a.fingerprint == b.fingerprint && is_alike(a, b)
}

fn is_alike(a: &StepRecord, b: &StepRecord) -> bool {
    a.call == b.call && a.stage == b.stage
}

/// For each step, the one that it was. Each stage is compared by itself.
fn partners(was: &[StepRecord], is: &[StepRecord]) -> Vec<Option<usize>> {
    let mut partners = vec![None; is.len()];
    let mut stages: Vec<&Option<String>> = Vec::new();
    for StepRecord { stage, .. } in is {
        if stages.contains(&stage) {
            continue;
        }
        stages.push(stage);
        let of_stage = |steps: &[StepRecord]| -> Vec<usize> {
            (0..steps.len()).filter(|index| steps[*index].stage == *stage).collect()
        };
        let (old, new) = (of_stage(was), of_stage(is));
        let found = align(old.len(), new.len(), &|a, b| is_same(&was[old[a]], &is[new[b]]), &|a, b| {
            is_alike(&was[old[a]], &is[new[b]])
        });
        for (index, partner) in new.iter().zip(found) {
            partners[*index] = partner.map(|partner| old[partner]);
        }
    }
    partners
}
