//! What is wrong with a Dockerfile, as values.

use std::fmt;

use crate::span::Span;

/// A mistake in a Dockerfile, in BuildKit's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of mistake it is.
    pub code: DiagnosticCode,
    /// What is wrong, such as ``unknown instruction: FRM (did you mean FROM?)``.
    pub message: String,
    /// Where it is.
    pub span: Span,
    /// The line of the instruction, which is the one that BuildKit names; the first line of the text is 1.
    pub line: usize,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dockerfile parse error on line {}: {}", self.line, self.message)
    }
}

/// A kind of mistake.
///
/// BuildKit reads a whole file before it looks at what the instructions mean. So it reports the first mistake of
/// [syntax](Self::is_syntax), or if there is none, the first of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiagnosticCode {
    /// A parser directive that is there twice, or an `escape` that is neither a backslash nor a backtick.
    Directive,
    /// A line of more than 65,535 bytes.
    LineTooLong,
    /// There are no instructions.
    NoInstructions,
    /// `ENV` or `LABEL` with something other than names and values.
    NotKeyValue,
    /// A JSON array with something other than strings.
    JsonNotStrings,
    /// A heredoc whose end is missing.
    UnterminatedHeredoc,
    /// A warning, not an error: a blank line inside an instruction.
    EmptyContinuation,
    /// A name that is not one of an instruction.
    UnknownInstruction,
    /// Too few arguments, too many, or none where one is needed.
    Arguments,
    /// A flag that the instruction does not have, that is there twice, or whose value is wrong.
    Flag,
    /// A name for a build stage that BuildKit does not take.
    StageName,
    /// An instruction before the first `FROM`.
    NoStage,
    /// There is no `FROM`.
    NoStages,
    /// `ONBUILD` with an instruction that it does not take.
    Onbuild,
    /// `HEALTHCHECK` of an unknown type, or with options that are wrong.
    Healthcheck,
    /// A `--mount` or `--device` that cannot be read.
    Mount,
}

impl DiagnosticCode {
    /// Whether BuildKit finds it while it reads the file.
    #[must_use]
    pub fn is_syntax(self) -> bool {
        self <= Self::UnterminatedHeredoc
    }
}

fn hex(c: char, digits: usize) -> String {
    format!("{:0digits$x}", u32::from(c))
}

/// A text as Go's `%q` writes it, for what is found in Dockerfiles.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\0'..='\x7f' if c.is_control() => out.extend(["\\x", &hex(c, 2)]),
            _ if c == '\u{feff}' || c.is_control() || (c != ' ' && c.is_whitespace()) => {
                out.extend(["\\u", &hex(c, 4)]);
            }
            _ => out.push(c),
        }
    }
    out + "\""
}
