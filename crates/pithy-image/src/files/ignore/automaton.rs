//! All patterns of a list as one automaton: a path takes a step for each of its characters, however many patterns there are.
//!
//! A state stands for all places in the patterns to which the same characters lead. It is made when a path first leads there,
//! and kept. Hostile patterns have states without end; so all are forgotten once they take too much memory, and the time is at most
//! the product of the lengths of the path and of the patterns.

use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use super::pattern::{Glob, Step};

/// A state, until the next step.
pub(super) type StateId = usize;

/// Numbers that states may hold before all are forgotten: 16 MiB.
const MAX_HELD: usize = 2 << 20;

/// As many characters have a place in the table of a state: those of ASCII.
const ASCII: usize = 128;

/// That it is not known where a step leads.
const UNKNOWN: StateId = StateId::MAX;

pub(super) struct Automaton<'a> {
    /// The steps of all patterns, one pattern after the other; none is the end of one.
    steps: Vec<Option<&'a Step>>,
    /// The pattern of each step.
    patterns: Vec<usize>,
    /// Where each pattern begins.
    begins: Vec<usize>,
    states: Vec<State>,
    ids: BTreeMap<Rc<[usize]>, StateId>,
    held: usize,
    /// Which steps are next, while a state is made; all false in between.
    marked: Vec<bool>,
}

struct State {
    /// The steps that may be next, in order.
    live: Rc<[usize]>,
    /// The patterns that match.
    matched: Vec<usize>,
    /// Whether a path went on from it. Most states are met once, and need no table.
    is_left: bool,
    /// Where each character of ASCII leads, and each other, in order.
    next: Vec<StateId>,
    others: Vec<(char, StateId)>,
}

impl<'a> Automaton<'a> {
    /// The state before the first character of a path.
    pub(super) const START: StateId = 0;

    pub(super) fn new(globs: impl Iterator<Item = &'a Glob>) -> Self {
        let (mut steps, mut patterns, mut begins) = (Vec::new(), Vec::new(), Vec::new());
        for (pattern, glob) in globs.enumerate() {
            begins.push(steps.len());
            steps.extend(glob.steps.iter().map(Some).chain([None]));
            patterns.resize(steps.len(), pattern);
        }
        let marked = vec![false; steps.len()];
        Self { steps, patterns, begins, states: Vec::new(), ids: BTreeMap::new(), held: 0, marked }
    }

    /// The state before the first character of some patterns.
    pub(super) fn begin(&mut self, patterns: &[usize]) -> StateId {
        let first: Vec<_> = patterns.iter().map(|pattern| self.begins[*pattern]).collect();
        let live = self.spread(&first);
        self.state(live)
    }

    /// Makes a state, with the beginnings of further patterns, the one before the first character of a path.
    pub(super) fn start_at(&mut self, state: StateId, patterns: &[usize]) {
        let begun = self.begin(patterns);
        let both: Vec<_> = [state, begun].iter().flat_map(|id| self.states[*id].live.iter()).copied().collect();
        let live = self.spread(&both);
        self.forget();
        self.state(live);
    }

    /// The state to which one more character leads.
    pub(super) fn feed(&mut self, from: StateId, c: char) -> StateId {
        let State { next, others, .. } = &self.states[from];
        let known = if c.is_ascii() {
            next.get(c as usize).copied()
        } else {
            others.binary_search_by_key(&c, |(c, _)| *c).ok().map(|at| others[at].1)
        };
        if let Some(known) = known.filter(|known| *known != UNKNOWN) {
            return known;
        }
        let live = self.live_after(from, c);
        if self.held > MAX_HELD {
            let start = Rc::clone(&self.states[Self::START].live);
            self.forget();
            self.state(start);
            return self.state(live);
        }
        let to = self.state(live);
        if mem::replace(&mut self.states[from].is_left, true) {
            self.note(from, c, to);
        }
        to
    }

    /// Notes where a character leads.
    fn note(&mut self, from: StateId, c: char, to: StateId) {
        let State { next, others, .. } = &mut self.states[from];
        if !c.is_ascii() {
            self.held += 2;
            let at = others.partition_point(|(other, _)| *other < c);
            others.insert(at, (c, to));
            return;
        }
        if next.is_empty() {
            self.held += ASCII;
            next.resize(ASCII, UNKNOWN);
        }
        next[c as usize] = to;
    }

    pub(super) fn feed_all(&mut self, from: StateId, text: &str) -> StateId {
        text.chars().fold(from, |state, c| self.feed(state, c))
    }

    /// The patterns that match, in order.
    pub(super) fn matched(&self, state: StateId) -> &[usize] {
        &self.states[state].matched
    }

    /// The patterns that match or may match with more to come; some of them more than once.
    pub(super) fn alive(&self, state: StateId) -> impl Iterator<Item = usize> {
        self.states[state].live.iter().map(|at| self.patterns[*at])
    }

    fn forget(&mut self) {
        self.states.clear();
        self.ids.clear();
        self.held = 0;
    }

    /// The steps that may be next after a character.
    fn live_after(&mut self, from: StateId, c: char) -> Rc<[usize]> {
        let after = |at: &usize| match self.steps[*at] {
            Some(Step::Many(set)) if set.has(c) => Some(*at),
            Some(Step::One(set)) if set.has(c) => Some(at + 1),
            _ => None,
        };
        let next: Vec<_> = self.states[from].live.iter().filter_map(after).collect();
        self.spread(&next)
    }

    /// These steps, in any order, and those that need no character to be next: they lead forward, so each is met once.
    fn spread(&mut self, from: &[usize]) -> Rc<[usize]> {
        for at in from {
            self.marked[*at] = true;
        }
        let (Some(first), Some(mut last)) = (from.iter().min().copied(), from.iter().max().copied()) else {
            return Rc::default();
        };
        let (mut live, mut at) = (Vec::new(), first);
        while at <= last {
            if mem::take(&mut self.marked[at]) {
                live.push(at);
                let further = match self.steps[at] {
                    Some(Step::Many(_)) => at + 1,
                    Some(Step::Optional(count)) => {
                        self.marked[at + 1] = true;
                        at + 1 + count
                    }
                    _ => at,
                };
                if further > at {
                    self.marked[further] = true;
                    last = last.max(further);
                }
            }
            at += 1;
        }
        live.into()
    }

    /// The state of these steps.
    fn state(&mut self, live: Rc<[usize]>) -> StateId {
        if let Some(known) = self.ids.get(&live) {
            return *known;
        }
        let ends = live.iter().copied().filter(|at| self.steps[*at].is_none());
        let matched = ends.map(|at| self.patterns[at]).collect();
        let id = self.states.len();
        self.held += live.len();
        self.ids.insert(Rc::clone(&live), id);
        self.states.push(State { live, matched, is_left: false, next: Vec::new(), others: Vec::new() });
        id
    }
}
