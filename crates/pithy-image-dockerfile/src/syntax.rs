//! Tokens: the parts of a text that are not divided further.

use crate::span::Span;

/// A part of the text. The tokens of a Dockerfile stand side by side: together they are its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxToken {
    /// What it is.
    pub kind: SyntaxKind,
    /// Where it is.
    pub span: Span,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxKind {
    /// The byte order mark at the start.
    Bom,
    /// A parser directive, from its `#` to the end of its line.
    Directive,
    /// A comment, from its `#` to the end of its line, also between the lines of an instruction.
    Comment,
    /// The name of an instruction.
    Keyword,
    /// A flag, such as `--from=build`, or what stands of it on one line.
    Flag,
    /// An argument, or what stands of it on one line. In the shell form all arguments are one word.
    Word,
    /// What stands between words and belongs to none: `[`, `,`, `]`, `=`, and the `--` that ends flags.
    Punctuation,
    /// Blanks.
    Space,
    /// The end of a line.
    Newline,
    /// The escape character at the end of a line that goes on in the next one, with the end of the line.
    Continuation,
    /// The lines of a heredoc.
    HeredocBody,
    /// The line that ends a heredoc, without its newline.
    HeredocEnd,
}
