//! Parser directives: comments at the very top that tell how the rest is read.

use crate::diagnostic::DiagnosticCode;
use crate::span::Span;

/// A parser directive, such as `# syntax=docker/dockerfile:1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`.
    pub name: String,
    /// What stands after the `=`.
    pub value: String,
    /// From its `#` to the end of its line.
    pub span: Span,
}

/// The character that continues lines, and escapes others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// `\`
    #[default]
    Backslash,
    /// `` ` ``, after ``# escape=` ``
    Backtick,
}

impl Escape {
    /// The character itself.
    #[must_use]
    pub fn char(self) -> char {
        match self {
            Self::Backslash => '\\',
            Self::Backtick => '`',
        }
    }

    fn read(value: &str) -> Option<Self> {
        [Self::Backslash, Self::Backtick].into_iter().find(|escape| value.chars().eq([escape.char()]))
    }
}

/// The directives of a file, as long as there may be more of them.
pub(crate) struct Directives {
    pub all: Vec<Directive>,
    pub escape: Escape,
    is_over: bool,
}

type Mistake = (DiagnosticCode, String);

impl Directives {
    /// A file that has not begun.
    pub(crate) fn start() -> Self {
        Self { all: Vec::new(), escape: Escape::default(), is_over: false }
    }

    /// A text that has no directives.
    pub(crate) fn none(escape: Escape) -> Self {
        Self { all: Vec::new(), escape, is_over: true }
    }

    /// Whether there can be no more of them.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Reads a line, whose leading blanks are not part of `line`. Returns whether it is a directive.
    pub(crate) fn read(&mut self, line: &str, span: Span) -> Result<bool, Mistake> {
        let read = if self.is_over { None } else { directive(line) };
        let Some((name, value)) = read else {
            self.is_over = true;
            return Ok(false);
        };
        let is_repeated = self.all.iter().any(|earlier| earlier.name == name);
        self.all.push(Directive { name: name.clone(), value: value.to_owned(), span });
        if is_repeated {
            return Err((DiagnosticCode::Directive, format!("only one {name} parser directive can be used")));
        }
        if name == "escape" {
            let message = || format!("invalid escape token '{value}' does not match ` or \\");
            self.escape = Escape::read(value).ok_or_else(|| (DiagnosticCode::Directive, message()))?;
        }
        Ok(true)
    }
}

/// The name, in lower case, and the value of a directive.
fn directive(line: &str) -> Option<(String, &str)> {
    let is_blank = |c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
    let (name, value) = line.strip_prefix('#')?.trim_start().split_once('=')?;
    let name = name.trim_end_matches(is_blank).to_ascii_lowercase();
    if !matches!(name.as_str(), "syntax" | "escape" | "check") || value.is_empty() {
        return None;
    }
    // Of a value of nothing but blanks, BuildKit keeps the last one.
    let last = value.char_indices().next_back().map_or("", |(at, _)| &value[at..]);
    let value = value.trim_matches(is_blank);
    Some((name, if value.is_empty() { last } else { value }))
}
