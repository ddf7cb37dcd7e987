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

use std::error::Error;
use std::fmt;
use std::mem;
use std::ops::Range;
use std::str::Chars;
use std::sync::Arc;

/// What some editors put before the first character of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

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

    /// The rules of `self` followed by those of `other`, which win where both match.
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

    /// The rule that decides that `path` is ignored, or `None` when the path is kept.
    ///
    /// The path is relative to the root and in its shortest form, its components separated by `/`. The root itself
    /// (`.`) is never ignored.
    #[must_use]
    pub fn ignored_by(&self, path: &str) -> Option<&Rule> {
        self.decider(path).and_then(|index| self.rules.get(index))
    }

    /// Whether a walk may skip the directory `path`: it is ignored, and so is all below it.
    ///
    /// BuildKit compares the beginnings of exceptions for this (`fsutil`: `filterFS.Walk`); here the exceptions
    /// themselves are asked. So more directories are skipped, and never one that holds a file to keep, as BuildKit may
    /// do when the exception ends in `/*/**`.
    #[must_use]
    pub fn prunes(&self, path: &str) -> bool {
        let reaches_below = |rule: &Rule| rule.negated && rule.glob.may_match_below(rule.base(), path);
        self.decider(path).is_some_and(|index| !self.rules.iter().skip(index).any(reaches_below))
    }

    /// The index of the rule that ignores `path`.
    ///
    /// Every directory on the way to the path is decided along with it, because a directory's fate is part of its
    /// children's.
    fn decider(&self, path: &str) -> Option<usize> {
        if matches!(path, "" | ".") {
            return None;
        }
        let above = self.rules.iter().map(Rule::above).max().unwrap_or_default();
        let mut deciders = vec![None; above + path.split('/').count()];
        for (index, rule) in self.rules.iter().enumerate() {
            rule.apply(index, path, &mut deciders[above - rule.above()..]);
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

    /// How many directories there are above every path that the rule is asked about.
    fn above(&self) -> usize {
        self.base().matches('/').count()
    }

    fn base(&self) -> &str {
        self.base.as_deref().unwrap_or_default()
    }

    /// Applies the rule, `index` in its list, to `path` and to each directory on the way to it.
    ///
    /// `deciders` has one entry for each of them, from the top: the rule before this one that ignores it. A rule is
    /// asked only where it would change the answer, and once it matches a directory it matches all below (moby:
    /// `PatternMatcher.MatchesUsingParentResults`).
    fn apply(&self, index: usize, path: &str, deciders: &mut [Option<usize>]) {
        if ![path, self.base()].iter().any(|part| part.contains(&*self.glob.required)) {
            return;
        }
        let mut matched = false;
        for (matches, decider) in self.glob.matches_along(self.base(), path).zip(deciders) {
            matched |= matches && self.negated == decider.is_some();
            if matched {
                *decider = (!self.negated).then_some(index);
            }
        }
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

/// What is wrong with a pattern, and in its message how to put it right.
///
/// The first five Docker refuses as well, unless it does not look that far into the pattern. The others it takes for
/// what the pattern does not say, since they reach Go's `regexp` half escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// Nothing comes after the `!` (moby: "illegal exclusion pattern").
    NothingToKeep,
    /// The pattern ends in the middle of an escape (Go: `filepath.ErrBadPattern`).
    NothingEscaped,
    /// A `[` has no `]` (Go: `filepath.ErrBadPattern`).
    UnclosedClass,
    /// A `-` or `]` where a class needs a character (Go: `filepath.ErrBadPattern`).
    MisplacedInClass,
    /// A range whose end comes before its start (Go: `regexp`'s "invalid character class range").
    BackwardRange(char, char),
    /// A `*` or `?` in a class, which moby rewrites as if it stood outside.
    WildcardInClass(char),
    /// `[:` as in `[[:alpha:]]`, a POSIX class to `regexp` but not to `filepath.Match`.
    NamedClass,
    /// A letter or digit after `\`, to `regexp` a class of characters, a control character, …
    EscapedWord(char),
    /// A `^` or `|`, or a `{` as in `{2}`, in a pattern with wildcards; moby means to escape them.
    RegexpCharacter(char),
    /// A byte order mark within the text, which moby drops from some patterns and not from others.
    ByteOrderMark,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToKeep => write!(f, "nothing to keep after the `!`: name a path"),
            Self::NothingEscaped => write!(f, r"nothing after the last `\`: for a backslash write `\\`"),
            Self::UnclosedClass => write!(f, r"the `[` is never closed: for the character itself write `\[`"),
            Self::MisplacedInClass => {
                write!(f, r"a `-` or `]` out of place after `[`: for the character itself write `\-` or `\]`")
            }
            Self::BackwardRange(low, high) => {
                write!(f, r"the range `{low}-{high}` runs backward: if the name has brackets write `\[`")
            }
            Self::WildcardInClass(c) => {
                write!(f, r"Docker misreads a `{c}` between `[` and `]`: for the character itself write `\{c}`")
            }
            Self::NamedClass => write!(f, "named classes are not supported: write the range, such as `[a-z]`"),
            Self::EscapedWord(c) => write!(
                f,
                r"Docker reads `\{c}` as a regular expression: between directories write `/`, for the character `{c}`"
            ),
            Self::RegexpCharacter(c) => {
                write!(f, r"Docker reads this `{c}` as a regular expression: for the character itself write `\{c}`")
            }
            Self::ByteOrderMark => write!(f, "there is an invisible byte order mark (U+FEFF) before it: remove it"),
        }
    }
}

/// The pattern in normal form, `None` if nothing is left of it.
///
/// Two functions clean it in turn, the second not knowing of the first: `ignorefile.ReadAll` what is after the `!`,
/// `patternmatcher.New` all of it. So `/!a` is an exception, as in Docker.
fn clean_pattern(written: &str) -> Option<String> {
    let read = match written.strip_prefix('!') {
        Some(path) => format!("!{}", clean_rooted(path.trim())),
        None => clean_rooted(written),
    };
    let trimmed = read.trim();
    (!trimmed.is_empty()).then(|| clean(trimmed))
}

/// The path cleaned, as seen from the root: `/a/` is `a`.
fn clean_rooted(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let cleaned = clean(path);
    match cleaned.strip_prefix('/') {
        Some(relative) if !relative.is_empty() => relative.to_owned(),
        _ => cleaned,
    }
}

/// The shortest path that means the same, without looking at the disk (Go: `filepath.Clean`).
fn clean(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if names.last().is_some_and(|last| *last != "..") => {
                names.pop();
            }
            ".." if !root.is_empty() => {}
            name => names.push(name),
        }
    }
    match format!("{root}{}", names.join("/")) {
        empty if empty.is_empty() => ".".to_owned(),
        cleaned => cleaned,
    }
}

/// A pattern ready to match: an automaton with a state before each step and one after the last.
///
/// A path is matched by all ways through the steps at once, so the time it takes is at most the product of both
/// lengths, whatever the pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Glob {
    steps: Vec<Step>,
    /// A name, or nothing, that is in every path which it matches: it rules out most paths without running the automaton.
    required: String,
}

/// What takes the automaton from one state to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// One character of the set.
    One(Set),
    /// Any number of characters of the set, even none.
    Many(Set),
    /// Nothing; and so many steps after this one may be left out.
    Optional(usize),
}

/// A set of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Set {
    /// This character alone.
    Only(char),
    /// What may stand in a path component.
    NotSlash,
    /// What `.` matches in `regexp`.
    NotNewline,
    /// Every character.
    Any,
    /// What is in one of the ranges, ends included; or in none, if negated.
    Class {
        /// Whether the ranges are left out.
        negated: bool,
        /// First and last character of each.
        ranges: Vec<(char, char)>,
    },
}

impl Set {
    /// Whether `c` is in the set.
    fn has(&self, c: char) -> bool {
        match self {
            Self::Only(only) => c == *only,
            Self::NotSlash => c != '/',
            Self::NotNewline => c != '\n',
            Self::Any => true,
            Self::Class { negated, ranges } => *negated != ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)),
        }
    }
}

impl Glob {
    /// The pattern that `text` is, clean and without its `!`.
    ///
    /// The four cases are moby's (`Pattern.compile`), and they differ in more than speed: in the first three `^`, `|`
    /// and `{` are plain, and `**` passes over newlines.
    fn parse(text: &str) -> Result<Self, Mistake> {
        if text.is_empty() {
            return Err(Mistake::NothingToKeep);
        }
        if text.starts_with(BYTE_ORDER_MARK) {
            return Err(Mistake::ByteOrderMark);
        }
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut required = String::new();
        let steps = if is_plain(text) {
            required = name(text);
            plain(text).collect()
        } else if let Some(end) = text.strip_prefix("**").filter(|end| is_plain(end)) {
            required = name(end);
            anything_before(end)
        } else if let Some(start) = text.strip_suffix("**").filter(|start| is_plain(start)) {
            plain(start).chain([Step::Many(Set::Any)]).collect()
        } else {
            Parser { rest: text.chars() }.steps()?
        };
        Ok(Self { steps, required })
    }

    /// Whether the pattern matches, of `path` after `base`, the first component, the first two, …, all.
    fn matches_along<'a>(&'a self, base: &'a str, path: &'a str) -> impl Iterator<Item = bool> {
        let mut run = Run::new(self);
        base.split_terminator('/').chain(path.split('/')).enumerate().map(move |(depth, name)| {
            if depth > 0 {
                run.feed('/');
            }
            name.chars().for_each(|c| run.feed(c));
            run.matches()
        })
    }

    /// Whether there could be a path below `directory` after `base` that the pattern matches.
    fn may_match_below(&self, base: &str, directory: &str) -> bool {
        let mut run = Run::new(self);
        base.chars().chain(directory.chars()).chain(['/']).for_each(|c| run.feed(c));
        run.is_alive()
    }
}

/// Whether no character of the text is special.
fn is_plain(text: &str) -> bool {
    !text.contains(['*', '?', '[', ']', '\\'])
}

/// The steps that match exactly the text.
fn plain(text: &str) -> impl Iterator<Item = Step> {
    text.chars().map(|c| Step::One(Set::Only(c)))
}

/// The steps that match what ends with the plain text `end`; `/a` is at the end of `a` too.
fn anything_before(end: &str) -> Vec<Step> {
    let optional = end.starts_with('/').then_some(Step::Optional(2));
    let anything = optional.into_iter().chain([Step::Many(Set::Any)]);
    anything.chain(plain(end)).collect()
}

/// Reads a pattern with wildcards, from left to right.
struct Parser<'a> {
    rest: Chars<'a>,
}

impl Parser<'_> {
    /// The steps of the whole pattern.
    fn steps(mut self) -> Result<Vec<Step>, Mistake> {
        let mut steps = Vec::new();
        while let Some(c) = self.rest.next() {
            match c {
                '*' => self.stars(&mut steps),
                '?' => steps.push(Step::One(Set::NotSlash)),
                '[' => steps.push(Step::One(self.class()?)),
                '\\' => steps.push(Step::One(Set::Only(self.escaped()?))),
                '^' | '|' => return Err(Mistake::RegexpCharacter(c)),
                '{' if self.at_repetition() => return Err(Mistake::RegexpCharacter(c)),
                c => steps.push(Step::One(Set::Only(c))),
            }
        }
        Ok(steps)
    }

    /// The steps of `*` or `**`, whose first star was read.
    fn stars(&mut self, steps: &mut Vec<Step>) {
        if !self.eat('*') {
            return steps.push(Step::Many(Set::NotSlash));
        }
        self.eat('/');
        let anything = Step::Many(Set::NotNewline);
        if self.rest.as_str().is_empty() {
            steps.push(anything);
        } else {
            steps.extend([Step::Optional(2), anything, Step::One(Set::Only('/'))]);
        }
    }

    /// Whether what follows a `{` makes it count what is before it, as in `{2}` or `{2,3}`.
    fn at_repetition(&self) -> bool {
        let inside = self.rest.as_str().split_once('}').map(|(inside, _)| inside);
        let is_count = |c: char| c.is_ascii_digit() || c == ',';
        inside.is_some_and(|inside| !inside.is_empty() && inside.chars().all(is_count))
    }

    /// The character after a `\`.
    fn escaped(&mut self) -> Result<char, Mistake> {
        match self.rest.next() {
            None => Err(Mistake::NothingEscaped),
            Some(c) if c.is_ascii_alphanumeric() || !c.is_ascii() => Err(Mistake::EscapedWord(c)),
            Some(c) => Ok(c),
        }
    }

    /// The set of a class whose `[` was read.
    fn class(&mut self) -> Result<Set, Mistake> {
        let negated = self.eat('^');
        let mut ranges = vec![self.range()?];
        while !self.eat(']') {
            ranges.push(self.range()?);
        }
        Ok(Set::Class { negated, ranges })
    }

    /// The next range of a class; a single character is a range of one.
    fn range(&mut self) -> Result<(char, char), Mistake> {
        if self.at_named_class() {
            return Err(Mistake::NamedClass);
        }
        let low = self.member()?;
        let high = if self.eat('-') { self.member()? } else { low };
        if low > high {
            return Err(Mistake::BackwardRange(low, high));
        }
        Ok((low, high))
    }

    /// Whether `regexp` would look for the name of a POSIX class here.
    fn at_named_class(&self) -> bool {
        let name = self.rest.as_str().strip_prefix("[:");
        name.is_some_and(|name| name.contains(":]"))
    }

    /// The next character of a class.
    fn member(&mut self) -> Result<char, Mistake> {
        match self.rest.next() {
            None => Err(Mistake::UnclosedClass),
            Some('\\') => self.escaped(),
            Some('-' | ']') => Err(Mistake::MisplacedInClass),
            Some(c @ ('*' | '?')) => Err(Mistake::WildcardInClass(c)),
            Some(c) => Ok(c),
        }
    }

    /// Reads `c` if it is next.
    fn eat(&mut self, c: char) -> bool {
        let found = self.rest.as_str().starts_with(c);
        if found {
            self.rest.next();
        }
        found
    }
}

/// A pattern on its way through a path.
struct Run<'a> {
    steps: &'a [Step],
    /// For each state whether the characters so far lead to it.
    states: Vec<bool>,
    /// Holds all the states they lead to.
    live: Range<usize>,
}

impl<'a> Run<'a> {
    /// Before the first character.
    fn new(glob: &'a Glob) -> Self {
        let states = vec![false; glob.steps.len() + 1];
        let mut run = Self { steps: &glob.steps, states, live: 0..1 };
        run.enter(0);
        run.spread();
        run
    }

    /// Whether the pattern matches the characters so far.
    fn matches(&self) -> bool {
        self.states[self.steps.len()]
    }

    /// Whether it may match them with more to come.
    fn is_alive(&self) -> bool {
        !self.live.is_empty()
    }

    /// Takes one more character.
    fn feed(&mut self, c: char) {
        self.advance(c);
        self.spread();
        self.narrow();
    }

    /// Follows the steps that consume `c`, the last first, so that none is taken twice.
    fn advance(&mut self, c: char) {
        for at in self.live.clone().rev() {
            let here = mem::take(&mut self.states[at]);
            match self.steps.get(at) {
                Some(Step::Many(set)) if here && set.has(c) => self.enter(at),
                Some(Step::One(set)) if here && set.has(c) => self.enter(at + 1),
                _ => {}
            }
        }
    }

    /// Follows the steps that need no character; they lead forward, so each is met once.
    fn spread(&mut self) {
        let mut at = self.live.start;
        while at < self.live.end {
            match self.steps.get(at) {
                Some(Step::Many(_)) if self.states[at] => self.enter(at + 1),
                Some(Step::Optional(count)) if self.states[at] => {
                    self.enter(at + 1);
                    self.enter(at + 1 + count);
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// Marks a state as reached.
    fn enter(&mut self, state: usize) {
        self.states[state] = true;
        self.live.end = self.live.end.max(state + 1);
    }

    /// Leaves out what is not reached at either end.
    fn narrow(&mut self) {
        while self.is_alive() && !self.states[self.live.start] {
            self.live.start += 1;
        }
        while self.is_alive() && !self.states[self.live.end - 1] {
            self.live.end -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(patterns: &[&str]) -> IgnoreRules {
        IgnoreRules::from_patterns(patterns).unwrap()
    }

    fn ignores(patterns: &[&str], path: &str) -> bool {
        rules(patterns).ignored_by(path).is_some()
    }

    fn mistake(pattern: &str) -> Mistake {
        IgnoreRules::from_patterns([pattern]).unwrap_err().reason
    }

    /// Checks a table: pattern, paths it matches, paths it matches by a directory above, other paths.
    #[track_caller]
    fn check(table: &str) {
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let columns: Vec<&str> = row.split(';').map(str::trim).collect();
            let [pattern, itself, below, never] = columns[..] else { panic!("four columns: {row}") };
            let rules = rules(&[pattern]);
            let expected = [(itself, true, true), (below, false, true), (never, false, false)];
            for (paths, matched, ignored) in expected {
                for path in paths.split_whitespace() {
                    let glob = &rules.rules[0].glob;
                    assert_eq!(glob.matches_along("", path).last(), Some(matched), "`{pattern}` itself `{path}`");
                    assert_eq!(rules.ignored_by(path).is_some(), ignored, "`{pattern}` `{path}`");
                }
            }
        }
    }

    #[test]
    fn plain_patterns_match_from_the_root_and_take_all_below_along() {
        check(
            r"
            src                ; src              ; src/a src/a/b ; srcs a/src sr Src
            a/b                ; a/b              ; a/b/c         ; a b a/bc x/a/b
            a.b                ; a.b              ; a.b/c         ; ab axb
            x.|)$(}+{2}^y      ; x.|)$(}+{2}^y    ;               ; x
            a(b)c/d            ; a(b)c/d          ;               ; a(b)c/e abc/d
            d/p-2.4rc3+g08.whl ; d/p-2.4rc3+g08.whl ;             ; d/p-2.4rc33g08.whl d/p-2x4rc3+g08.whl
            größe              ; größe            ; größe/a       ; grösse
            ",
        );
    }

    #[test]
    fn a_star_and_a_question_mark_stay_within_a_component() {
        check(
            r"
            *               ; a abc .a ☺                      ; a/b         ;
            *c              ; c abc ccc                      ; bc/d        ; ab a/c
            a*              ; a abc                          ; ab/c        ; ba
            */b             ; a/b                            ; a/b/c       ; b a/c/b
            a*/b            ; abc/b a/b                      ;             ; a/c/b a/bc
            a/*.txt         ; a/b.txt a/.txt                 ; a/b.txt/c   ; a/b/c.txt a/btxt
            .*              ; .a                             ; .a/b        ; a
            a?c             ; abc a☺c a.c                    ;             ; ac a/c abbc
            a???b           ; axyzb                          ;             ; a☺b
            a*b             ; ab axxb                        ;             ; a/b
            a*b*c*d*e*/f    ; axbxcxdxe/f axbxcxdxexxx/f     ;             ; axbxcxdxe/x/f axbxcxdxexxx/ff
            a*b?c*x         ; abxbbxdbxebxczzx               ;             ; abxbbxdbxebxczzy
            dist/*.whl      ; dist/a-2.4.0+g0.whl            ;             ; dist/a.whl2
            *.{js,ts}       ; a.{js,ts}                      ;             ; a.js a.ts
            a.b(c)+$*       ; a.b(c)+$ a.b(c)+$d             ;             ; axb(c)+$ a.bc a.b(c)
            ",
        );
    }

    #[test]
    fn two_stars_cross_components() {
        check(
            r"
            **           ; a a/b a/b/c            ;             ;
            **/          ; a a/b                  ;             ;
            **/**        ; a a/b                  ;             ;
            a/**         ; a/b a/b/c              ;             ; a ab
            a**          ; a ab a/b               ;             ; b
            a/b/**       ; a/b/c a/b/c/d          ;             ; a/b a/bc/d
            **/a         ; a b/a b/c/a            ; a/b b/a/c   ; ba b/ca
            **/.a        ; .a b/.a                ;             ; b.a
            **/a/b       ; a/b c/a/b c/d/a/b      ; a/b/c       ; xa/b
            **/b/*       ; a/b/c b/c              ; a/b/c/d     ; b a/b
            **/b/**      ; a/b/c/d b/c            ;             ; b a/b
            **/a*        ; a b/c/a b/c/a.txt      ;             ; b/c/xa
            **/a*txt     ; b/a.txt a.txt          ;             ; b/a.tx
            **/a*.txt*   ; b/c/a.txt b/c/ab.txtx  ;             ; b/c/atxt
            **/*.txt     ; a.txt b/a.txt          ;             ; a.txt2
            **/**/*.txt  ; a.txt b/c/a.txt        ;             ; b/c/a b/c/a.txt2
            a**/*.txt    ; a/b.txt a/b/c/d.txt ax/b.txt ab.txt ; ; b/a.txt
            a/*.txt**    ; a/b.txt a/b.txtx a/b.txt/c ;          ; a/b/c.txt
            a/**/b       ; a/b a/c/b a/c/d/b      ; a/b/c       ; ab a/cb
            a**b         ; ab a/b ax/b a/x/b      ;             ; axb
            a***         ; a ax a/x a/x/y/z       ;             ; x
            ",
        );
    }

    #[test]
    fn two_stars_before_plain_text_alone_may_end_within_a_name() {
        check(
            r"
            **log   ; log catalog a/catalog ; catalog/a ; logs
            **lo?   ; log a/log             ;           ; catalog
            ",
        );
    }

    #[test]
    fn a_newline_stops_two_stars_only_beside_other_wildcards() {
        assert!(ignores(&["**/a"], "b\nc/a"));
        assert!(ignores(&["a/**"], "a/b\nc"));
        assert!(ignores(&["*"], "b\nc"));
        assert!(ignores(&["?"], "\n"));
        assert!(!ignores(&["**/a?"], "b\nc/ab"));
    }

    #[test]
    fn a_class_matches_one_character() {
        check(
            r"
            ab[c]          ; abc         ; abc/d      ; abd ab
            a[b-d]e        ; abe ace ade ;            ; ae aae abce
            a[^b-d]e       ; aze a/e a☺e ;            ; ace ae
            a[^x][^x][^x]b ; a123b       ;            ; a☺b
            [a-ζ]*         ; α b         ;            ; A
            a[b/]c         ; abc a/c     ;            ; axc
            [\]a]          ; ] a         ;            ; b \
            [\-]           ; -           ;            ; \
            [x\-]          ; x -         ;            ; z
            [\-x]          ; x -         ;            ; a
            [+-\-]         ; + , -       ;            ; . \
            x[.+$|{}()!]   ; x. x+ x$ x| x{ x! ;      ; xa x\
            [a^]           ; a ^         ;            ; b
            [^^]           ; a           ;            ; ^
            [[a]           ; [ a         ;            ; ]
            [[:]           ; [ :         ;            ; a
            a]*            ; a] a]b      ;            ; a
            app/[id]       ; app/i app/d ; app/i/page ; app/[id] app/id
            ",
        );
    }

    #[test]
    fn a_backslash_takes_the_next_character_for_itself() {
        check(
            r"
            a\*b        ; a*b           ;       ; ab axb a\*b
            a\\         ; a\            ;       ; a a\\
            app/\[id\]* ; app/[id]      ; app/[id]/page ; app/i
            \!a         ; !a            ;       ; a
            \#a         ; #a            ;       ; a
            a\/b        ; a/b           ; a/b/c ; ab
            *\^\|\{2}   ; a^|{2}        ;       ; a
            ",
        );
    }

    #[test]
    fn what_docker_refuses_is_refused() {
        for (pattern, expected) in [
            ("!", Mistake::NothingToKeep),
            ("! ", Mistake::NothingToKeep),
            ("!/", Mistake::NothingToKeep),
            (r"\", Mistake::NothingEscaped),
            (r"a\", Mistake::NothingEscaped),
            (r"*\", Mistake::NothingEscaped),
            (r"[\", Mistake::NothingEscaped),
            ("[", Mistake::UnclosedClass),
            ("a[", Mistake::UnclosedClass),
            ("[^", Mistake::UnclosedClass),
            ("[^bc", Mistake::UnclosedClass),
            ("[a-", Mistake::UnclosedClass),
            (r"[a\]", Mistake::UnclosedClass),
            ("[]a]", Mistake::MisplacedInClass),
            ("[^]", Mistake::MisplacedInClass),
            ("[-]", Mistake::MisplacedInClass),
            ("[-x]", Mistake::MisplacedInClass),
            ("[x-]", Mistake::MisplacedInClass),
            ("[a-b-c]", Mistake::MisplacedInClass),
            ("[Local-Only]/", Mistake::BackwardRange('l', 'O')),
        ] {
            assert_eq!(mistake(pattern), expected, "`{pattern}`");
        }
    }

    #[test]
    fn what_docker_misreads_is_refused() {
        for (pattern, expected) in [
            ("[*]", Mistake::WildcardInClass('*')),
            ("a[b?]", Mistake::WildcardInClass('?')),
            ("[a-*]", Mistake::WildcardInClass('*')),
            ("[[:alpha:]]", Mistake::NamedClass),
            ("[^[:nope:]]", Mistake::NamedClass),
            (r"src\dist", Mistake::EscapedWord('d')),
            (r"[\w]", Mistake::EscapedWord('w')),
            (r"\1", Mistake::EscapedWord('1')),
            (r"\é", Mistake::EscapedWord('é')),
            ("^a*", Mistake::RegexpCharacter('^')),
            ("*.a|*.b", Mistake::RegexpCharacter('|')),
            ("*a{2}", Mistake::RegexpCharacter('{')),
            ("*a{2,3}", Mistake::RegexpCharacter('{')),
            ("\u{feff}*", Mistake::ByteOrderMark),
        ] {
            assert_eq!(mistake(pattern), expected, "`{pattern}`");
        }
    }

    #[test]
    fn an_error_says_where_what_and_how_to_mend_it() {
        let message = |pattern| IgnoreRules::from_patterns(["a", pattern]).unwrap_err().to_string();
        assert_eq!(message(" ! "), "line 2: `!`: nothing to keep after the `!`: name a path");
        let backslash =
            r"Docker reads `\d` as a regular expression: between directories write `/`, for the character `d`";
        assert_eq!(message(r"src\dist"), format!(r"line 2: `src\dist`: {backslash}"));
    }

    #[test]
    fn the_last_match_wins_and_exceptions_keep() {
        for (patterns, path, expected) in [
            (&["!a.go", "*.go"][..], "a.go", true),
            (&["*.go", "!a.go"], "a.go", false),
            (&["*.go", "!a.go"], "b.go", true),
            (&["*.go", "!a.go", "a.*"], "a.go", true),
            (&["docs", "!docs/README.md"], "docs/README.md", false),
            (&["docs/", "!docs/README.md"], "docs/README.md", false),
            (&["docs/*", "!docs/README.md"], "docs/README.md", false),
            (&["docs/*", "!docs/README.md"], "docs/a", true),
            (&["**", "!a/b/c"], "a/b/c/d", false),
            (&["**", "!a/b/c"], "a/b", true),
            (&["**", "!a/b/c", "a/b/c/d"], "a/b/c/d", true),
            (&["**", "!dist/*.whl"], "dist/a-2.4.0+g0-any.whl", false),
            (&["**", "!dist/a+g0.whl"], "dist/a+g0.whl", false),
            (&["a", "!**/b"], "a/x/b", false),
            (&["a", "!**/b"], "a/x/c", true),
            (&["  docs ", "  !docs/a  "], "docs/a", false),
            (&[], "any/path", false),
        ] {
            assert_eq!(ignores(patterns, path), expected, "{patterns:?} `{path}`");
        }
    }

    #[test]
    fn an_exception_for_a_directory_reaches_below_only_if_it_was_ignored() {
        assert!(ignores(&["a/b", "!a"], "a/b"));
        assert!(ignores(&["a/b", "!a"], "a/b/c"));
        assert!(!ignores(&["*", "a/b", "!a"], "a/b"));
    }

    #[test]
    fn the_root_is_never_ignored() {
        assert!(!ignores(&["**", "*", "."], "."));
        assert!(!ignores(&["**"], ""));
        assert!(!rules(&["**"]).prunes("."));
    }

    #[test]
    fn the_rule_that_decides_is_named() {
        let rules = IgnoreRules::from_file("f", "# first\r\n\r\n  /dist/ \r\n!dist/keep\r\n*.log\r\n").unwrap();
        let rule = rules.ignored_by("dist/a/b").unwrap();
        assert_eq!((rule.pattern(), rule.line(), rule.is_negated()), ("/dist/", Some(3), false));
        assert_eq!(rules.ignored_by("a.log").unwrap().line(), Some(5));
        assert_eq!(rules.ignored_by("dist/keep"), None);
        assert!(rules.rules[1].is_negated());
    }

    #[test]
    fn a_file_is_read_as_docker_reads_it() {
        let text = "\u{feff}test1\n/test2\n/a/file/here\n\nlast\n# comment\n! /kept/abs/path\n #x";
        let rules = IgnoreRules::from_file("f", text).unwrap();
        let read: Vec<_> = rules.rules.iter().map(|rule| (rule.line().unwrap(), rule.pattern())).collect();
        let expected = [(1, "test1"), (2, "/test2"), (3, "/a/file/here"), (5, "last")];
        assert_eq!(read[..4], expected);
        assert_eq!(read[4..], [(7, "! /kept/abs/path"), (8, "#x")]);
        assert!(!rules.is_empty());
        for path in ["test1", "test2", "a/file/here", "last", "#x"] {
            assert!(rules.ignored_by(path).is_some(), "`{path}`");
        }
    }

    #[test]
    fn a_file_without_patterns_has_no_rules() {
        for text in ["", "\u{feff}", "\n\r\n \t\n\u{a0}\n", "# a\n#b", "\u{feff}# a"] {
            assert!(IgnoreRules::from_file("f", text).unwrap().is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_bad_line_is_named() {
        let error = IgnoreRules::from_file("f", "a\n# [\n  !\n[\n").unwrap_err();
        assert_eq!(error, IgnoreError { line: 3, pattern: "!".to_owned(), reason: Mistake::NothingToKeep });
    }

    #[test]
    fn a_list_has_no_comments() {
        let rules = rules(&["", "#a", "# b"]);
        assert_eq!(rules.ignored_by("#a").unwrap().line(), Some(2));
        assert_eq!(rules.ignored_by("# b").unwrap().line(), Some(3));
    }

    #[test]
    fn patterns_are_cleaned_like_paths() {
        for (written, clean) in [
            ("a", "a"),
            ("/a/", "a"),
            ("//a//b//", "a/b"),
            ("./a/./b", "a/b"),
            ("a/../b", "b"),
            ("a/..", "."),
            ("../a", "../a"),
            ("../../a/..", "../.."),
            ("/../a", "a"),
            ("/", "/"),
            (".", "."),
            ("! a", "!a"),
            ("!/a", "!a"),
            ("!./a/..//b", "!b"),
            ("!!a", "!!a"),
            ("/!a", "!a"),
            ("/ a", "a"),
            ("! / a", "! a"),
            ("a/\u{a0}", "a"),
        ] {
            assert_eq!(clean_pattern(written.trim()).as_deref(), Some(clean), "`{written}`");
        }
        assert_eq!(clean_pattern("/ /"), None);
    }

    #[test]
    fn patterns_that_leave_the_root_match_nothing() {
        for pattern in ["/", ".", "..", "../a", "a/.."] {
            assert!(!ignores(&[pattern], "a"), "`{pattern}`");
        }
    }

    #[test]
    fn chained_rules_come_after() {
        let file = IgnoreRules::from_file("f", "*.log").unwrap();
        let chained = file.clone().chain(rules(&["!keep.log", "tmp"]));
        assert!(chained.ignored_by("keep.log").is_none());
        assert_eq!(chained.ignored_by("a.log").unwrap().file(), Some("f"));
        assert_eq!(chained.ignored_by("tmp").unwrap().file(), None);
        assert!(rules(&["!keep.log"]).chain(file).ignored_by("keep.log").is_some());
        assert_eq!(IgnoreRules::default().chain(chained.clone()), chained);
    }

    #[test]
    fn below_a_directory_rules_match_as_below_the_root() {
        for (text, directory, path, expected) in [
            ("dist", "dist", "a", true),
            ("/dist/", "web", "dist/a", false),
            ("dist\n!dist/keep", "dist", "keep/a", false),
            ("**/dist", "dist", "dist/a", true),
            ("dist/**", "dist", "a", true),
            ("web", "web/src", "a", true),
            ("*\n!src/*.py", "src", ".env", true),
            ("*\n!src/*.py", "src", "a.py", false),
            ("lib\nweb/src/tmp", "web/src", "tmp/a", true),
            ("**\n!src", "src", "a/b", false),
            ("**\n!src\n**/*.log", "src", "a/b.log", true),
            ("**\n!web/src", "web", "src/a", false),
            ("**\n!web/src", "web", "lib/a", true),
            ("**\n!web", "web/src", "a", false),
            ("src/a\n!src", "src", "a", true),
            ("*\n!src", "src", "a/b", false),
            ("../a", "src", "a", false),
        ] {
            let rules = IgnoreRules::from_file("f", text).unwrap().below(directory);
            assert_eq!(rules.ignored_by(path).is_some(), expected, "{text:?} below {directory}: {path}");
        }
    }

    #[test]
    fn below_the_root_and_in_another_list_rules_stay_as_they_are() {
        let file = || IgnoreRules::from_file("f", "*.log\nsrc/a").unwrap();
        assert!(file().below(".").ignored_by("src/a").is_some());
        let moved = file().below("link").chain(rules(&["b"])).moved_to("src");
        assert!(moved.ignored_by("a").is_some());
        assert!(moved.ignored_by("b").is_some());
        let chained = file().below("src").chain(rules(&["!a", "b"]));
        assert!(chained.ignored_by("a").is_none());
        assert!(chained.ignored_by("b/c").is_some());
        assert!(chained.ignored_by("c.log").is_none());
    }

    #[test]
    fn a_directory_is_pruned_unless_an_exception_reaches_into_it() {
        for (patterns, directory, expected) in [
            (&["a"][..], "a", true),
            (&["a"], "a/b", true),
            (&["a"], "b", false),
            (&["a/*"], "a", false),
            (&["a", "!a/keep"], "a", false),
            (&["a", "!a/keep"], "a/b", true),
            (&["a", "!b/keep"], "a", true),
            (&["a", "!a/b/c/keep"], "a/b", false),
            (&["a", "!**/keep"], "a/b", false),
            (&["a", "!b/**/keep"], "a", true),
            (&["a", "!*/keep"], "a", false),
            (&["a", "!*/keep"], "a/b", true),
            (&["!a/keep", "a"], "a", true),
            (&["a", "!a"], "a", false),
            (&["a/x", "!a/*/**"], "a/x", false),
            (&["a", "!a/**"], "a", false),
            (&["a", "!ab/c"], "a", true),
        ] {
            assert_eq!(rules(patterns).prunes(directory), expected, "{patterns:?} `{directory}`");
        }
    }

    /// All relative paths of up to three components, each `a` or `b`.
    fn small_paths() -> Vec<String> {
        let names = ["a", "b"];
        let mut paths: Vec<String> = names.map(str::to_owned).to_vec();
        for parent in 0..6 {
            paths.extend(names.map(|name| format!("{}/{name}", paths[parent])));
        }
        paths
    }

    /// Asserts that all below the directories that the rules prune is ignored; says how many there are.
    fn check_pruned(rules: &IgnoreRules, paths: &[String]) -> usize {
        let pruned = paths.iter().filter(|path| rules.prunes(path));
        let checked = pruned.inspect(|directory| {
            let below = format!("{directory}/");
            for path in paths.iter().filter(|path| path.starts_with(&below)) {
                assert!(rules.ignored_by(path).is_some(), "{rules:?} prunes `{directory}` and keeps `{path}`");
            }
        });
        checked.count()
    }

    #[test]
    fn nothing_below_a_pruned_directory_is_kept() {
        let patterns =
            "a * a/b **/a a/** */b b/[a] a/b/a !a !b !a/b !**/a !a/** !*/b !*/*/** !a/b/a !?/a/b !**a !b/*/**";
        let each: Vec<_> = patterns.split(' ').map(|pattern| rules(&[pattern])).collect();
        let paths = small_paths();
        let mut pruned = 0;
        for first in &each {
            for second in &each {
                let two = first.clone().chain(second.clone());
                pruned +=
                    each.iter().map(|third| check_pruned(&two.clone().chain(third.clone()), &paths)).sum::<usize>();
            }
        }
        assert!(pruned > 1000, "only {pruned} were pruned");
    }

    #[test]
    fn hostile_patterns_cost_no_more_than_their_length() {
        let name = "a".repeat(4000);
        let deep = "a/".repeat(2000) + "b";
        for (pattern, path) in [
            ("a*".repeat(40) + "b", &name),
            ("*a".repeat(40) + "b", &name),
            ("[^b]*".repeat(40) + "b", &name),
            ("**/".repeat(40) + "x", &deep),
            ("**/a/".repeat(40) + "x", &deep),
            ("**/*".repeat(40) + "x", &deep),
            ("**a".repeat(40) + "x", &deep),
        ] {
            assert!(ignores(&["**", &format!("!{pattern}")], path), "`{pattern}`");
        }
        assert!(ignores(&[&("a*".repeat(40) + "a")], &name));
        assert!(ignores(&[&("**/".repeat(40) + "b")], &deep));
    }
}
