//! Two Dockerfiles side by side, instruction by instruction.

use pithy_image_dockerfile::Dockerfile;

use super::align::{align, merged};
use crate::json::Value;
use crate::problem::pointer_key;
use crate::wire::{FieldChange, PlanImage};

/// An instruction of a Dockerfile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instruction<'a> {
    /// Its first line; that of the whole text is 1.
    pub(super) line: usize,
    /// How many lines it has.
    pub(super) lines: usize,
    /// Its text, without the last newline.
    pub(super) text: &'a str,
}

/// An instruction as it was and as it is; only one of them if it was added or removed.
pub(super) type Pair<'a> = (Option<Instruction<'a>>, Option<Instruction<'a>>);

/// Whether an instruction is as it was.
pub(super) fn is_kept((was, is): &Pair) -> bool {
    was.map(|was| was.text) == is.map(|is| is.text)
}

/// The instructions of a Dockerfile with those of another, in the order of the second. Between two that were kept, the
/// first that went is paired with the first that came.
pub(super) fn side_by_side<'a>(before: &'a str, after: &'a str) -> Vec<Pair<'a>> {
    let (was, is) = (instructions(before), instructions(after));
    let texts = |list: &[Instruction<'a>]| -> Vec<&'a str> { list.iter().map(|found| found.text).collect() };
    let partners = align(&texts(&was), &texts(&is), &|_, _| true);
    let pairs = merged(was.len(), &partners).into_iter();
    pairs.map(|(old, new)| (old.map(|old| was[old]), new.map(|new| is[new]))).collect()
}

fn instructions(dockerfile: &str) -> Vec<Instruction<'_>> {
    let read = Dockerfile::parse(dockerfile);
    let found = read.instructions.iter().map(|found| {
        let (line, last) = read.lines(found.span);
        Instruction { line, lines: last + 1 - line, text: found.span.of(dockerfile) }
    });
    found.collect()
}

/// An instruction that a step has in the user's own words: its place in the user's file, and its text.
type OwnWords = (String, String);

fn text_of((_, text): &OwnWords) -> &str {
    text
}

fn in_own_words(image: &PlanImage, step: &str) -> Vec<OwnWords> {
    let lines: Vec<_> = image.dockerfile.as_deref().unwrap_or_default().split('\n').collect();
    let own = image.instructions.iter().filter(|made| made.step == step);
    let texts = own.filter_map(|made| {
        let text = lines.get(made.line.checked_sub(1)?..)?.get(..made.lines)?;
        Some((made.source.clone()?, text.join("\n")))
    });
    texts.collect()
}

/// What changed in the instructions that a step of two images has in the user's own words, by their places in the user's file.
pub(super) fn changes(before: (&PlanImage, &str), after: (&PlanImage, &str)) -> Vec<FieldChange> {
    let (was, is) = (in_own_words(before.0, before.1), in_own_words(after.0, after.1));
    let (old, new): (Vec<_>, Vec<_>) = (was.iter().map(text_of).collect(), is.iter().map(text_of).collect());
    let partners = align(&old, &new, &|_, _| true);
    let pairs = merged(was.len(), &partners).into_iter();
    let pairs = pairs.map(|(old, new)| (old.map(|old| &was[old]), new.map(|new| &is[new])));
    let text = |(_, text): &OwnWords| Value::Text(text.clone());
    let changed = pairs.filter(|(old, new)| old.map(|old| &old.1) != new.map(|new| &new.1));
    let field = |(old, new): (Option<&OwnWords>, Option<&OwnWords>)| FieldChange {
        path: format!("/{}", pointer_key(new.or(old).map_or("", |(place, _)| place))),
        before: old.map(text),
        after: new.map(text),
    };
    changed.map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_have_their_lines() {
        let found = instructions("FROM a\n\nRUN b \\\n  c\nUSER d");
        let found: Vec<_> = found.iter().map(|found| (found.line, found.lines, found.text)).collect();
        assert_eq!(found, [(1, 1, "FROM a"), (3, 2, "RUN b \\\n  c"), (5, 1, "USER d")]);
    }

    #[test]
    fn what_was_inserted_changes_nothing_after_it() {
        let pairs = side_by_side("FROM a\nRUN b\nUSER c\n", "FROM a\nENV x=1\nRUN b\nUSER d\n");
        let texts: Vec<_> = pairs.iter().map(|(was, is)| (was.map(|was| was.text), is.map(|is| is.text))).collect();
        assert_eq!(
            texts,
            [
                (Some("FROM a"), Some("FROM a")),
                (None, Some("ENV x=1")),
                (Some("RUN b"), Some("RUN b")),
                (Some("USER c"), Some("USER d")),
            ]
        );
    }
}
