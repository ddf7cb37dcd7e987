//! Identifies what a step emits: a digest over its instructions.

use super::BuiltStep;
use crate::dockerfile::WrittenInstruction;
use crate::identity::Fingerprint;
use crate::normal_form::{By, Call};

/// Describes steps by what they emit.
pub(super) fn built_steps(calls: &[By<Call>], dockerfile: &str, instructions: &[WrittenInstruction]) -> Vec<BuiltStep> {
    let steps: Vec<_> = calls.iter().map(|call| call.step.as_str()).collect();
    let mut places = instructions.iter().map(|made| (made.line, made.lines, made.step.as_str()));
    let made = fingerprints(&steps, dockerfile, &mut places);
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

/// The first line of an instruction, how many it has, and the step that made it.
type Place<'a> = (usize, usize, &'a str);

/// What each step emits of a Dockerfile. Where trees are unpacked does not count: a tree that two steps copy is unpacked for
/// the first, and its digest is in the copies. What stands between two instructions of the user's own Dockerfile belongs to the
/// first.
pub(crate) fn fingerprints(
    steps: &[&str],
    dockerfile: &str,
    instructions: &mut dyn Iterator<Item = Place<'_>>,
) -> Vec<Fingerprint> {
    let mut made: Vec<_> = steps.iter().map(|_| Fingerprint::new()).collect();
    let (mut rest, mut next) = (dockerfile, 1);
    let mut last = 0;
    let mut unpacks = false;
    for (line, lines, step) in instructions {
        let before = take_lines(&mut rest, line.saturating_sub(next));
        let text = take_lines(&mut rest, lines);
        next = line.saturating_add(lines);
        let Some(before_in) = made.get_mut(last) else { break };
        before_in.update(before);
        unpacks = step.is_empty() || (unpacks && !is_from(text));
        if unpacks {
            continue;
        }
        // Instructions have nearly the order of their steps.
        let mut indices = (last..steps.len()).chain(0..last);
        last = indices.find(|index| steps[*index] == step).unwrap_or(last);
        made[last].update(text);
    }
    if let Some(before_in) = made.get_mut(last) {
        before_in.update(rest);
    }
    made
}

fn is_from(text: &str) -> bool {
    text.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("FROM"))
}

fn take_lines<'d>(rest: &mut &'d str, count: usize) -> &'d str {
    let length = rest.split_inclusive('\n').take(count).map(str::len).sum();
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}
