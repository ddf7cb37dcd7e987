//! Parts of a text, without a panic at each place that looks at one: the WebAssembly module has to stay small.

use std::ops::Range;

/// A part of a text; nothing if it begins or ends within a character.
#[inline(never)]
pub(super) fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// A byte of a text; 0 behind its end.
#[inline(never)]
pub(super) fn byte(text: &str, at: usize) -> u8 {
    text.as_bytes().get(at).copied().unwrap_or_default()
}

/// Whether a byte is one of some.
#[inline(never)]
pub(super) fn is_in(byte: u8, set: &str) -> bool {
    set.bytes().any(|one| one == byte)
}

/// Whether all bytes are alike.
#[inline(never)]
pub(super) fn all(text: &str, is_part: fn(u8) -> bool) -> bool {
    run(text, 0, usize::MAX, is_part) == text.len()
}

/// How many bytes from one on are alike, of so many at most.
#[inline(never)]
pub(super) fn run(text: &str, at: usize, most: usize, is_part: fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes().get(at..).unwrap_or_default();
    bytes.iter().take(most).take_while(|byte| is_part(**byte)).count()
}

/// The same, backwards.
#[inline(never)]
pub(super) fn run_back(text: &str, at: usize, most: usize, is_part: fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes().get(..at).unwrap_or_default();
    bytes.iter().rev().take(most).take_while(|byte| is_part(**byte)).count()
}

/// The last place at which a character begins, up to one.
#[inline(never)]
pub(super) fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    at - run_back(text, at + 1, 3, |byte| byte & 0xC0 == 0x80).min(at)
}

/// Whether a text has a word, in any case, at a byte.
#[inline(never)]
pub(super) fn has_at(text: &str, at: usize, word: &str) -> bool {
    let bytes = text.as_bytes().get(at..).unwrap_or_default();
    bytes.len() >= word.len() && bytes.iter().zip(word.bytes()).all(|(one, other)| one.to_ascii_lowercase() == other)
}

pub(super) const fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

pub(super) const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

pub(super) fn is_quote(byte: u8) -> bool {
    byte == b'"' || byte == b'\''
}
