//! Identifies what a step emits: a digest over its instructions.

use std::ops::Range;

use super::BuiltStep;
use crate::dockerfile::WrittenInstruction;
use crate::identity::Fingerprint;
use crate::normal_form::{By, Call};

/// Describes steps by what they emit.
pub(super) fn built_steps(calls: &[By<Call>], dockerfile: &str, instructions: &[WrittenInstruction]) -> Vec<BuiltStep> {
    let steps: Vec<_> = calls.iter().map(|call| call.step.as_str()).collect();
    let lines = instructions.iter().map(|made| Made { line: made.line, lines: made.lines, step: &made.step });
    let texts = texts_of(&steps, dockerfile, &lines.collect::<Vec<_>>());
    let built = |(By { step, what: call }, texts): (&By<Call>, Vec<Range<usize>>)| {
        let mut made = Fingerprint::new();
        for text in texts {
            made.update(&dockerfile[text]);
        }
        made.update(call.declares.as_deref().unwrap_or_default());
        BuiltStep {
            step: step.clone(),
            name: call.name,
            stage: call.stage.clone(),
            fingerprint: made.finish(),
            takes_from: call.takes_from.clone(),
        }
    };
    calls.iter().zip(texts).map(built).collect()
}

/// What each step emits of a Dockerfile. Where trees are unpacked does not count: a tree that two steps copy is unpacked for
/// the first, and its digest is in the copies. What stands between two instructions of the user's own Dockerfile belongs to the
/// first.
pub(crate) fn texts_of(steps: &[&str], dockerfile: &str, instructions: &[Made]) -> Vec<Vec<Range<usize>>> {
    let mut texts = vec![Vec::new(); steps.len()];
    let mut last = 0;
    let mut unpacks = false;
    for Part { step, before, text } in parts(dockerfile, instructions) {
        let Some(before_in) = texts.get_mut(last) else { break };
        before_in.push(before);
        unpacks = step.is_empty() || (unpacks && !is_from(&dockerfile[text.clone()]));
        if unpacks {
            continue;
        }
        // Instructions have nearly the order of their steps.
        let mut indices = (last..steps.len()).chain(0..last);
        last = indices.find(|index| steps[*index] == step).unwrap_or(last);
        texts[last].push(text);
    }
    texts
}

/// Made of a Dockerfile that hold one instruction, and the step that made it.
pub(crate) struct Made<'a> {
    pub(crate) line: usize,
    pub(crate) lines: usize,
    pub(crate) step: &'a str,
}

fn is_from(text: &str) -> bool {
    text.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("FROM"))
}

/// An instruction, and what stands between the last one and it.
struct Part<'a> {
    step: &'a str,
    before: Range<usize>,
    text: Range<usize>,
}

fn parts<'a>(dockerfile: &'a str, instructions: &'a [Made]) -> impl Iterator<Item = Part<'a>> {
    let mut lines = dockerfile.split_inclusive('\n');
    let (mut at, mut line) = (0, 1);
    let mut take = move |count: usize| {
        let start = at;
        at += lines.by_ref().take(count).map(str::len).sum::<usize>();
        start..at
    };
    let each = instructions.iter().map(move |instruction| {
        let before = take(instruction.line.saturating_sub(line));
        line = instruction.line.saturating_add(instruction.lines);
        Part { step: instruction.step, before, text: take(instruction.lines) }
    });
    let end = instructions.last().map_or(0, |last| last.line.saturating_add(last.lines).saturating_sub(1));
    let rest = dockerfile.split_inclusive('\n').take(end).map(str::len).sum::<usize>();
    each.chain([Part { step: "", before: rest..dockerfile.len(), text: 0..0 }])
}
