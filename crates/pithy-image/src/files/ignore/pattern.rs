//! What a pattern means: its normal form, its mistakes, and the steps by which it matches.

use std::fmt;
use std::str::Chars;

/// What some editors put before the first character of a file.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';

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
pub(super) fn clean_pattern(written: &str) -> Option<String> {
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

/// A pattern as the steps of an automaton: one state is before each step, and one after the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob {
    pub(super) steps: Vec<Step>,
}

/// What takes the automaton from one state to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// One character of the set.
    One(Set),
    /// Any number of characters of the set, even none.
    Many(Set),
    /// Nothing; and so many steps after this one may be left out.
    Optional(usize),
}

/// A set of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Set {
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
    pub(super) fn has(&self, c: char) -> bool {
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
    pub(super) fn parse(text: &str) -> Result<Self, Mistake> {
        if text.is_empty() {
            return Err(Mistake::NothingToKeep);
        }
        if text.starts_with(BYTE_ORDER_MARK) {
            return Err(Mistake::ByteOrderMark);
        }
        let steps = if is_plain(text) {
            plain(text).collect()
        } else if let Some(end) = text.strip_prefix("**").filter(|end| is_plain(end)) {
            anything_before(end)
        } else if let Some(start) = text.strip_suffix("**").filter(|start| is_plain(start)) {
            plain(start).chain([Step::Many(Set::Any)]).collect()
        } else {
            Parser { rest: text.chars() }.steps()?
        };
        Ok(Self { steps })
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
