//! Identifies what a step emits: a digest over its instructions.

use super::BuiltStep;
use crate::dockerfile::WrittenInstruction;
use crate::identity::Fingerprint;
use crate::normal_form::{By, Call};

/// Describes steps by what they emit. Where trees are unpacked does not count: a tree that two steps copy is unpacked for
/// the first, and its digest is in the copies.
pub(super) fn built_steps(calls: &[By<Call>], dockerfile: &str, instructions: &[WrittenInstruction]) -> Vec<BuiltStep> {
    let is_files_stage = |(step, text): &(&str, &str)| step.is_empty() || !text.starts_with("FROM ");
    let mut made: Vec<_> = calls.iter().map(|_| Fingerprint::new()).collect();
    let mut last = 0;
    for (step, text) in instruction_texts(dockerfile, instructions).skip_while(is_files_stage) {
        // Instructions have nearly the order of their steps.
        let mut indices = (last..calls.len()).chain(0..last);
        last = indices.find(|index| calls[*index].step == step).unwrap_or(last);
        made[last].update(text);
    }
    let built = |(By { step, what: call }, mut made): (&By<Call>, Fingerprint)| {
        made.update(call.declares.as_deref().unwrap_or_default());
        BuiltStep {
            step: step.clone(),
            name: call.name,
            stage: call.stage.clone(),
            fingerprint: made.finish(),
            takes_from: call.takes_from.clone(),
        }
    };
    calls.iter().zip(made).map(built).collect()
}

/// The step and the text of each instruction.
fn instruction_texts<'a>(
    mut rest: &'a str,
    instructions: &'a [WrittenInstruction],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    instructions.iter().map(move |WrittenInstruction { lines, step, .. }| {
        let end = rest.match_indices('\n').nth(lines - 1).map_or(rest.len(), |(at, _)| at + 1);
        let (text, after) = rest.split_at(end);
        rest = after;
        (step.as_str(), text)
    })
}
