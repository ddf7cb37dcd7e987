//! Identifies what a step emits: a digest over its instructions.

use super::BuiltStep;
use crate::dockerfile::WrittenInstruction;
use crate::identity::Fingerprint;
use crate::normal_form::{By, Call};

/// Describes steps by what they emit. Where trees are unpacked does not count: a tree that two steps copy is unpacked for
/// the first, and its digest is in the copies. What stands between two instructions of the user's own Dockerfile belongs to the
/// first.
pub(super) fn built_steps(calls: &[By<Call>], dockerfile: &str, instructions: &[WrittenInstruction]) -> Vec<BuiltStep> {
    let mut made: Vec<_> = calls.iter().map(|_| Fingerprint::new()).collect();
    let mut last = 0;
    let mut unpacks = false;
    for Part { step, before, text } in parts(dockerfile, instructions) {
        let Some(before_in) = made.get_mut(last) else { break };
        before_in.update(before);
        unpacks = step.is_empty() || (unpacks && !is_from(text));
        if unpacks {
            continue;
        }
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

fn is_from(text: &str) -> bool {
    text.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("FROM"))
}

/// An instruction, and what stands between the last one and it.
struct Part<'a> {
    step: &'a str,
    before: &'a str,
    text: &'a str,
}

fn parts<'a>(dockerfile: &'a str, instructions: &'a [WrittenInstruction]) -> impl Iterator<Item = Part<'a>> {
    let mut lines = dockerfile.split_inclusive('\n');
    let (mut at, mut line) = (0, 1);
    let mut take = move |count: usize| {
        let start = at;
        at += lines.by_ref().take(count).map(str::len).sum::<usize>();
        &dockerfile[start..at]
    };
    let each = instructions.iter().map(move |instruction| {
        let before = take(instruction.line.saturating_sub(line));
        line = instruction.line + instruction.lines;
        Part { step: &instruction.step, before, text: take(instruction.lines) }
    });
    let end = instructions.last().map_or(0, |last| last.line + last.lines - 1);
    let rest = dockerfile.split_inclusive('\n').take(end).map(str::len).sum::<usize>();
    each.chain([Part { step: "", before: &dockerfile[rest..], text: "" }])
}
