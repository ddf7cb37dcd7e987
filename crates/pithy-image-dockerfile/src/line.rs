//! Lines: as they stand in the file, and joined where they are continued.

use std::cell::Cell;
use std::ops::Range;

use crate::span::Span;
use crate::syntax::{SyntaxKind, SyntaxToken};
use crate::work;

/// The longest line that BuildKit reads, in bytes, without its newline.
const MAX_LINE: usize = 65_535;

/// A line as it stands in the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub start: usize,
    /// Where its text ends: before the newline and the carriage returns that stand there.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
    pub number: usize,
}

impl Line {
    pub(crate) fn text(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    pub(crate) fn newline(self) -> Span {
        Span::new(self.end, self.next)
    }
}

/// Reads one line after the other.
pub(crate) struct Lines<'t> {
    text: &'t str,
    at: usize,
    number: usize,
    /// The first line that BuildKit does not read.
    pub too_long: Option<Line>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, number: 0, too_long: None }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let next = self.at + (length + 1).min(rest.len());
        let end = self.at + rest[..length].trim_end_matches('\r').len();
        work::count(next - self.at);
        self.number += 1;
        let line = Line { start: self.at, end, next, number: self.number };
        if length > MAX_LINE {
            self.too_long.get_or_insert(line);
        }
        self.at = next;
        Some(line)
    }
}

/// The lines of an instruction, joined: what is read as if it were one line.
pub(crate) struct Logical {
    pub text: String,
    /// Where the instruction starts in the file.
    start: usize,
    pieces: Vec<Piece>,
    /// The piece that was asked for last: the next one asked for is it, or near.
    hint: Cell<usize>,
    /// What the instruction is made of in the file.
    layout: Vec<Part>,
}

/// Where a piece of the joined text starts, in it and in the file.
struct Piece {
    at: usize,
    source: usize,
}

enum Part {
    Content(Span),
    Token(SyntaxToken),
}

/// What a range of the joined text is.
pub(crate) type Mark = (Range<usize>, SyntaxKind);

impl Logical {
    pub(crate) fn new(start: usize) -> Self {
        Self { text: String::new(), start, pieces: Vec::new(), hint: Cell::new(0), layout: Vec::new() }
    }

    /// Adds what stands at `span` in the file to the joined text.
    pub(crate) fn join(&mut self, text: &str, span: Span) {
        if span.is_empty() {
            return;
        }
        self.pieces.push(Piece { at: self.text.len(), source: span.start });
        self.text.push_str(span.of(text));
        self.layout.push(Part::Content(span));
    }

    /// Adds what is not part of the joined text.
    pub(crate) fn skip(&mut self, kind: SyntaxKind, span: Span) {
        if !span.is_empty() {
            self.layout.push(Part::Token(SyntaxToken { kind, span }));
        }
    }

    /// Where a range of the joined text is in the file: with what lies between its lines, but not before or after it.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let start = self.source(range.start, |piece| piece.at <= range.start);
        let end = self.source(range.end, |piece| piece.at < range.end);
        Span::new(start, end.max(start))
    }

    /// The place of `at` in the last piece that `begins` before it.
    fn source(&self, at: usize, begins: impl Fn(&Piece) -> bool) -> usize {
        let mut hint = self.hint.get();
        while hint > 0 && !begins(&self.pieces[hint]) {
            work::count(1);
            hint -= 1;
        }
        while self.pieces.get(hint + 1).is_some_and(&begins) {
            work::count(1);
            hint += 1;
        }
        self.hint.set(hint);
        self.pieces.get(hint).map_or(self.start, |piece| piece.source + (at - piece.at))
    }

    /// Writes the tokens of the instruction. The marks are in order; what lies between them is blanks and punctuation.
    pub(crate) fn write_tokens(&self, marks: &[Mark], out: &mut Vec<SyntaxToken>) {
        let mut marks = marks.iter().peekable();
        let mut at = 0;
        for part in &self.layout {
            let span = match part {
                Part::Token(token) => {
                    out.push(*token);
                    continue;
                }
                Part::Content(span) => *span,
            };
            // How much further on the piece is in the file than in the joined text.
            let offset = span.start - at;
            let end = at + span.len();
            while at < end {
                while marks.next_if(|(range, _)| range.end <= at).is_some() {}
                let (to, kind) = match marks.peek() {
                    Some((range, kind)) if range.start <= at => (range.end.min(end), *kind),
                    next => self.between(at..next.map_or(end, |(range, _)| range.start.min(end))),
                };
                work::count(1);
                out.push(SyntaxToken { kind, span: Span::new(offset + at, offset + to) });
                at = to;
            }
        }
    }

    /// The run of blanks, or of others, that a range begins with.
    fn between(&self, range: Range<usize>) -> (usize, SyntaxKind) {
        let text = &self.text[range.clone()];
        let is_space = text.starts_with(char::is_whitespace);
        let length = text.find(|c: char| c.is_whitespace() != is_space).unwrap_or(text.len());
        work::count(length);
        (range.start + length, if is_space { SyntaxKind::Space } else { SyntaxKind::Punctuation })
    }
}
