//! Which variables the words of instructions use.

use std::cell::RefCell;

use pithy_image_dockerfile::{Escape, Keyword, Pair, Word, expand};

use super::subject::Line;

/// A variable in a word.
pub(super) struct Use {
    pub(super) name: String,
    /// Where the word stands.
    pub(super) at: usize,
}

/// The variables that Docker replaces in the words of an instruction, in order.
pub(super) fn uses(line: &Line, escape: Escape) -> Vec<Use> {
    let pairs = line.pairs.iter().filter_map(|pair| pair.value.as_ref());
    let words = match line.keyword {
        Keyword::Add
        | Keyword::Copy
        | Keyword::Expose
        | Keyword::From
        | Keyword::Stopsignal
        | Keyword::User
        | Keyword::Volume
        | Keyword::Workdir => line.words.as_slice(),
        _ => &[],
    };
    let flags = line.flags.iter().filter(|flag| ["chmod", "chown", "platform"].contains(&flag.name.as_str()));
    let flags = flags.filter_map(|flag| Some((flag.value.as_deref()?, flag.span.start)));
    let words = pairs.chain(words).map(|word| (word.value.as_str(), word.span.start));
    words.chain(flags).flat_map(|(word, at)| uses_in(word, at, escape)).collect()
}

/// The variables in the value of a pair.
pub(super) fn uses_of(pair: &Pair, escape: Escape) -> Vec<Use> {
    let of_word = |word: &Word| uses_in(&word.value, word.span.start, escape);
    pair.value.as_ref().map(of_word).unwrap_or_default()
}

fn uses_in(word: &str, at: usize, escape: Escape) -> Vec<Use> {
    if !word.contains('$') {
        return Vec::new();
    }
    let names = RefCell::new(Vec::new());
    let note = |name: &str| {
        names.borrow_mut().push(name.to_owned());
        None
    };
    // What is missing in `${NAME?message}` is an error, behind which the rest of the word is not read.
    let _ = expand(word, &note, escape);
    let is_name = |name: &String| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let to_use = |name: String| Use { name, at };
    names.into_inner().into_iter().filter(is_name).map(to_use).collect()
}
