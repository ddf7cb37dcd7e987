//! Flags: what stands between an instruction's name and its arguments and begins with `--`.

use std::ops::Range;

use super::{Flag, Mount, MountField, Parser};
use crate::mount;
use crate::span::Span;
use crate::syntax::SyntaxKind;
use crate::work;

/// A flag with its quotes and escapes resolved.
struct Cooked {
    text: String,
    /// Where each byte of the text comes from.
    from: Vec<usize>,
    range: Range<usize>,
}

impl Cooked {
    /// Where a range of the text comes from.
    fn source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.from.get(range.start).copied().unwrap_or(self.range.end);
        // After the last byte, not before the next one: a quote may lie between them.
        let last = range.clone().next_back().and_then(|last| self.from.get(last));
        let end = last.map_or(start, |last| last + 1);
        start..end
    }
}

impl Parser<'_> {
    /// The flags at the start of a range, and what is after them.
    pub(crate) fn flags(&mut self, range: Range<usize>) -> (Vec<Flag>, Range<usize>) {
        let mut flags = Vec::new();
        let mut rest = self.skip_spaces(range);
        while self.line.text[rest.clone()].starts_with("--") {
            let flag = self.cook(rest.clone());
            rest = self.skip_spaces(flag.range.end..rest.end);
            if flag.text == "--" {
                break;
            }
            self.marks.push((flag.range.clone(), SyntaxKind::Flag));
            flags.push(self.flag(&flag));
        }
        (flags, rest)
    }

    /// BuildKit looks at flags byte by byte, and takes each for a character of Latin-1. Its blanks may lie within a character.
    fn skip_spaces(&self, range: Range<usize>) -> Range<usize> {
        let bytes = &self.line.text.as_bytes()[range.clone()];
        let spaces = bytes.iter().take_while(|&&byte| char::from(byte).is_whitespace()).count();
        work::count(spaces);
        self.round_up(range.start + spaces)..range.end
    }

    fn round_up(&self, mut at: usize) -> usize {
        while !self.line.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    fn cook(&self, range: Range<usize>) -> Cooked {
        let mut flag = Cooked { text: String::new(), from: Vec::new(), range: range.clone() };
        let mut quote = None;
        let mut bytes = range.clone().zip(self.line.text[range].bytes().map(char::from));
        while let Some((at, mut c)) = bytes.next() {
            work::count(1);
            let mut from = at;
            if quote.is_none() && c.is_whitespace() {
                flag.range.end = self.round_up(at);
                break;
            }
            if quote == Some(c) {
                quote = None;
                continue;
            }
            if quote.is_none() && matches!(c, '\'' | '"') {
                quote = Some(c);
                continue;
            }
            if c == self.escape.char() {
                let Some(next) = bytes.next() else { break };
                (from, c) = next;
            }
            flag.text.push(c);
            flag.from.resize(flag.text.len(), from);
        }
        flag
    }

    fn flag(&self, flag: &Cooked) -> Flag {
        let equals = flag.text.find('=');
        let name = &flag.text[..equals.unwrap_or(flag.text.len())];
        let value = equals.map(|at| at + 1..flag.text.len());
        let mount = value.clone().filter(|_| name == "--mount").map(|value| self.mount(flag, value));
        Flag {
            name: name[2..].to_owned(),
            value: value.clone().map(|value| flag.text[value].to_owned()),
            span: self.line.span(flag.range.clone()),
            value_span: value.map(|value| self.file_span(flag.source(value))),
            mount,
        }
    }

    fn mount(&self, flag: &Cooked, value: Range<usize>) -> Mount {
        let fields = mount::fields(&flag.text[value.clone()]).unwrap_or_default();
        let place =
            |range: Range<usize>| self.file_span(flag.source(value.start + range.start..value.start + range.end));
        let field = |field: mount::Field| {
            let (key, content) = match field.text.split_once('=') {
                Some((key, content)) => (key, Some(content.to_owned())),
                None => (field.text.as_str(), None),
            };
            MountField { key: key.to_ascii_lowercase(), value: content, span: place(field.range.clone()) }
        };
        Mount { fields: fields.into_iter().map(field).collect() }
    }

    /// A place in the file for a range that may end within a character.
    fn file_span(&self, range: Range<usize>) -> Span {
        self.line.span(self.round_up(range.start)..self.round_up(range.end))
    }
}
