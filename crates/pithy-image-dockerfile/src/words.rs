//! How a line is split into words.

use std::ops::Range;

use crate::directive::Escape;
use crate::work;

/// What BuildKit's expression for blanks matches. Elsewhere it uses Unicode's, which is [`char::is_whitespace`].
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}' | '\r')
}

/// A range without Unicode's blanks on both sides.
pub(crate) fn trim(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_start().len());
    work::count(start - range.start);
    start..start + text[start..range.end].trim_end().len()
}

/// Splits a range at its first blanks: what is before, and what is after them if there is something.
pub(crate) fn split_once(text: &str, range: Range<usize>) -> (Range<usize>, Option<Range<usize>>) {
    let inner = &text[range.clone()];
    let Some(length) = inner.find(is_blank) else { return (range, None) };
    work::count(length);
    let rest = inner[length..].trim_start_matches(is_blank);
    (range.start..range.start + length, Some(range.end - rest.len()..range.end))
}

/// Words between blanks.
pub(crate) fn plain(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut rest = (!range.is_empty()).then_some(range);
    while let Some(range) = rest {
        let (word, after) = split_once(text, range);
        words.push(word);
        rest = after;
    }
    words
}

/// Words between blanks that are neither quoted nor escaped. An escape character at the end of the last one is not part of it.
pub(crate) fn quoted(text: &str, range: Range<usize>, escape: Escape) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut chars = text[range.clone()].char_indices();
    while let Some((at, c)) = chars.next() {
        work::count(1);
        let at = range.start + at;
        if quote.is_none() && c.is_whitespace() {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        let start_of_word = *start.get_or_insert(at);
        if c == escape.char() && quote != Some('\'') {
            if chars.next().is_none() {
                words.extend(Some(start_of_word..at).filter(|word| !word.is_empty()));
                return words;
            }
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '\'' | '"') {
            quote = Some(c);
        }
    }
    words.extend(start.map(|start| start..range.end));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes_hold_a_word_together() {
        let words =
            |text| quoted(text, 0..str::len(text), Escape::Backslash).into_iter().map(|word| &text[word]).collect();
        let cases: [(&str, &[&str]); 7] = [
            (r#"a=1 b='2 3' c="4 5" d=6\ 7"#, &["a=1", "b='2 3'", r#"c="4 5""#, r"d=6\ 7"]),
            (r#"a="\" b" c"#, &[r#"a="\" b""#, "c"]),
            (r"a='\' b", &[r"a='\'", "b"]),
            (r#"a="open b"#, &[r#"a="open b"#]),
            (r"a\", &["a"]),
            (r"a \", &["a"]),
            ("a\u{a0}b\u{2003}c", &["a", "b", "c"]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = words(text);
            assert_eq!(found, expected, "{text}");
        }
    }
}
