//! What BuildKit's shell words mean: quotes, escapes, and `$NAME` in all its forms.
//!
//! ```
//! use pithy_image_dockerfile::{Escape, expand};
//!
//! let vars = |name: &str| (name == "VERSION").then(|| "1.2.3".to_owned());
//! let word = |text| expand(text, &vars, Escape::Backslash);
//! assert_eq!(word("app-$VERSION.tar")?, "app-1.2.3.tar");
//! assert_eq!(word("${SUITE:-bookworm}-'$VERSION'")?, "bookworm-$VERSION");
//! assert_eq!(word("${VERSION%%.*}")?, "1");
//! assert_eq!(word("${MISSING:?say which}").unwrap_err().to_string(),
//!     "failed to process \"${MISSING:?say which}\": MISSING: say which");
//! # Ok::<(), pithy_image_dockerfile::ExpandError>(())
//! ```

use std::fmt;
use std::mem::{replace, take};

use crate::diagnostic::quoted;
use crate::directive::Escape;
use crate::pattern::{Pattern, reversed};
use crate::work;

/// How deep `${a:-${b:-…}}` may go.
const MAX_DEPTH: usize = 100;

/// A word that cannot be expanded, in BuildKit's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandError(String);

impl fmt::Display for ExpandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ExpandError {}

/// Where the values of variables come from; `None` for one that is not set.
pub type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// Resolves quotes, escapes and variables in a word, as BuildKit does for all instructions except `RUN`, `CMD` and
/// `ENTRYPOINT`, whose variables are the shell's.
///
/// # Errors
///
/// Quotes or braces that are not closed, a form of `${…}` that BuildKit does not know, and `${NAME?message}`.
pub fn expand(word: &str, vars: Variables<'_>, escape: Escape) -> Result<String, ExpandError> {
    Ok(Lexer::new(word, vars, escape).run(word)?.result)
}

/// Resolves escapes and variables in the body of a heredoc of `COPY` or `ADD` whose name has no quotes. Quotes stay.
///
/// # Errors
///
/// As [`expand`].
pub fn expand_heredoc(body: &str, vars: Variables<'_>) -> Result<String, ExpandError> {
    let mut lexer = Lexer::new(body, vars, Escape::Backslash);
    lexer.quotes = Quotes::Text;
    Ok(lexer.run(body)?.result)
}

/// The words of a line, with only quotes resolved, or not even these.
pub(crate) fn words(line: &str, raw_quotes: bool, raw_escapes: bool) -> Result<Vec<String>, ExpandError> {
    let lexer = Lexer::new(line, &|_| None, Escape::Backslash);
    let quotes = if raw_quotes { Quotes::Kept } else { Quotes::Resolved };
    Ok(Lexer { keeps_unset: true, quotes, raw_escapes, ..lexer }.run(line)?.words)
}

struct Lexer<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    vars: Variables<'a>,
    escape: char,
    quotes: Quotes,
    raw_escapes: bool,
    /// Whether what is not set stays as it is written.
    keeps_unset: bool,
    depth: usize,
    /// The word that is being read. As in BuildKit there is one, also within braces.
    word: String,
}

/// What is done with quotes.
#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    Resolved,
    Kept,
    /// They mean nothing.
    Text,
}

/// What a text becomes: as one word, and split into words.
#[derive(Default)]
struct Processed {
    result: String,
    words: Vec<String>,
    is_in_word: bool,
}

type Processing<T> = Result<T, String>;

impl<'a> Lexer<'a> {
    fn new(text: &'a str, vars: Variables<'a>, escape: Escape) -> Self {
        Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable(),
            vars,
            escape: escape.char(),
            quotes: Quotes::Resolved,
            raw_escapes: false,
            keeps_unset: false,
            depth: 0,
            word: String::new(),
        }
    }

    fn run(mut self, source: &str) -> Result<Processed, ExpandError> {
        let failed = |message| ExpandError(format!("failed to process {}: {message}", quoted(source)));
        self.until(None, self.raw_escapes).map_err(failed)
    }

    fn peek(&mut self) -> Option<char> {
        self.rest.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        work::count(1);
        self.rest.next()
    }

    /// Reads to the end, or to a character that stands for itself.
    fn until(&mut self, stop: Option<char>, raw_escapes: bool) -> Processing<Processed> {
        if self.depth > MAX_DEPTH {
            return Err("syntax error: nested too deeply".to_owned());
        }
        self.depth += 1;
        self.word.clear();
        let before = replace(&mut self.raw_escapes, raw_escapes);
        let read = self.read(stop);
        self.raw_escapes = before;
        self.depth -= 1;
        read
    }

    fn read(&mut self, stop: Option<char>) -> Processing<Processed> {
        let mut out = Processed::default();
        loop {
            let Some(c) = self.peek() else {
                let missing = |stop| Err(format!("unexpected end of statement while looking for matching {stop}"));
                return stop.map_or_else(|| Ok(()), missing).map(|()| self.finish(out));
            };
            if stop == Some(c) {
                self.next();
                return Ok(self.finish(out));
            }
            match c {
                '$' => {
                    let value = self.dollar()?;
                    value.chars().for_each(|c| self.split(&mut out, c));
                    out.result.push_str(&value);
                }
                '<' => self.heredoc_operator(&mut out),
                '\'' | '"' if self.quotes != Quotes::Text => {
                    let value = if c == '"' { self.double_quoted()? } else { self.single_quoted()? };
                    self.word.push_str(&value);
                    out.is_in_word = true;
                    out.result.push_str(&value);
                }
                _ => self.character(&mut out, c),
            }
        }
    }

    fn finish(&mut self, mut out: Processed) -> Processed {
        if !self.word.is_empty() {
            out.words.push(take(&mut self.word));
        }
        out
    }

    /// Adds a character to the word, unless it is a blank, which ends it.
    fn split(&mut self, out: &mut Processed, c: char) {
        if !c.is_whitespace() {
            self.add(out, c);
        } else if out.is_in_word && !self.word.is_empty() {
            out.words.push(take(&mut self.word));
            out.is_in_word = false;
        }
    }

    fn add(&mut self, out: &mut Processed, c: char) {
        self.word.push(c);
        out.is_in_word = true;
    }

    fn character(&mut self, out: &mut Processed, c: char) {
        self.next();
        if c != self.escape {
            self.split(out, c);
            out.result.push(c);
            return;
        }
        let escaped = [self.raw_escapes.then_some(c), self.next()];
        for c in escaped.into_iter().flatten() {
            self.add(out, c);
            out.result.push(c);
        }
    }

    /// `<<` holds its word together with the blanks after it.
    fn heredoc_operator(&mut self, out: &mut Processed) {
        self.next();
        let mut operator = String::from('<');
        if self.rest.next_if_eq(&'<').is_some() {
            operator.push('<');
            while let Some(blank) = self.rest.next_if(|c| matches!(c, '\t' | '\r' | ' ')) {
                operator.push(blank);
            }
        }
        self.word.push_str(&operator);
        out.is_in_word = true;
        out.result.push_str(&operator);
    }

    fn single_quoted(&mut self) -> Processing<String> {
        let mut value = String::new();
        let quote = self.next().filter(|_| self.quotes == Quotes::Kept);
        value.extend(quote);
        loop {
            match self.next() {
                Some('\'') => break,
                Some(c) => value.push(c),
                None => return Err("unexpected end of statement while looking for matching single-quote".to_owned()),
            }
        }
        value.extend(quote);
        Ok(value)
    }

    fn double_quoted(&mut self) -> Processing<String> {
        let mut value = String::new();
        let quote = self.next().filter(|_| self.quotes == Quotes::Kept);
        value.extend(quote);
        loop {
            match self.peek() {
                None => return Err("unexpected end of statement while looking for matching double-quote".to_owned()),
                Some('"') => break,
                Some('$') => value.push_str(&self.dollar()?),
                Some(c) if c == self.escape => self.quoted_escape(&mut value),
                Some(_) => value.extend(self.next()),
            }
        }
        self.next();
        value.extend(quote);
        Ok(value)
    }

    /// In double quotes only `"`, `$` and the escape character itself can be escaped.
    fn quoted_escape(&mut self, value: &mut String) {
        let escape = self.next();
        if self.raw_escapes {
            value.extend(escape);
        }
        match self.peek() {
            None => {}
            Some(c) if matches!(c, '"' | '$') || Some(c) == escape => value.extend(self.next()),
            Some(_) => value.extend(escape),
        }
    }

    fn dollar(&mut self) -> Processing<String> {
        self.next();
        if self.peek() == Some('{') {
            self.next();
            return self.braces();
        }
        let name = self.name();
        if name.is_empty() {
            return Ok("$".to_owned());
        }
        Ok(match (self.vars)(&name) {
            None if self.keeps_unset => format!("${name}"),
            value => value.unwrap_or_default(),
        })
    }

    fn braces(&mut self) -> Processing<String> {
        match self.peek() {
            None => return Err(missing_brace()),
            Some('{' | '}' | ':') => return Err("syntax error: bad substitution".to_owned()),
            Some(_) => {}
        }
        let name = self.name();
        let value = (self.vars)(&name);
        let first = self.next().unwrap_or(char::REPLACEMENT_CHARACTER);
        match first {
            '}' if value.is_none() && self.keeps_unset => Ok(format!("${{{name}}}")),
            '}' => Ok(value.unwrap_or_default()),
            ':' => {
                let modifier = self.next().unwrap_or(char::REPLACEMENT_CHARACTER);
                self.modified(&name, value, modifier, true)
            }
            '+' | '-' | '?' | '#' | '%' => self.modified(&name, value, first, false),
            '/' => self.replaced(&name, value),
            _ => Err(unsupported(&first.to_string())),
        }
    }

    /// `${name-word}` and its like.
    fn modified(&mut self, name: &str, value: Option<String>, modifier: char, colon: bool) -> Processing<String> {
        let operator = if colon { format!(":{modifier}") } else { modifier.to_string() };
        let is_pattern = matches!(modifier, '#' | '%');
        if colon && is_pattern {
            return Err(unsupported(&operator));
        }
        let word = self.until(Some('}'), is_pattern).map_err(|error| self.at_end(missing_brace(), error))?.result;
        if self.keeps_unset && value.is_none() {
            return Ok(format!("${{{name}{operator}{word}}}"));
        }
        let is_there = value.as_ref().is_some_and(|value| !(colon && value.is_empty()));
        let state = if value.is_none() { "unset" } else { "empty" };
        let value = value.unwrap_or_default();
        match modifier {
            '-' => Ok(if is_there { value } else { word }),
            '+' => Ok(if is_there { word } else { String::new() }),
            '?' if is_there => Ok(value),
            '?' if word.is_empty() => Err(format!("{name}: is not allowed to be {state}")),
            '?' => Err(format!("{name}: {word}")),
            '#' | '%' => trimmed(&value, &word, modifier),
            _ => Err(unsupported(&operator)),
        }
    }

    /// `${name/pattern/replacement}`, and with `//` every match.
    fn replaced(&mut self, name: &str, value: Option<String>) -> Processing<String> {
        let is_global = self.rest.next_if_eq(&'/').is_some();
        let no_slash = || "syntax error: missing '/' in ${}".to_owned();
        let pattern = self.until(Some('/'), true).map_err(|error| self.at_end(no_slash(), error))?.result;
        let replacement = self.until(Some('}'), true).map_err(|error| self.at_end(missing_brace(), error))?.result;
        match value {
            None if self.keeps_unset => Ok(format!("${{{name}/{pattern}/{replacement}}}")),
            value => {
                let compiled = Pattern::new(&pattern).map_err(|error| invalid(&pattern, &error))?;
                Ok(compiled.replace(&value.unwrap_or_default(), &replacement, is_global))
            }
        }
    }

    /// At the end of the text, what is missing there; before it, what went wrong.
    fn at_end(&mut self, missing: String, error: String) -> String {
        if self.peek().is_none() { missing } else { error }
    }

    /// A name, a number, or one of the shell's special parameters; empty if there is none.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.peek() {
            Some(c) if c.is_ascii_digit() => {
                while let Some(c) = self.rest.next_if(char::is_ascii_digit) {
                    name.push(c);
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => name.extend(self.next()),
            _ => {
                while let Some(c) = self.rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
            }
        }
        work::count(name.len());
        name
    }
}

/// A value without what matches at its start or end: the shortest match, or with the modifier twice the longest.
fn trimmed(value: &str, word: &str, modifier: char) -> Processing<String> {
    let (pattern, is_longest) = match word.strip_prefix(modifier) {
        Some(pattern) => (pattern, true),
        None => (word, false),
    };
    let backwards = |text: &str| text.chars().rev().collect::<String>();
    let is_end = modifier == '%';
    let pattern = if is_end { reversed(pattern) } else { pattern.to_owned() };
    let compiled = Pattern::new(&pattern).map_err(|error| invalid(&pattern, &error))?;
    Ok(if is_end {
        backwards(&compiled.trim_start(&backwards(value), is_longest))
    } else {
        compiled.trim_start(value, is_longest)
    })
}

fn missing_brace() -> String {
    "syntax error: missing '}'".to_owned()
}

fn unsupported(operator: &str) -> String {
    format!("unsupported modifier ({operator}) in substitution")
}

fn invalid(pattern: &str, error: &str) -> String {
    format!("invalid pattern ({pattern}) in substitution: {error}")
}
