//! A plan that begins with a snapshot, of which only the Dockerfile is known.
//!
//! The snapshot becomes an image as a lock would describe it, as far as the Dockerfile tells: a step of which all
//! instructions were kept has the fingerprint of today, any other has one that no step has.

use std::collections::BTreeMap;
use std::iter;

use super::instructions::{Instruction, Pair, is_kept, side_by_side};
use crate::json::Value;
use crate::ordered;
use crate::wire::{
    ContextRecord, FieldChange, InstructionRecord, PlanImage, PlanInstruction, PlanStep, SourceRecord, StepChange,
    StepRecord,
};

/// A fingerprint that no step has.
const OTHER: &str = "0000000000000000";

/// The instructions of a snapshot beside those of an image.
pub(super) struct FromSnapshot<'a> {
    after: &'a PlanImage,
    pairs: Vec<Pair<'a>>,
    /// The indices of the pairs, by the step that made them; those that are gone are with the step that they followed.
    by_step: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> FromSnapshot<'a> {
    pub(super) fn new(dockerfile: &'a str, after: &'a PlanImage) -> Self {
        let pairs = side_by_side(dockerfile, after.dockerfile.as_deref().unwrap_or_default());
        let mut by_step: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut step = "";
        for (index, (_, is)) in pairs.iter().enumerate() {
            step = is.and_then(|is| maker(&is, after)).unwrap_or(step);
            by_step.entry(step).or_default().push(index);
        }
        Self { after, pairs, by_step }
    }

    /// The snapshot as a lock would describe it.
    pub(super) fn image(&self, before: &PlanImage) -> PlanImage {
        let is_same = before.snapshot_ref.ends_with(&self.after.snapshot_ref);
        let dockerfile = before.dockerfile.as_deref().unwrap_or_default();
        PlanImage {
            edition: self.after.edition.clone(),
            image_digest: if is_same { self.after.image_digest.clone() } else { String::new() },
            snapshot_ref: if is_same { self.after.snapshot_ref.clone() } else { before.snapshot_ref.clone() },
            steps: self.steps(),
            sources: self.sources(dockerfile),
            files: Vec::new(),
            contexts: Vec::new(),
            definition: None,
            dockerfile: None,
            instructions: Vec::new(),
        }
    }

    fn steps(&self) -> Vec<StepRecord> {
        let mut steps = self.gone("", None);
        for step in &self.after.steps {
            steps.extend(self.as_it_was(step));
            steps.extend(self.gone(&step.step, step.stage.as_ref()));
        }
        steps
    }

    /// A step as it was; none if it is new.
    fn as_it_was(&self, step: &StepRecord) -> Option<StepRecord> {
        let pairs: Vec<_> = self.pairs_of(&step.step).filter(|(_, is)| is.is_some()).collect();
        let was = StepRecord { step: String::new(), ..step.clone() };
        if pairs.iter().all(|pair| is_kept(pair)) {
            return Some(was);
        }
        let existed = pairs.iter().any(|(was, _)| was.is_some());
        existed.then(|| StepRecord { fingerprint: OTHER.to_owned(), ..was })
    }

    /// The instructions that followed a step and are gone, each as a step of its own.
    fn gone(&self, step: &str, stage: Option<&String>) -> Vec<StepRecord> {
        let gone = self.pairs_of(step).filter(|(_, is)| is.is_none()).filter_map(|(was, _)| *was);
        let as_step = |was: Instruction| StepRecord {
            step: String::new(),
            call: was.text.split(char::is_whitespace).next().unwrap_or_default().to_owned(),
            stage: stage.cloned(),
            fingerprint: OTHER.to_owned(),
            takes_from: Vec::new(),
        };
        gone.map(as_step).collect()
    }

    /// The sources; one of which the Dockerfile does not have the digest is another.
    fn sources(&self, dockerfile: &str) -> Vec<SourceRecord> {
        let is_other = |context: &&ContextRecord| !dockerfile.contains(digest_in(&context.archive_path));
        let others = self.after.contexts.iter().filter(is_other);
        let changed = ordered::set(others.filter_map(|context| context.source.as_deref()));
        let as_it_was = |source: &SourceRecord| {
            if changed.contains(source.path.as_str()) {
                SourceRecord { path: source.path.clone(), digest: String::new(), size: 0 }
            } else {
                source.clone()
            }
        };
        self.after.sources.iter().map(as_it_was).collect()
    }

    /// Says of each step that changed or is gone which instructions did.
    pub(super) fn describe(&self, steps: &mut [PlanStep]) {
        let in_order = iter::once("").chain(self.after.steps.iter().map(|step| step.step.as_str()));
        let mut gone = in_order.flat_map(|step| self.pairs_of(step)).filter(|(_, is)| is.is_none());
        for step in steps {
            step.fields = match (step.change, &step.after) {
                (StepChange::Removed, _) => gone.next().map(|pair| vec![field(pair)]),
                (StepChange::Changed, Some(after)) => {
                    let changed = self.pairs_of(after).filter(|pair| pair.1.is_some() && !is_kept(pair));
                    Some(changed.map(field).collect())
                }
                _ => step.fields.take(),
            };
        }
    }

    /// The instructions as they were and are.
    pub(super) fn instructions(&self) -> Vec<PlanInstruction> {
        let record = |instruction: &Instruction, step: &str| InstructionRecord {
            line: instruction.line,
            lines: instruction.lines,
            step: step.to_owned(),
            source: None,
        };
        let described = |pair: &Pair<'a>| PlanInstruction {
            is_kept: is_kept(pair),
            before: pair.0.map(|was| record(&was, "")),
            after: pair.1.map(|is| record(&is, maker(&is, self.after).unwrap_or_default())),
        };
        self.pairs.iter().map(described).collect()
    }

    fn pairs_of(&self, step: &str) -> impl Iterator<Item = &Pair<'a>> {
        self.by_step.get(step).into_iter().flatten().map(|index| &self.pairs[*index])
    }
}

/// The step of an image that made an instruction of its Dockerfile.
fn maker<'a>(instruction: &Instruction, image: &'a PlanImage) -> Option<&'a str> {
    let line = instruction.line;
    let record = image.instructions.iter().find(|record| (record.line..record.line + record.lines).contains(&line))?;
    Some(record.step.as_str()).filter(|step| !step.is_empty())
}

/// The part of a context's path that its content decides: `/<32 digits>/`.
fn digest_in(archive_path: &str) -> &str {
    let begin = archive_path.find('/').unwrap_or_default();
    archive_path.rfind('/').and_then(|end| archive_path.get(begin..=end)).unwrap_or(archive_path)
}

fn field((was, is): &Pair) -> FieldChange {
    let text = |instruction: &Instruction| Value::Text(instruction.text.to_owned());
    FieldChange { path: "/dockerfile".to_owned(), before: was.as_ref().map(text), after: is.as_ref().map(text) }
}
