//! Two Dockerfiles side by side, instruction by instruction.

use super::align::{align, merged};

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
    let partners = align(was.len(), is.len(), &|a, b| was[a].text == is[b].text, &|_, _| true);
    let pairs = merged(was.len(), &partners).into_iter();
    pairs.map(|(old, new)| (old.map(|old| was[old]), new.map(|new| is[new]))).collect()
}

/// A backslash at the end of a line continues an instruction.
fn instructions(dockerfile: &str) -> Vec<Instruction<'_>> {
    let mut found: Vec<Instruction> = Vec::new();
    let (mut start, mut first, mut end) = (0, 1, 0);
    for (index, line) in dockerfile.split_inclusive('\n').enumerate() {
        end += line.len();
        if line.trim_end_matches('\n').ends_with('\\') && end < dockerfile.len() {
            continue;
        }
        let text = dockerfile[start..end].trim_end_matches('\n');
        if !text.trim().is_empty() {
            found.push(Instruction { line: first, lines: index + 2 - first, text });
        }
        (start, first) = (end, index + 2);
    }
    found
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
