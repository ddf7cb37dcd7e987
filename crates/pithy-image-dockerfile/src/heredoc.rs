//! Heredocs: files whose lines follow an instruction.

use std::borrow::Cow;

use crate::expand::words;
use crate::span::Span;

/// A heredoc, such as `<<EOF` and the lines up to `EOF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it, and for `COPY` and `ADD` the name of the file.
    pub name: String,
    /// The number before `<<`, or 0.
    pub fd: u64,
    /// Whether variables in it are expanded: its name has no quotes.
    pub expand: bool,
    /// Whether tabs at the start of its lines are dropped: `<<-`.
    pub chomp: bool,
    /// Its lines, with the last newline.
    pub body: Span,
    /// The line that ends it, without its newline; `None` if the file ends before.
    pub end: Option<Span>,
}

impl Heredoc {
    /// What it holds, without the tabs that `<<-` drops. `text` is the one that was parsed.
    #[must_use]
    pub fn content<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let body = self.body.of(text);
        if !self.chomp {
            return Cow::Borrowed(body);
        }
        body.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
    }

    /// Whether a line, without its newline, ends it.
    pub(crate) fn ends_at(&self, line: &str) -> bool {
        let line = if self.chomp { line.trim_start_matches('\t') } else { line };
        line == self.name
    }
}

/// The heredocs that an instruction announces, still without lines.
pub(crate) fn announced(line: &str) -> Vec<Heredoc> {
    if !line.contains("<<") {
        return Vec::new();
    }
    // As in BuildKit, a line with quotes that are not closed has none.
    words(line, true, true).unwrap_or_default().iter().filter_map(|word| heredoc(word)).collect()
}

/// Reads a word as the start of a heredoc.
pub(crate) fn heredoc(word: &str) -> Option<Heredoc> {
    let (fd, rest) = word.split_once("<<")?;
    let name = rest.strip_prefix('-').unwrap_or(rest);
    let word = name.trim_start_matches([' ', '\t', '\n', '\u{c}', '\r']);
    if !fd.bytes().all(|byte| byte.is_ascii_digit()) || word.is_empty() || word.contains('<') {
        return None;
    }
    // If quotes are lost when they are resolved, a part of the name is quoted.
    let (resolved, raw) = (words(word, false, false).ok()?, words(word, true, false).ok()?);
    let [name] = resolved.as_slice() else { return None };
    Some(Heredoc {
        name: name.clone(),
        fd: if fd.is_empty() { 0 } else { fd.parse().unwrap_or(u64::MAX) },
        expand: raw.first().is_some_and(|raw| quotes(raw) == quotes(name)),
        chomp: rest.starts_with('-'),
        body: Span::new(0, 0),
        end: None,
    })
}

fn quotes(word: &str) -> usize {
    word.matches(['\'', '"']).count()
}
