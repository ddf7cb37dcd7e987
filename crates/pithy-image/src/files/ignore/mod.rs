//! Ignore rules: which files below a root stay out of a source.
//!
//! Start at [`IgnoreRules`]: [`IgnoreRules::from_file`] reads the text of a `.dockerignore`,
//! [`IgnoreRules::from_patterns`] a list of patterns; [`IgnoreRules::ignored_by`] names the rule that keeps a path out.
//!
//! ```
//! use pithy_image::ignore::IgnoreRules;
//!
//! let rules = IgnoreRules::from_file(".dockerignore", "# logs\n**/*.log\n!keep.log\n")?;
//! let rule = rules.ignored_by("app/debug.log").expect("it is a log");
//! assert_eq!((rule.file(), rule.line(), rule.pattern()), (Some(".dockerignore"), Some(2), "**/*.log"));
//! assert!(rules.ignored_by("keep.log").is_none());
//! # Ok::<(), pithy_image::ignore::IgnoreError>(())
//! ```
//!
//! # The rules
//!
//! They are Docker's: a file is ignored here exactly when `docker build` ignores it on Linux, whatever system this runs
//! on. The sources are `github.com/moby/patternmatcher` with its `ignorefile` reader, and Go's `path/filepath` and
//! `regexp`, on which those stand.
//!
//! | in a pattern | matches |
//! |---|---|
//! | `?` | one character, not `/` |
//! | `*` | any characters but `/`, or none |
//! | `**/`, or `**` before something else | nothing, or anything up to a `/` and with it |
//! | `**` at the end | anything |
//! | `**` at the start, the rest being plain | anything, so that `**log` matches `catalog` |
//! | `[a-z_]`, `[^a-z_]` | one character in, not in, the class; either may be a `/` |
//! | `\*` | the character itself |
//!
//! A line of a file, or an entry of a list, is trimmed; an empty one is not a rule. In a file a byte order mark at the
//! very beginning is dropped, and lines that begin with `#`, before which there is nothing, are comments; in a list `#a` is a
//! pattern. After a `!` the rest is trimmed again. The path is cleaned (no `.`, `..` or doubled `/`), and loses a `/` at
//! either end.
//!
//! 1. A pattern is anchored at the root, and a directory that matches includes everything below it.
//! 2. Rules are tried in order and the last match wins; `!` makes a rule an exception, which keeps what earlier rules
//!    ignore.
//! 3. An exception that matches a directory reaches what is below it only if the directory itself was ignored when the
//!    exception was tried: with `a/b` and then `!a`, `a/b` stays ignored.
//!
//! moby turns a pattern into a Go regular expression and escapes less of it than it means to, so some patterns mean
//! there something that nobody meant: `src\dist` asks for a digit, `[*]` for anything but a star. Those are
//! [refused](Mistake), so that no file is sent because a rule silently never matched. Every pattern that is accepted
//! means what it means to Docker.

mod automaton;
mod pattern;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use automaton::{Automaton, StateId};
use pattern::{BYTE_ORDER_MARK, Glob, clean_pattern};

pub use pattern::Mistake;

/// The pattern of the rule that nobody has to write.
const BUILT_IN: &str = "**/.git";

/// An ordered list of ignore rules.
///
/// The default value has no rules and ignores nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IgnoreRules {
    rules: Vec<Rule>,
}

impl IgnoreRules {
    /// The rule that every directory begins with: `**/.git` leaves out what git keeps for itself, which is different in each
    /// clone, also where it is the file of a worktree or a submodule.
    ///
    /// ```
    /// use pithy_image::ignore::IgnoreRules;
    ///
    /// let rules = IgnoreRules::built_in();
    /// let rule = rules.ignored_by("vendor/lib/.git/HEAD").expect("it is git's");
    /// assert_eq!((rule.file(), rule.line(), rule.pattern()), (None, None, "**/.git"));
    /// let rules = rules.chain(IgnoreRules::from_patterns(["!.git"])?);
    /// assert!(rules.ignored_by(".git/HEAD").is_none());
    /// # Ok::<(), pithy_image::ignore::IgnoreError>(())
    /// ```
    #[must_use]
    pub fn built_in() -> Self {
        let rule = |rule| Rule { place: Place::BuiltIn, ..rule };
        let rules = Self::from_patterns([BUILT_IN]).unwrap_or_default().rules;
        Self { rules: rules.into_iter().map(rule).collect() }
    }

    /// Reads the text of the ignore file at `path`, one rule a line.
    ///
    /// A byte order mark at the start, lines that begin with `#` and blank lines are passed over. Each pattern is
    /// trimmed and cleaned like a path, and a leading `/` is dropped (moby: `ignorefile.ReadAll`).
    ///
    /// # Errors
    ///
    /// The first line that is not a pattern.
    ///
    /// ```
    /// use pithy_image::ignore::IgnoreRules;
    ///
    /// let error = IgnoreRules::from_file(".dockerignore", "dist\napp/[id\n").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r"line 2: `app/[id`: the `[` is never closed: for the character itself write `\[`",
    /// );
    /// ```
    pub fn from_file(path: &str, text: &str) -> Result<Self, IgnoreError> {
        let file: Arc<str> = path.into();
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        let rules = lines.filter_map(|(index, line)| Rule::parse(line, Place::Line(file.clone(), index + 1)));
        Ok(Self { rules: rules.collect::<Result<_, _>>()? })
    }

    /// Makes rules of a list of patterns, cleaned as in a file.
    ///
    /// There are no comments in a list: a `#` is part of the pattern.
    ///
    /// # Errors
    ///
    /// The first entry that is not a pattern.
    ///
    /// ```
    /// use pithy_image::ignore::IgnoreRules;
    ///
    /// let rules = IgnoreRules::from_patterns(["node_modules", "**/.env*", "!**/.env.example"])?;
    /// assert!(rules.ignored_by("web/.env.local").is_some());
    /// assert!(rules.ignored_by("web/.env.example").is_none());
    /// # Ok::<(), pithy_image::ignore::IgnoreError>(())
    /// ```
    pub fn from_patterns<I, S>(patterns: I) -> Result<Self, IgnoreError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let patterns = patterns.into_iter().enumerate();
        let rules = patterns.filter_map(|(index, pattern)| Rule::parse(pattern.as_ref(), Place::Entry(index + 1)));
        Ok(Self { rules: rules.collect::<Result<_, _>>()? })
    }

    /// The rules of `self` followed by those of `other`, which win where both match. If both are [below](Self::below) a directory, it
    /// has to be the same one.
    #[must_use]
    pub fn chain(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self
    }

    /// The same rules for the paths below `directory`, which from now on are given relative to it.
    ///
    /// A rule that matches the directory itself, or one above it, reaches below, as in Docker.
    ///
    /// ```
    /// use pithy_image::ignore::IgnoreRules;
    ///
    /// let rules = IgnoreRules::from_file(".dockerignore", "dist\n**/*.log\nweb/tmp\n")?;
    /// let below = rules.clone().below("web");
    /// assert!(below.ignored_by("tmp/a").is_some());
    /// assert!(below.ignored_by("a.log").is_some());
    /// assert!(rules.below("dist").ignored_by("a.js").is_some());
    /// # Ok::<(), pithy_image::ignore::IgnoreError>(())
    /// ```
    #[must_use]
    pub fn below(mut self, directory: &str) -> Self {
        let base: Arc<str> = if directory == "." { "".into() } else { format!("{directory}/").into() };
        self.rules.iter_mut().for_each(|rule| rule.base = Some(base.clone()));
        self
    }

    /// The same rules where a link leads to `directory` instead of the one that [`IgnoreRules::below`] was given: Docker sees
    /// only where the files really are. Rules that were never below anything stay as they are.
    #[must_use]
    pub fn moved_to(&self, directory: &str) -> Self {
        let moved = |rule: &Rule| match rule.base {
            Some(_) => Self { rules: vec![rule.clone()] }.below(directory).rules,
            None => vec![rule.clone()],
        };
        Self { rules: self.rules.iter().flat_map(moved).collect() }
    }

    /// Whether both leave the same out of everything, however their patterns are spelled.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let same = |(a, b): (&Rule, &Rule)| (&a.base, a.negated, &a.glob) == (&b.base, b.negated, &b.glob);
        self.rules.len() == other.rules.len() && self.rules.iter().zip(&other.rules).all(same)
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules, ready to be asked about many paths.
    #[must_use]
    pub fn matcher(&self) -> Matcher<'_> {
        Matcher::new(&self.rules)
    }

    /// The rule that decides that `path` is ignored, or `None` when the path is kept: [`Matcher::ignored_by`] for one path.
    #[must_use]
    pub fn ignored_by(&self, path: &str) -> Option<&Rule> {
        self.matcher().ignored_by(path)
    }
}

/// Rules that are asked about many paths: the time for each depends on its length, hardly on the number of rules.
///
/// ```
/// use pithy_image::ignore::IgnoreRules;
///
/// let rules = IgnoreRules::from_patterns(["dist", "**/*.log", "!dist/keep"])?;
/// let matcher = rules.matcher();
/// assert!(matcher.ignored_by("web/a.log").is_some());
/// assert!(!matcher.prunes("dist"), "there may be something to keep");
/// assert!(matcher.prunes("dist/a"));
/// # Ok::<(), pithy_image::ignore::IgnoreError>(())
/// ```
pub struct Matcher<'a> {
    rules: &'a [Rule],
    automaton: RefCell<Automaton<'a>>,
    /// The rules that match each directory above every path, from the top.
    above: Vec<Vec<usize>>,
}

impl<'a> Matcher<'a> {
    fn new(rules: &'a [Rule]) -> Self {
        let mut automaton = Automaton::new(rules.iter().map(|rule| &rule.glob));
        // All rules that are below a directory are below the same one.
        let base = rules.iter().find_map(|rule| rule.base.as_deref()).unwrap_or_default();
        let is_below = |index: &usize| rules[*index].base.is_some();
        let (below, others): (Vec<_>, Vec<_>) = (0..rules.len()).partition(is_below);
        let mut state = automaton.begin(&below);
        let mut above = Vec::new();
        for name in base.split_terminator('/') {
            state = automaton.feed_all(state, name);
            above.push(automaton.matched(state).to_vec());
            state = automaton.feed(state, '/');
        }
        automaton.start_at(state, &others);
        Self { rules, automaton: RefCell::new(automaton), above }
    }

    /// The rule that decides that `path` is ignored, or `None` when the path is kept.
    ///
    /// The path is relative to the root and in its shortest form, its components separated by `/`. The root itself
    /// (`.`) is never ignored.
    #[must_use]
    pub fn ignored_by(&self, path: &str) -> Option<&'a Rule> {
        self.decide(path).0.and_then(|index| self.rules.get(index))
    }

    /// Whether a walk may skip the directory `path`: it is ignored, and so is all below it.
    ///
    /// BuildKit compares the beginnings of exceptions for this (`fsutil`: `filterFS.Walk`); here the exceptions
    /// themselves are asked. So more directories are skipped, and never one that holds a file to keep, as BuildKit may
    /// do when the exception ends in `/*/**`.
    #[must_use]
    pub fn prunes(&self, path: &str) -> bool {
        let (Some(decider), state) = self.decide(path) else { return false };
        let mut automaton = self.automaton.borrow_mut();
        let below = automaton.feed(state, '/');
        !automaton.alive(below).any(|index| index > decider && self.rules[index].negated)
    }

    /// The index of the rule that ignores `path`, and the state that the path leads to.
    fn decide(&self, path: &str) -> (Option<usize>, StateId) {
        let mut automaton = self.automaton.borrow_mut();
        let mut state = Automaton::START;
        if matches!(path, "" | ".") {
            return (None, state);
        }
        let mut matches = self.above.clone();
        for (depth, name) in path.split('/').enumerate() {
            if depth > 0 {
                state = automaton.feed(state, '/');
            }
            state = automaton.feed_all(state, name);
            matches.push(automaton.matched(state).to_vec());
        }
        (self.decider(&matches), state)
    }

    /// The rule that ignores the last of some paths, each in the directory before it, by the rules that match each.
    ///
    /// Every directory on the way is decided along with it, because a directory's fate is part of its children's. A rule is
    /// asked only where it would change the answer, and once it matches a directory it matches all below (moby:
    /// `PatternMatcher.MatchesUsingParentResults`).
    fn decider(&self, matches: &[Vec<usize>]) -> Option<usize> {
        let mut deciders = vec![None; matches.len()];
        let mut waiting: Vec<_> = matches.iter().map(|rules| rules.iter().peekable()).collect();
        while let Some(&index) = waiting.iter_mut().filter_map(|rules| rules.peek().copied()).min() {
            let (negated, mut is_matched) = (self.rules[index].negated, false);
            for (rules, decider) in waiting.iter_mut().zip(&mut deciders) {
                is_matched |= rules.next_if(|rule| **rule == index).is_some() && negated == decider.is_some();
                if is_matched {
                    *decider = (!negated).then_some(index);
                }
            }
        }
        deciders.pop().flatten()
    }
}

/// Where a rule is written; the first line or entry is 1.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Nowhere: it is always there.
    BuiltIn,
    /// A line of this file.
    Line(Arc<str>, usize),
    /// An entry of a list.
    Entry(usize),
}

impl Place {
    fn number(&self) -> Option<usize> {
        match self {
            Self::BuiltIn => None,
            Self::Line(_, number) | Self::Entry(number) => Some(*number),
        }
    }
}

/// One rule: a pattern, and where the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pattern: String,
    place: Place,
    /// What comes before every path that the rule is asked about: nothing, or a directory and `/`. None if paths begin where
    /// the rule does.
    base: Option<Arc<str>>,
    negated: bool,
    glob: Glob,
}

impl Rule {
    /// The pattern as the user wrote it, with its `!`, without blanks around it.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The line of the file, or the entry of the list, that holds it; the first is 1. None for the
    /// [built-in](IgnoreRules::built_in) rule.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        self.place.number()
    }

    /// The file that it is a line of; none if it is an entry of a list, or built in.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        if let Place::Line(file, _) = &self.place { Some(file) } else { None }
    }

    /// Whether it is an exception: a pattern after `!`.
    #[must_use]
    pub fn is_negated(&self) -> bool {
        self.negated
    }

    /// The rule in `text`; `None` if it is blank.
    fn parse(text: &str, place: Place) -> Option<Result<Self, IgnoreError>> {
        let pattern = text.trim().to_owned();
        let cleaned = clean_pattern(&pattern)?;
        let (negated, body) = match cleaned.strip_prefix('!') {
            Some(body) => (true, body),
            None => (false, cleaned.as_str()),
        };
        Some(match Glob::parse(body) {
            Ok(glob) => Ok(Self { pattern, place, base: None, negated, glob }),
            Err(reason) => Err(IgnoreError { line: place.number().unwrap_or_default(), pattern, reason }),
        })
    }
}

/// A pattern that cannot be a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreError {
    /// The line of the file, or the entry of the list, that holds it; the first is 1.
    pub line: usize,
    /// The pattern as the user wrote it, without blanks around it.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: Mistake,
}

impl Error for IgnoreError {}

impl fmt::Display for IgnoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, pattern, reason } = self;
        write!(f, "line {line}: `{pattern}`: {reason}")
    }
}
